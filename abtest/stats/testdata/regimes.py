#!/usr/bin/env python3
"""Writes regimes.json: weights that changed and arms of unequal size, at 50
digits, with mpmath.

    apt-get install python3-mpmath
    /usr/bin/python3 regimes.py > regimes.json

The evidence is the integral as the papers give it, by mpmath's tanh-sinh
quadrature; the split of several regimes inverts the covariance without its last
arm.
"""
import json
import sys

from mpmath import mp, mpf, sqrt, erfinv, log, exp, quad, pi, matrix, lu_solve, gammainc, gamma, loggamma

mp.dps = 50
BIG = 10**9


def number(v):
    return None if v is None else float(v)


# parts: conversions of control, of the arm, pair weight; tau; alpha
MIXTURES = {
    "a ramp": ([(270, 36, 0.1), (600, 720, 0.5)], 0.22, 0.05),
    "no difference": ([(180, 20, 0.1), (300, 305, 0.5)], 0.3, 0.05),
    "earning mode": ([(50, 61, 0.5), (40, 77, 0.62), (21, 130, 0.85), (12, 140, 0.9)], 0.3, 0.05),
    "99 to 1 and back": ([(2970, 36, 0.01), (36, 2970, 0.99)], 0.15, 0.05),
    "nobody in the arm converted": ([(7, 0, 0.3), (11, 0, 0.5)], 1.4142135623730951, 0.01),
    "nobody in control converted": ([(0, 2, 0.3), (0, 9, 0.5)], 1.4142135623730951, 0.05),
    "one conversion": ([(0, 1, 0.3), (0, 0, 0.5)], 1.4142135623730951, 0.05),
    "a wide prior": ([(3, 5, 0.2), (10, 30, 0.5)], 10, 0.05),
    "a billion": ([(3 * 10**7, 10**7, 0.25), (5 * 10**8, 500060000, 0.5)], 0.001, 0.05),
    "regimes that disagree": ([(1000, 4000, 0.5), (4000, 1000, 0.6)], 0.5, 0.05),
}

# the same with the prior of a Split: conversions of control, of the arm, pair weight;
# kappa; alpha. The prior is that of the first part.
CONTINUED = {
    "one regime": ([(600, 720, 0.5)], 83.1234, 0.05),
    "one regime of a tenth": ([(270, 36, 0.1)], 12.5, 0.05),
    "a ramp": ([(270, 36, 0.1), (600, 720, 0.5)], 83.1234, 0.05),
    "no difference": ([(180, 20, 0.1), (300, 305, 0.5)], 40, 0.05),
    "earning mode": ([(50, 61, 0.5), (40, 77, 0.62), (21, 130, 0.85), (12, 140, 0.9)], 20, 0.01),
    "99 to 1 and back": ([(2970, 36, 0.01), (36, 2970, 0.99)], 2, 0.05),
    "nobody in the arm converted": ([(7, 0, 0.3), (11, 0, 0.5)], 2, 0.01),
    "nobody in control converted": ([(0, 2, 0.3), (0, 9, 0.5)], 2, 0.05),
    "no conversion in the first": ([(0, 0, 0.01), (30, 41, 0.5)], 2, 0.05),
    "a weak prior": ([(3, 5, 0.2), (10, 30, 0.5)], 0.01, 0.05),
    "a billion": ([(3 * 10**7, 10**7, 0.25), (5 * 10**8, 500060000, 0.5)], 10**6, 0.05),
    "regimes that disagree": ([(1000, 4000, 0.5), (4000, 1000, 0.6)], 30, 0.05),
}


def share(w, d):
    w = mpf(w)
    return w * exp(d) / (1 - w + w * exp(d))


def log_likelihood(parts, d):
    """against equal rates"""
    total = mpf(0)
    for a, b, w in parts:
        t = share(w, d)
        if b:
            total += b * (log(t) - log(mpf(w)))
        if a:
            total += a * (log(1 - t) - log(1 - mpf(w)))
    return total


def log_e(parts, tau):
    tau = mpf(tau)
    ln_prior = lambda d: -d * d / (2 * tau * tau) - log(tau * sqrt(2 * pi))
    return log_marginal(parts, ln_prior, lambda d: 1 / tau**2)


def log_e_continued(parts, kappa):
    """in d, the prior of theta, Beta(kappa w, kappa (1 - w)), times dtheta/dd"""
    kappa, w = mpf(kappa), mpf(parts[0][2])
    a, b = kappa * (1 - w), kappa * w
    height = loggamma(kappa) - loggamma(a) - loggamma(b)

    def ln_prior(d):
        t = share(w, d)
        return b * log(t) + a * log(1 - t) + height

    return log_marginal(parts, ln_prior, lambda d: kappa * share(w, d) * (1 - share(w, d)))


