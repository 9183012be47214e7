#!/usr/bin/env python3
"""Writes values.json: means, ratios and CUPED at 60 digits, with mpmath.

    apt-get install python3-mpmath
    /usr/bin/python3 values.py > values.json

Student's tail is mpmath's incomplete Beta function for few degrees of freedom and
the integral of the density for many; Fieller's ends are found on his equation by
bisection.
"""
import json
import sys

from mpmath import mp, mpf, sqrt, erfc, erfinv, loggamma, log, exp, log1p, quad, inf, pi, betainc

mp.dps = 60


def number(v):
    return None if v is None else float(v)


def normal(p):
    return sqrt(mpf(2)) * erfinv(2 * mpf(p) - 1)


def student(t, df):
    """P(|T| >= |t|)"""
    t, df = abs(mpf(t)), mpf(df)
    if df < 50:
        return betainc(df / 2, mpf(1) / 2, 0, df / (df + t * t), regularized=True)
    c = exp(loggamma((df + 1) / 2) - loggamma(df / 2)) / sqrt(df * pi)
    f = lambda u: c * exp(-(df + 1) / 2 * log1p(u * u / df))
    step = 1 / (1 + t)
    pieces = [t + step * k for k in range(0, 12)] + [t + step * 2**k for k in range(4, 14)] + [inf]
    return 2 * quad(f, pieces)


def quantile(alpha, df):
    """Newton from the left on a falling, convex function."""
    t, df = -normal(mpf(alpha) / 2), mpf(df)
    c = exp(loggamma((df + 1) / 2) - loggamma(df / 2)) / sqrt(df * pi)
    for _ in range(200):
        step = (student(t, df) - mpf(alpha)) / (2 * c * exp(-(df + 1) / 2 * log1p(t * t / df)))
        t += step
        if abs(step) < mpf(10)**-30 * t:
            break
    return t


# name: a's n, mean, variance; b's; alpha
VALUES = {
    "ordinary": ((20000, 1.2, 30.0), (20000, 1.4, 36.0), 0.05),
    "two visitors each": ((2, 1.0, 2.0), (2, 4.0, 0.5), 0.05),
    "far apart": ((5000, 10.0, 4.0), (5000, 11.0, 4.0), 0.05),
    "uneven": ((99000, 3.25, 210.0), (1000, 3.9, 480.5), 0.05),
    "one side does not vary": ((400, 0.0, 0.0), (300, 0.02, 0.4), 0.1),
    "a billion": ((10**9, 52.125, 9000.0), (10**9, 52.13, 9100.0), 0.01),
    "a billion beside ten": ((10**9, 5.0, 900.0), (10, 30.0, 1200.0), 0.05),
    "no difference": ((1000, 2.5, 7.0), (1200, 2.5, 9.0), 0.05),
    "losses": ((800, -3.0, 25.0), (900, -2.5, 24.0), 0.05),
    "control near zero": ((500, 0.01, 3.0), (500, 0.2, 4.0), 0.05),
    "rial": ((30000, 412345.5, 8.5e12), (30000, 455000.25, 9.25e12), 0.05),
}


def welch(a, b, alpha):
    (na, ma, va), (nb, mb, vb) = [tuple(mpf(v) for v in x) for x in (a, b)]
    ea, eb = va / na, vb / nb
    t = (mb - ma) / sqrt(ea + eb)
    df = (ea + eb)**2 / (ea**2 / (na - 1) + eb**2 / (nb - 1))
    half = quantile(alpha, df) * sqrt(ea + eb)
    return t, df, student(t, df), [mb - ma - half, mb - ma + half]


def fieller(a, b, alpha):
    """Where |m_B - rho·m_A| = z·sqrt(e_B + rho²·e_A)."""
    (na, ma, va), (nb, mb, vb) = [tuple(mpf(v) for v in x) for x in (a, b)]
    z = normal(1 - mpf(alpha) / 2)
    inside = lambda rho: (mb - rho * ma)**2 < z * z * (vb / nb + rho * rho * va / na)
    if not (z * z * va / na < ma * ma):
        return [None, None]

    def edge(direction):
        lo, step = mb / ma, mpf(1) / 1000
        while inside(lo + direction * step):
            step *= 2
        hi = step
        lo = mpf(0)
        for _ in range(220):
            mid = (lo + hi) / 2
            if inside(mb / ma + direction * mid):
                lo = mid
            else:
                hi = mid
        return mb / ma + direction * lo

    return [edge(-1), edge(1)]


def anytime(d, var, n, planned, alpha):
    """The paper's form, sigma and all."""
    d, n, alpha = mpf(d), mpf(n), mpf(alpha)
    rho2 = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / mpf(planned)
    sigma = sqrt(var * n)
    half = sigma * sqrt(2 * (n * rho2 + 1) / (n * n * rho2) * log(sqrt(n * rho2 + 1) / alpha))
    return [d - half, d + half]


