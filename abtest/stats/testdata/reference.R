# Writes reference_r.json: figures by R's own functions, another road to the
# same numbers than reference.py takes.
#
#     apt-get install r-base-core
#     Rscript reference.R > reference_r.json      (R 4.2.2)

number <- function(v) ifelse(is.finite(v), sprintf("%.17g", v), "null")
list_of <- function(v) paste0("[", paste(number(v), collapse = ", "), "]")

# Chance to be best and expected loss under uniform priors, by R's adaptive
# integrate over pieces a quarter of a standard deviation wide.
best <- function(x, n) {
  a <- x + 1; b <- n - x + 1
  m <- a / (a + b); sd <- sqrt(m * (1 - m) / (a + b + 1))
  cuts <- c(0, 1)
  for (j in seq_along(m)) cuts <- c(cuts, m[j] + sd[j] * seq(-14, 14, by = 0.25))
  cuts <- sort(unique(pmin(pmax(cuts, 0), 1)))
  over <- function(f) {
    total <- 0
    for (p in seq_len(length(cuts) - 1)) {
      total <- total + integrate(f, cuts[p], cuts[p + 1], rel.tol = 1e-11, abs.tol = 1e-18, stop.on.error = FALSE)$value
    }
    total
  }
  others <- function(t, i) {
    s <- 0
    for (j in seq_along(x)[-i]) s <- s + pbeta(t, a[j], b[j], log.p = TRUE)
    s
  }
  chance <- sapply(seq_along(x), function(i) over(function(t) dbeta(t, a[i], b[i]) * exp(others(t, i))))
  loss <- sapply(seq_along(x), function(i) over(function(t) -pbeta(t, a[i], b[i]) * expm1(others(t, i))))
  list(chance = chance, loss = loss)
}

tests <- list(
  list("two arms", c(600, 720), c(20000, 20000)),
  list("two arms, one visitor", c(0, 1), c(1, 1)),
  list("two arms, a billion", c(3e7, 30021000), c(1e9, 1e9)),
  list("three arms", c(600, 720, 655), c(20000, 20000, 20000)),
  list("five arms", c(30, 36, 28, 41, 33), c(1000, 1010, 990, 1000, 1005)),
  list("five arms of a billion", 3e7 + 3000 * (0:4), rep(1e9, 5)),
  list("zero, full and empty", c(0, 10, 0), c(10, 10, 0)),
  list("99 to 1", c(2970, 36, 5), c(99000, 1000, 100)),
  list("a billion beside ten", c(3e8, 3, 4), c(1e9, 10, 12))
)
best_rows <- sapply(tests, function(t) {
  r <- best(t[[2]], t[[3]])
  sprintf('  {"name": "%s", "conversions": %s, "visitors": %s, "chance": %s, "loss": %s}',
          t[[1]], list_of(t[[2]]), list_of(t[[3]]), list_of(r$chance), list_of(r$loss))
})

pair <- function(xa, na, xb, nb) {
  wilson <- prop.test(xb, nb, correct = FALSE)$conf.int
  both <- suppressWarnings(prop.test(c(xa, xb), c(na, nb), correct = FALSE))
  m <- xa + xb
  here <- dhyper(xb, nb, na, m)
  midp <- min(1, 2 * min(phyper(xb - 1, nb, na, m) + here / 2,
                         phyper(xb, nb, na, m, lower.tail = FALSE) + here / 2))
  sprintf('  {"control": %s, "arm": %s, "wilson": %s, "chi2": %s, "p": %s, "fisher_midp": %s}',
          list_of(c(xa, na)), list_of(c(xb, nb)), list_of(wilson), number(both$statistic), number(both$p.value), number(midp))
}
pairs <- c(pair(600, 20000, 720, 20000), pair(3, 10, 9, 12), pair(0, 100, 5, 100), pair(50, 1000, 20, 1000),
           pair(1, 1, 0, 1), pair(100, 100, 99, 100), pair(3e7, 1e9, 30021000, 1e9))

tails <- expand.grid(df = c(1, 2, 3, 4, 9, 30), x = c(1e-6, 0.1, 1, 3, 10, 40, 200))
tail_rows <- sprintf('  {"df": %d, "x": %s, "p": %s}', tails$df, number(tails$x),
                     number(pchisq(tails$x, tails$df, lower.tail = FALSE)))

probabilities <- c(1e-12, 1e-4, 0.005, 0.025, 0.2, 0.5, 0.8, 0.975, 0.9999)
p <- c(0.01, 0.04, 0.03, 0.005, 0.04)
fit <- power.prop.test(p1 = 0.03, p2 = 0.036, sig.level = 0.05, power = 0.8, tol = 1e-12)$n

cat('{\n "best": [\n', paste(best_rows, collapse = ",\n"), '\n ],\n "pairs": [\n', paste(pairs, collapse = ",\n"),
    '\n ],\n "chi_square_tails": [\n', paste(tail_rows, collapse = ",\n"),
    '\n ],\n "quantiles": {"p": ', list_of(probabilities), ', "z": ', list_of(qnorm(probabilities)),
    '},\n "holm": {"p": ', list_of(p), ', "corrected": ', list_of(p.adjust(p, "holm")),
    '},\n "plan": {"input": [0.03, 0.036, 0.05, 0.8], "needed": ', number(fit), '}\n}\n', sep = "")