def log_marginal(parts, ln_prior, precision):
    h = lambda d: log_likelihood(parts, d) + ln_prior(d)
    # The top by golden section on a concave function, then pieces around it.
    lo, hi = mpf(-200), mpf(200)
    for _ in range(300):
        m1, m2 = lo + (hi - lo) * mpf("0.382"), lo + (hi - lo) * mpf("0.618")
        if h(m1) < h(m2):
            lo = m1
        else:
            hi = m2
    top = (lo + hi) / 2
    n = sum((a + b) * share(w, top) * (1 - share(w, top)) for a, b, w in parts)
    sd = min(1 / sqrt(n + precision(top)), mpf(2))
    f = lambda d: exp(h(d) - h(top))
    pieces, k = [top], 1
    while pieces[-1] - top < 30 * sd or h(pieces[-1]) - h(top) > -100:
        pieces.append(top + 2 * sd * k)
        k += 1
    k = 1
    while top - pieces[0] < 30 * sd or h(pieces[0]) - h(top) > -100:
        pieces.insert(0, top - 2 * sd * k)
        k += 1
    return log(quad(f, pieces)) + h(top)


def rate_ratio(parts, tau, alpha, le):
    """where the evidence against d, the integral over the likelihood at d, is
    1/alpha"""
    bound = log(1 / mpf(alpha))
    inside = lambda d: le - log_likelihood(parts, d) < bound
    a, b = sum(p[0] for p in parts), sum(p[1] for p in parts)
    lo, hi = mpf(-200), mpf(200)
    for _ in range(300):
        m1, m2 = lo + (hi - lo) * mpf("0.382"), lo + (hi - lo) * mpf("0.618")
        if log_likelihood(parts, m1) < log_likelihood(parts, m2):
            lo = m1
        else:
            hi = m2
    best = (lo + hi) / 2

    def edge(direction):
        inner, outer = best, best + direction * 200
        if a == 0 or b == 0:
            inner = best
        for _ in range(250):
            mid = (inner + outer) / 2
            if inside(mid):
                inner = mid
            else:
                outer = mid
        return exp(inner)

    return [edge(-1) if b else mpf(0), edge(1) if a else None]


# visitors and weights of each arm, regime by regime
SPLITS = {
    "two regimes, fair": [[(9001, 0.9), (999, 0.1)], [(20050, 0.5), (19950, 0.5)]],
    "two regimes, broken": [[(9001, 0.9), (1199, 0.1)], [(20050, 0.5), (19550, 0.5)]],
    "five arms": [[(2011, 0.2), (1985, 0.2), (2003, 0.2), (1990, 0.2), (2040, 0.2)],
                  [(1005, 0.1), (990, 0.1), (3020, 0.3), (2970, 0.3), (2015, 0.2)],
                  [(510, 0.05), (480, 0.05), (7005, 0.7), (1003, 0.1), (1002, 0.1)]],
    "an arm that came later": [[(5010, 1), (4990, 1), (0, 0)], [(3300, 1), (3350, 1), (3380, 1)]],
    "a billion": [[(900010000, 0.9), (99990000, 0.1)], [(500020000, 0.5), (499980000, 0.5)]],
    "99 to 1": [[(98950, 0.99), (1050, 0.01)], [(1040, 0.01), (98960, 0.99)]],
}


def srm(regimes):
    k = len(regimes[0])
    off, v = [mpf(0)] * k, matrix(k, k)
    for cells in regimes:
        w = [mpf(c[1]) for c in cells]
        s = sum(w)
        w = [x / s for x in w]
        n = sum(c[0] for c in cells if c[1] > 0)
        for i in range(k):
            if cells[i][1] > 0:
                off[i] += cells[i][0] - n * w[i]
            for j in range(k):
                v[i, j] += n * ((w[i] if i == j else 0) - w[i] * w[j])
    m = matrix(k - 1, k - 1)
    b = matrix(k - 1, 1)
    for i in range(k - 1):
        b[i] = off[i]
        for j in range(k - 1):
            m[i, j] = v[i, j]
    x = lu_solve(m, b)
    chi2 = sum(b[i] * x[i] for i in range(k - 1))
    return chi2, gammainc(mpf(k - 1) / 2, chi2 / 2) / gamma(mpf(k - 1) / 2)


# conversions and visitors of control and of the arm, regime by regime
STRATA = {
    "a ramp": [((270, 9000), (36, 1000)), ((600, 20000), (720, 20000))],
    "simpson": [((80, 100), (900, 1000)), ((100, 1000), (11, 100))],
    "an empty regime": [((3, 10), (0, 0)), ((4, 50), (7, 60))],
    "a billion": [((3 * 10**7, BIG), (10**6, 3 * 10**7)), ((5 * 10**8, BIG), (500060000, BIG))],
}


