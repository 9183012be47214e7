#!/usr/bin/env python3
"""Writes reference.json: every closed formula at 60 digits, with mpmath.

    apt-get install python3-mpmath
    /usr/bin/python3 reference.py > reference.json

The formulas are written as the papers give them, without the rearrangements
that the Go code needs to keep its digits. Inputs are float64: a weight of 0.01
is the float64 nearest to it, and control has the rest of 1.
"""
import json
import sys

from mpmath import mp, mpf, sqrt, erfc, erfinv, loggamma, log, exp, findroot, gammainc, gamma

mp.dps = 60
BIG = 10**9

# name: control conversions, visitors; arm conversions, visitors; weight of the
# arm; kappa; alpha
CASES = {
    "the example of the specification": (600, 20000, 720, 20000, 0.5, 41.561712846347606, 0.05),
    "small": (3, 10, 9, 12, 0.5, 2, 0.05),
    "no visitor converted": (0, 100, 0, 100, 0.5, 2, 0.05),
    "nobody in control converted": (0, 100, 5, 100, 0.5, 2, 0.05),
    "nobody in the arm converted": (7, 90, 0, 110, 0.5, 5, 0.01),
    "everybody converted": (100, 100, 100, 100, 0.5, 2, 0.05),
    "everybody but one": (100, 100, 99, 100, 0.5, 2, 0.05),
    "one visitor each, arm converted": (0, 1, 1, 1, 0.5, 2, 0.05),
    "one visitor each, control converted": (1, 1, 0, 1, 0.5, 2, 0.05),
    "arm far behind": (50, 1000, 20, 1000, 0.5, 3.5, 0.05),
    "arm far ahead": (10, 20000, 2000, 20000, 0.5, 30, 0.05),
    "weights 99 to 1": (2970, 99000, 36, 1000, 0.01, 190, 0.05),
    "weights 1 to 99": (3, 100, 500, 9900, 0.99, 20, 0.1),
    "a billion visitors, equal": (BIG // 2, BIG, BIG // 2, BIG, 0.5, 6.0e7, 0.05),
    "a billion visitors, slightly ahead": (BIG // 2, BIG, BIG // 2 + 60000, BIG, 0.5, 6.0e7, 0.05),
    "a billion visitors at 3 per cent": (30000000, BIG, 30021000, BIG, 0.5, 3.7e6, 0.01),
    "a billion visitors, 99 to 1": (29700000, 990000000, 302000, 10000000, 0.01, 1.9e6, 0.05),
    "a billion visitors, one conversion": (1, BIG, 0, BIG, 0.5, 2, 0.05),
    "a billion visitors, all but five": (BIG, BIG, BIG - 5, BIG, 0.5, 100, 0.05),
}


def quantile(p):
    return sqrt(mpf(2)) * erfinv(2 * mpf(p) - 1)


def wilson(x, n, alpha):
    z, p = quantile(1 - mpf(alpha) / 2), mpf(x) / n
    mid, half = p + z**2 / (2 * n), z * sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return [(mid - half) / (1 + z**2 / n), (mid + half) / (1 + z**2 / n)]


def newcombe(xa, na, xb, nb, alpha):
    pa, pb = mpf(xa) / na, mpf(xb) / nb
    (la, ua), (lb, ub) = wilson(xa, na, alpha), wilson(xb, nb, alpha)
    d = pb - pa
    return [d - sqrt((pb - lb)**2 + (ua - pa)**2), d + sqrt((ub - pb)**2 + (pa - la)**2)]


def pooled_z(xa, na, xb, nb):
    p = mpf(xa + xb) / (na + nb)
    if p in (0, 1):
        return None, None
    z = (mpf(xb) / nb - mpf(xa) / na) / sqrt(p * (1 - p) * (mpf(1) / na + mpf(1) / nb))
    return z, erfc(abs(z) / sqrt(mpf(2)))


def ln_choose(n, k):
    return loggamma(mpf(n + 1)) - loggamma(mpf(k + 1)) - loggamma(mpf(n - k + 1))


def hyper_tail(k, good, bad, draws, up):
    """P(X >= k) (up) or P(X <= k), term by term from k outwards. Terms that
    fall while they are below 1e-30 of the sum are left out."""
    lo, hi = max(0, draws - bad), min(good, draws)
    if (up and k > hi) or (not up and k < lo):
        return mpf(0)
    k = max(k, lo) if up else min(k, hi)
    term = exp(ln_choose(good, k) + ln_choose(bad, draws - k) - ln_choose(good + bad, draws))
    total, past_top = term, False
    while (k < hi) if up else (k > lo):
        if up:
            new = term * ((good - k) * (draws - k)) / ((k + 1) * (bad - draws + k + 1))
            k += 1
        else:
            new = term * (k * (bad - draws + k)) / ((good - k + 1) * (draws - k + 1))
            k -= 1
        if new < term and new < total * mpf(10)**-30:
            break
        term = new
        total += term
    return total


def fisher_midp(xa, na, xb, nb):
    m = xa + xb
    here = exp(ln_choose(nb, xb) + ln_choose(na, xa) - ln_choose(na + nb, m))
    below = hyper_tail(xb - 1, nb, na, m, False) + here / 2
    above = hyper_tail(xb + 1, nb, na, m, True) + here / 2
    return min(2 * min(below, above), mpf(1))


def ln_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def log_e(xa, xb, theta, wb, kappa):
    a, b = mpf(kappa) * (1 - mpf(wb)), mpf(kappa) * mpf(wb)
    value = ln_beta(a + xa, b + xb) - ln_beta(a, b)
    if xa:
        value -= xa * log(1 - theta)
    if xb:
        value -= xb * log(theta)
    return value


def rate_ratio(xa, xb, wb, kappa, alpha):
    """Bisection on the log odds, on the definition itself."""
    bound, scale = -log(mpf(alpha)), (1 - mpf(wb)) / mpf(wb)

    def inside(eta):
        return log_e(xa, xb, 1 / (1 + exp(-eta)), wb, kappa) < bound

    def edge(inner, step):
        outer = inner + step
        while inside(outer):
            inner, step = outer, 2 * step
            outer = inner + step
        for _ in range(120):
            mid = (inner + outer) / 2
            if inside(mid):
                inner = mid
            else:
                outer = mid
        return exp(inner)

    if xa + xb == 0:
        return [mpf(0), None]
    if xb == 0:
        return [mpf(0), edge(mpf(-50), mpf(1)) * scale]
    if xa == 0:
        return [edge(mpf(50), mpf(-1)) * scale, None]
    centre = log(mpf(xb) / xa)
    width = sqrt(mpf(1) / xa + mpf(1) / xb)
    return [edge(centre, -width) * scale, edge(centre, width) * scale]


def beats(a, b, c, d):
    """P(Beta(c, d) > Beta(a, b)): Miller's sum over c where that is short, else
    Altham's hypergeometric tail."""
    if c <= 3000:
        total = mpf(0)
        for i in range(c):
            total += exp(ln_beta(mpf(a + i), mpf(b + d)) - log(mpf(d + i)) -
                         ln_beta(mpf(1 + i), mpf(d)) - ln_beta(mpf(a), mpf(b)))
        return total
    return hyper_tail(a, a + b - 1, c + d - 1, a + c - 1, True)


def loss(a, b, c, d):
    """E[(A - B)+] = m_A P(A' > B) - m_B P(A > B')"""
    ma, mb = mpf(a) / (a + b), mpf(c) / (c + d)
    return ma * beats(c, d, a + 1, b) - mb * beats(c + 1, d, a, b)


def chi_square_tail(x, df):
    return gammainc(mpf(df) / 2, mpf(x) / 2) / gamma(mpf(df) / 2)


def table(counts):
    n, x = sum(c[1] for c in counts), sum(c[0] for c in counts)
    chi2 = mpf(0)
    for c in counts:
        yes = mpf(c[1]) * x / n
        no = c[1] - yes
        chi2 += (c[0] - yes)**2 / yes + (c[1] - c[0] - no)**2 / no
    return chi2, chi_square_tail(chi2, len(counts) - 1)


TABLES = {
    "three arms": [(600, 20000), (720, 20000), (655, 20000)],
    "five arms": [(30, 1000), (36, 1010), (28, 990), (41, 1000), (33, 1005)],
    "five arms of a billion": [(30000000 + i * 3000, BIG) for i in range(5)],
    "uneven": [(1, 3), (500, 99000), (12, 1000)],
    "far apart": [(10, 2000), (100, 2000), (300, 2000)],
}

SPLITS = {
    "fair": [(10021, 0.5), (9979, 0.5)],
    "broken": [(10300, 0.5), (9700, 0.5)],
    "five arms": [(2011, 0.2), (1985, 0.2), (2003, 0.2), (1990, 0.2), (2040, 0.2)],
    "99 to 1": [(98950, 0.99), (1050, 0.01)],
    "a billion": [(500030000, 0.5), (499970000, 0.5)],
    "weights that do not sum to one": [(6020, 3), (2010, 1)],
}


def srm(cells):
    n, w = sum(c[0] for c in cells), sum(mpf(c[1]) for c in cells)
    chi2 = sum((c[0] - n * mpf(c[1]) / w)**2 / (n * mpf(c[1]) / w) for c in cells)
    return chi2, chi_square_tail(chi2, len(cells) - 1)


PLANS = [(0.03, 0.036, 0.05, 0.8), (0.5, 0.51, 0.05, 0.9), (0.001, 0.0011, 0.01, 0.8),
         (0.3, 0.1, 0.05, 0.8), (0.9, 0.99, 0.1, 0.5)]


def needed(p1, p2, alpha, power):
    p1, p2 = mpf(p1), mpf(p2)
    mean = (p1 + p2) / 2
    root = (quantile(1 - mpf(alpha) / 2) * sqrt(2 * mean * (1 - mean)) +
            quantile(mpf(power)) * sqrt(p1 * (1 - p1) + p2 * (1 - p2)))
    return (root / (p2 - p1))**2


def number(v):
    return None if v is None else float(v)


def main():
    out = {"pairs": [], "tables": [], "splits": [], "plans": []}
    for name, (xa, na, xb, nb, wb, kappa, alpha) in CASES.items():
        print(name, file=sys.stderr)
        z, p = pooled_z(xa, na, xb, nb)
        le = log_e(xa, xb, mpf(wb), wb, kappa)
        a, b, c, d = xa + 1, na - xa + 1, xb + 1, nb - xb + 1
        out["pairs"].append({
            "name": name, "control": [xa, na], "arm": [xb, nb], "weight": wb, "kappa": kappa, "alpha": alpha,
            "wilson": [number(v) for v in wilson(xb, nb, alpha)],
            "newcombe": [number(v) for v in newcombe(xa, na, xb, nb, alpha)],
            "z": number(z), "z_p": number(p), "fisher_midp": number(fisher_midp(xa, na, xb, nb)),
            "log_e": number(le), "anytime_p": number(min(exp(-le), mpf(1))),
            "rate_ratio": [number(v) for v in rate_ratio(xa, xb, wb, kappa, alpha)],
            "prob_beat": number(beats(a, b, c, d)), "prob_lose": number(beats(c, d, a, b)),
            "expected_loss": number(loss(a, b, c, d)),
        })
    for name, counts in TABLES.items():
        chi2, p = table(counts)
        out["tables"].append({"name": name, "arms": counts, "chi2": number(chi2), "p": number(p)})
    for name, cells in SPLITS.items():
        chi2, p = srm(cells)
        out["splits"].append({"name": name, "visitors": [c[0] for c in cells],
                              "weights": [c[1] for c in cells], "chi2": number(chi2), "p": number(p)})
    for plan in PLANS:
        out["plans"].append({"input": plan, "needed": number(needed(*plan))})
    json.dump(out, sys.stdout, indent=1)
    print()


main()