RATES = [((600, 20000), (720, 20000), 40000, 0.05), ((99, 900), (30, 1000), 1000, 0.01),
         ((3 * 10**7, 10**9), (30021000, 10**9), 2e9, 0.05)]


def rates(a, b, planned, alpha):
    (xa, na), (xb, nb) = a, b
    p = mpf(xa + xb) / (na + nb)
    var = p * (1 - p) * (mpf(1) / na + mpf(1) / nb)
    return anytime(mpf(xb) / nb - mpf(xa) / na, var, na + nb, planned, alpha)


# n, mean Y, mean X, variance Y, variance X, covariance
RATIOS = {
    "revenue per order": ((20000, 1.2, 0.03, 30.0, 0.0291, 0.7), (20000, 1.4, 0.036, 36.0, 0.0347, 0.8), 0.05),
    "clicks per view": ((500, 0.8, 12.5, 2.0, 30.0, 5.0), (480, 1.1, 12.0, 2.5, 28.0, 6.5), 0.05),
    "two visitors": ((2, 1.0, 2.0, 0.5, 0.5, 0.25), (2, 3.0, 2.0, 0.5, 2.0, -0.5), 0.1),
    "a billion": ((10**9, 1.2, 0.03, 30.0, 0.0291, 0.7), (10**9, 1.2003, 0.03, 30.0, 0.0291, 0.7), 0.01),
}


def ratios(a, b, alpha):
    def one(p):
        n, my, mx, vy, vx, cov = (mpf(v) for v in p)
        r = my / mx
        return r, (vy / mx**2 - 2 * my * cov / mx**3 + my**2 * vx / mx**4) / n
    (ra, va), (rb, vb) = one(a), one(b)
    se = sqrt(va + vb)
    z, half = (rb - ra) / se, normal(1 - mpf(alpha) / 2) * se
    return {"a_ratio": number(ra), "difference": number(rb - ra), "z": number(z), "p": number(erfc(abs(z) / sqrt(mpf(2)))),
            "interval": [number(rb - ra - half), number(rb - ra + half)]}


def cuped(arms):
    arms = [tuple(mpf(v) for v in a) for a in arms]
    n = sum(a[0] for a in arms)
    mx, my = sum(a[0] * a[2] for a in arms) / n, sum(a[0] * a[1] for a in arms) / n
    # Sums of squares about zero, then about the mean of all.
    xx = sum((a[0] - 1) * a[4] + a[0] * a[2]**2 for a in arms) - n * mx**2
    xy = sum((a[0] - 1) * a[5] + a[0] * a[1] * a[2] for a in arms) - n * mx * my
    theta = xy / xx
    return {"theta": number(theta), "adjusted": [[number(a[1] - theta * (a[2] - mx)),
            number(a[3] - 2 * theta * a[5] + theta**2 * a[4])] for a in arms]}


def main():
    out = {"tails": [], "quantiles": [], "values": [], "rates": [], "ratios": [], "cuped": []}
    for df in (1, 1.5, 2, 5, 30.7, 1000, 1e6, 1e9, 1e12):
        print("df", df, file=sys.stderr)
        for t in (1e-9, 0.1, 1, 1.7, 1.8, 2.5, 6, 20, 37, 1e4):
            if df >= 1000 and t > 40:
                continue
            out["tails"].append([df, t, number(student(t, df))])
        for alpha in (0.5, 0.05, 0.01, 1e-6, 1e-12):
            out["quantiles"].append([df, alpha, number(quantile(alpha, df))])
    for name, (a, b, alpha) in VALUES.items():
        print(name, file=sys.stderr)
        t, df, p, interval = welch(a, b, alpha)
        var = mpf(a[2]) / a[0] + mpf(b[2]) / b[0]
        out["values"].append({
            "name": name, "a": a, "b": b, "alpha": alpha, "t": number(t), "df": number(df), "p": number(p),
            "interval": [number(v) for v in interval], "fieller": [number(v) for v in fieller(a, b, alpha)],
            "planned": 40000, "anytime": [number(v) for v in anytime(mpf(b[1]) - mpf(a[1]), var, a[0] + b[0], 40000, alpha)],
        })
    for a, b, planned, alpha in RATES:
        out["rates"].append({"a": a, "b": b, "planned": planned, "alpha": alpha,
                             "anytime": [number(v) for v in rates(a, b, planned, alpha)]})
    for name, (a, b, alpha) in RATIOS.items():
        out["ratios"].append({"name": name, "a": a, "b": b, "alpha": alpha, **ratios(a, b, alpha)})
        out["cuped"].append({"name": name, "arms": [a, b], **cuped([a, b])})
    json.dump(out, sys.stdout, indent=1)
    print()


main()
