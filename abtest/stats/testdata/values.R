# Writes values_r.json: means, ratios and CUPED by R's own functions from raw
# data, another road to the same numbers than values.py takes.
#
#     apt-get install r-base-core
#     Rscript values.R > values_r.json      (R 4.2.2)

number <- function(v) ifelse(is.finite(v), sprintf("%.17g", v), "null")
list_of <- function(v) paste0("[", paste(number(v), collapse = ", "), "]")

tails <- expand.grid(df = c(1, 1.5, 3, 29.25, 1e4, 1e9), t = c(1e-8, 0.5, 1.9, 4, 25))
tail_rows <- sprintf("[%s, %s, %s]", number(tails$df), number(tails$t), number(2 * pt(-tails$t, tails$df)))

# Orders that repeat themselves by rule, so that no random numbers are stored.
orders <- function(k, scale) scale * (1 + ((1:k * 7919) %% 101))
a <- c(orders(60, 3.5), rep(0, 940))
b <- c(orders(75, 3.75), rep(0, 925))
welch <- t.test(b, a)
capped <- quantile(c(a[a > 0], b[b > 0]), 0.95, type = 7, names = FALSE)
held <- pmin(b, capped)

# Each visitor's value Y beside X: views for a ratio, the past for CUPED.
xa <- 5 + (1:1000 * 31) %% 17; ya <- 0.4 * xa + (1:1000 * 13) %% 11
xb <- 5 + (1:900 * 29) %% 19; yb <- 0.45 * xb + (1:900 * 11) %% 13
pair <- function(y, x) list_of(c(length(y), mean(y), mean(x), var(y), var(x), cov(y, x)))
x <- c(xa, xb); y <- c(ya, yb)
theta <- cov(x, y) / var(x)
za <- ya - theta * (xa - mean(x)); zb <- yb - theta * (xb - mean(x))
adjusted <- t.test(zb, za)
# The delta method is the variance of the residuals Y − R·X.
se <- function(y, x) { r <- mean(y) / mean(x); sqrt(var(y - r * x) / length(y)) / mean(x) }
z <- (mean(yb) / mean(xb) - mean(ya) / mean(xa)) / sqrt(se(ya, xa)^2 + se(yb, xb)^2)

cat('{\n "tails": [', paste(tail_rows, collapse = ",\n  "),
    '],\n "a": {"orders": ', list_of(a[a > 0]), ', "n": ', length(a), ', "mean": ', number(mean(a)), ', "variance": ', number(var(a)),
    '},\n "b": {"orders": ', list_of(b[b > 0]), ', "n": ', length(b), ', "mean": ', number(mean(b)), ', "variance": ', number(var(b)),
    '},\n "welch": {"t": ', number(welch$statistic), ', "df": ', number(welch$parameter), ', "p": ', number(welch$p.value),
    ', "interval": ', list_of(welch$conf.int),
    '},\n "cap": ', number(capped), ', "held": {"mean": ', number(mean(held)), ', "variance": ', number(var(held)),
    '},\n "pair_a": ', pair(ya, xa), ', "pair_b": ', pair(yb, xb),
    ',\n "cuped": {"theta": ', number(theta), ', "means": ', list_of(c(mean(za), mean(zb))), ', "variances": ', list_of(c(var(za), var(zb))),
    ', "t": ', number(adjusted$statistic), ', "p": ', number(adjusted$p.value),
    '},\n "ratio": {"z": ', number(z), ', "p": ', number(2 * pnorm(-abs(z))), '}\n}\n', sep = "")