def stratified(cells):
    top = size = below = mpf(0)
    for (xa, na), (xb, nb) in cells:
        if na and nb:
            top += mpf(xb * na - xa * nb) / (na + nb)
            size += mpf(na * nb) / (na + nb)
            below += mpf(xa * nb) / (na + nb)
    return top / size, top / below


# value goals: strata of weight, then n, mean, variance, orders of control and of the arm;
# planned visitors an arm; alpha
MEANS = {
    "one regime": ([(0.5, (10000, 1.0, 39.0, 500), (10100, 1.2, 47.5, 520))], 20000, 0.05),
    "a ramp": ([(0.1, (9000, 1.4, 60.0, 700), (1000, 1.5, 66.0, 80)), (0.5, (8000, 0.7, 21.5, 300), (8100, 0.8, 25.25, 330))], 20000, 0.05),
    "simpson": ([(0.9, (100, 8.0, 64.0, 80), (1000, 9.0, 70.0, 900)), (0.1, (1000, 1.0, 9.0, 100), (100, 1.1, 9.5, 11))], 5000, 0.01),
    "a billion": ([(0.25, (3 * BIG // 4, 0.03, 0.7, 10**7), (BIG // 4, 0.030002, 0.71, 4 * 10**6)), (0.5, (BIG, 0.05, 0.9, 10**7), (BIG, 0.050001, 0.9, 10**7))], BIG, 0.05),
}


def means(strata, planned, alpha):
    planned, alpha = mpf(2 * planned), mpf(alpha)
    w1 = mpf(strata[0][0])
    top = var = below = whole = n = mpf(0)
    for w, a, b in strata:
        h = mpf(a[0]) * b[0] / (a[0] + b[0])
        whole += h
        top += h * (mpf(b[1]) - mpf(a[1]))
        below += h * mpf(a[1])
        var += h**2 * (mpf(a[2]) / a[0] + mpf(b[2]) / b[0])
        n += (a[0] + b[0]) * mpf(w) * (1 - mpf(w)) / (w1 * (1 - w1))
    d, v = top / whole, var / whole**2
    rho2 = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / planned
    m = n * rho2
    half = sqrt(v * 2 * (m + 1) / m * log(sqrt(m + 1) / alpha))
    return d, top / below, [d - half, d + half], d**2 / v / 2 * m / (m + 1) - log(m + 1) / 2


PLANS = [(0.03, 0.036, 0.05, 0.8, 1), (0.03, 0.036, 0.05, 0.8, 1.0 / 9), (0.03, 0.036, 0.05, 0.8, 9),
         (0.5, 0.4, 0.01, 0.9, 0.25), (0.001, 0.002, 0.1, 0.5, 99)]


def unequal(p1, p2, alpha, power, r):
    p1, p2, r = mpf(p1), mpf(p2), mpf(r)
    q = lambda p: sqrt(mpf(2)) * erfinv(2 * mpf(p) - 1)
    mean = (p1 + r * p2) / (r + 1)
    top = q(1 - mpf(alpha) / 2) * sqrt((r + 1) * mean * (1 - mean)) + q(power) * sqrt(r * p1 * (1 - p1) + p2 * (1 - p2))
    return top**2 / (r * (p2 - p1)**2)


def main():
    out = {"mixtures": [], "continued": [], "splits": [], "strata": [], "means": [], "plans": []}
    for name, (parts, tau, alpha) in MIXTURES.items():
        print(name, file=sys.stderr)
        le = log_e(parts, tau)
        out["mixtures"].append({"name": name, "parts": parts, "tau": tau, "alpha": alpha, "log_e": number(le),
                                "rate_ratio": [number(v) for v in rate_ratio(parts, tau, alpha, le)]})
    for name, (parts, kappa, alpha) in CONTINUED.items():
        print(name, file=sys.stderr)
        le = log_e_continued(parts, kappa)
        out["continued"].append({"name": name, "parts": parts, "kappa": kappa, "alpha": alpha, "log_e": number(le),
                                 "rate_ratio": [number(v) for v in rate_ratio(parts, None, alpha, le)]})
    for name, regimes in SPLITS.items():
        chi2, p = srm(regimes)
        out["splits"].append({"name": name, "regimes": regimes, "chi2": number(chi2), "p": number(p)})
    for name, cells in STRATA.items():
        difference, lift = stratified(cells)
        out["strata"].append({"name": name, "cells": cells, "difference": number(difference), "lift": number(lift)})
    for name, (strata, planned, alpha) in MEANS.items():
        d, lift, interval, le = means(strata, planned, alpha)
        out["means"].append({"name": name, "strata": strata, "planned": planned, "alpha": alpha, "difference": number(d),
                             "lift": number(lift), "interval": [number(v) for v in interval], "log_e": number(le)})
    for plan in PLANS:
        out["plans"].append({"input": plan, "needed": number(unequal(*plan))})
    json.dump(out, sys.stdout, indent=1)
    print()


main()
