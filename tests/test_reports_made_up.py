"""Made-up judgements of realistic size for the tests of reports."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

from test_reports_builders import (
    DIGEST,
    HOUR,
    SECOND,
    at,
    count,
    duration,
    each,
    judgement,
    months,
    percent,
    share,
    statements_of,
    verdict,
)

from sladsl.credits.model import Statement
from sladsl.verdicts.model import Evidence, Figure, OutageSeen, Period, Verdict, Word
from sladsl.verdicts.result import InputSeen, Judgement

SITES = (
    "CURC Data Transfer Node SSH (TCP Reachability)",
    "Globus Transfer API (Technical Endpoint)",
    "CURC Statuspage Alpine Component",
    "⛰️🚪 Alpine Login Node SSH (TCP Reachability)",
    "CURC Open OnDemand",
    "CURC XDMoD",
    "📈 XDMoD Alpine Utilization Threshold",
    "JupyterHub",
    "PetaLibrary",
    "CURC Documentation",
    "山岳ログインノード",
)


def probes(bad: float = 0.9, seed: int = 1) -> tuple[Judgement, tuple[Statement, ...]]:
    """Eleven sites and four months; most of it breached."""
    dice = random.Random(seed)
    groups = [{"site": site} for site in SITES]
    parties = ("centre", "users")

    def uptime(name: str, metric: str) -> list[Verdict]:
        def make(period: Period, group: dict[str, str]) -> Verdict:
            whole = (period.end - period.start) // SECOND
            down = dice.randrange(3000, 200_000) if dice.random() < bad else dice.randrange(2000)
            start = period.start + dice.randrange(10**6) * SECOND
            seen = OutageSeen(tuple(group.items()), start, start + down * SECOND, down * SECOND)
            evidence = Evidence(
                450, "agreement.sla:60:3", whole * SECOND, down * SECOND, 0, (seen,) if down else ()
            )
            return verdict(
                name,
                period,
                share(whole - down, whole, True),
                ">=",
                percent("99.9"),
                metric=metric,
                group=group,
                parties=parties,
                evidence=evidence,
            )

        return each(months("2026-05", 4), groups, make)

    term = [Period("term", at("2026-05-01"), at("2026-09-01"))]

    def few(number: int, metric: str, target: Figure, draw: Callable[[], Figure]) -> list[Verdict]:
        def make(period: Period, group: dict[str, str]) -> Verdict:
            return verdict(
                "few_outages",
                period,
                draw(),
                "<=",
                target,
                metric=metric,
                requirement=number,
                group=group,
                parties=parties,
            )

        return each(term, groups, make)

    def speed(period: Period, group: dict[str, str]) -> Verdict:
        value = duration(str(dice.randrange(20, 7404)) + "/1000")
        return verdict(
            "fast", period, value, "<=", duration("1"), metric="tail", group=group, parties=parties
        )

    found = [
        *uptime("available_held", "uptime_held"),
        *uptime("available_fresh", "uptime_fresh"),
        *few(1, "outages", count(10), lambda: count(dice.randrange(40))),
        *few(2, "longest", duration("28800"), lambda: duration(str(dice.randrange(100_000)))),
        *few(3, "long_down", duration("86400"), lambda: duration(str(dice.randrange(400_000)))),
        *each(months("2026-05", 4), groups, speed),
    ]
    rows = InputSeen("probes", 13617, 13617, 0, 0, 0, DIGEST)
    return judgement("probes", found, rows, as_of=at("2026-08-10T14:09:03")), ()


def incidents(seed: int = 2) -> tuple[Judgement, tuple[Statement, ...]]:
    """Four priorities and thirteen months, with credits under a cap."""
    dice = random.Random(seed)
    groups = [{"priority": f"P{n}"} for n in range(1, 5)]
    parties = ("desk", "business")
    title = {
        "resolve": "Round the clock",
        "resolve_net": "Less the time in which somebody else was waited for",
    }

    def shares(name: str, metric: str, number: int, periods: list[Period]) -> list[Verdict]:
        def make(period: Period, group: dict[str, str]) -> Verdict:
            rows = dice.randrange(60, 8000)
            value = share(dice.randrange(rows // 20, rows * 7 // 10), rows)
            return verdict(
                name,
                period,
                value,
                ">=",
                percent("50"),
                metric=metric,
                group=group,
                requirement=number,
                parties=parties,
                title=title.get(name, ""),
            )

        return each(periods, groups, make)

    def tails(metric: str, number: int, target: Figure, most: int) -> list[Verdict]:
        def make(period: Period, group: dict[str, str]) -> Verdict:
            value = duration(str(60 * dice.randrange(most)))
            if target.kind == "count":
                value = count(dice.randrange(most))
            return verdict(
                "slowest",
                period,
                value,
                "<=",
                target,
                metric=metric,
                group=group,
                requirement=number,
                parties=parties,
            )

        return each(months("2016-02", 13), groups, make)

    term = [Period("term", at("2016-02-01"), at("2017-03-01"))]
    by_month = months("2016-02", 13)
    found = [
        *shares("resolve", "resolved_in_time", 1, by_month),
        *shares("resolve_net", "resolved_net", 1, by_month),
        *shares("resolve_net", "resolved_net", 2, term),
        *shares("resolve_in_office", "resolved_in_office", 1, by_month),
        *shares("resolve_in_office", "resolved_in_office", 2, term),
        *tails("tail", 1, duration(str(30 * 86400)), 56325),
        *tails("typical", 2, duration(str(5 * 86400)), 9000),
        *tails("again", 3, count(100), 130),
    ]
    reject = ("`resolved_at` is not a time in the format %d/%m/%Y %H:%M", 3, "log.csv:1204")
    rows = InputSeen("events", 141712, 141709, 0, 3, 18, DIGEST, (reject,))
    made = judgement("incidents", found, rows, as_of=at("2017-02-18T14:47"))
    return made, statements_of(found, {"resolve": 500}, 2000)


CALLS = (
    (2924, 3000),
    (2985, 3061),
    (3513, 3613),
    (3539, 3642),
    (3466, 3619),
    (3812, 4012),
    (4078, 4340),
    (4202, 4563),
    (4000, 4600),
    (4100, 4700),
    (4190, 4655),
    (4189, 4655),
)


def calls() -> tuple[Judgement, tuple[Statement, ...]]:
    """A year of calls, without groups; some of it close to its target."""
    parties = ("centre", "client")
    found = []
    for period, (good, of) in zip(months("2021-01", 12), CALLS, strict=True):
        found.append(
            verdict(
                "ninety_sixty",
                period,
                share(good, of),
                ">=",
                percent("90"),
                metric="within_minute",
                parties=parties,
            )
        )
        found.append(
            verdict(
                "speed",
                period,
                duration(f"{(of - good) * 40}/{of}"),
                "<=",
                duration("4"),
                metric="answer_speed",
                parties=parties,
            )
        )
    found.sort(key=lambda v: v.obligation)
    rows = InputSeen("calls", 51708, 51708, 0, 0, 0, DIGEST)
    made = judgement("calls", found, rows, as_of=at("2021-12-31T23:59:47"))
    return made, statements_of(found, {"ninety_sixty": 1250})


def hosting(breached: bool = True) -> tuple[Judgement, tuple[Statement, ...]]:
    """A few verdicts of every kind, with targets of two plans, in Amsterdam."""
    march, april, may = (
        Period(label, at(f"{label}-01T00:00:00+0{1 if label == '2026-03' else 2}:00"), end)
        for label, end in (
            ("2026-03", at("2026-03-31T22:00")),
            ("2026-04", at("2026-04-30T22:00")),
            ("2026-05", at("2026-05-31T22:00")),
        )
    )
    web, api = {"target": "web"}, {"target": "api"}
    down = tuple(
        OutageSeen(
            (("target", "web"),),
            april.start + n * 90 * HOUR,
            april.start + n * 90 * HOUR + n * 400 * SECOND,
            n * 400 * SECOND,
            no_data=n == 1,
        )
        for n in (1, 2)
    )
    seen = Evidence(86400, "hosting.sla:92:3", 2588400 * SECOND, 1200 * SECOND, 0, down)
    up = percent("99.99")
    title = "The site answers"
    found = [
        verdict("uptime", march, share(2678400, 2678400, True), ">=", up, group=web, title=title),
        verdict(
            "uptime",
            march,
            share(2678000, 2678400, True),
            ">=",
            percent("99.5"),
            group=api,
            title=title,
        ),
        verdict(
            "uptime",
            april,
            share(2587200 if breached else 2588399, 2588400, True),
            ">=",
            up,
            group=web,
            title=title,
            evidence=seen,
        ),
        verdict(
            "uptime",
            april,
            share(2560000, 2588400, True),
            ">=",
            percent("99.5"),
            group=api,
            title=title,
            word=Word.EXCUSED,
        ),
        verdict(
            "uptime",
            may,
            share(259100, 259200, True),
            ">=",
            up,
            group=web,
            title=title,
            word=Word.PENDING,
            best=share(2678300, 2678400, True),
            worst=share(259100, 2678400, True),
        ),
        verdict(
            "uptime",
            may,
            None,
            ">=",
            percent("99.5"),
            group=api,
            title=title,
            reason="no checks in the period",
        ),
        verdict(
            "fast",
            march,
            duration("0.4004" if breached else "0.3999996"),
            "<=",
            duration("0.4"),
            metric="speed",
            group=web,
            final=False,
        ),
        verdict(
            "fast",
            may,
            None,
            "<=",
            duration("0.4"),
            metric="speed",
            group=web,
            word=Word.PENDING,
            reason="rows are unlimited until the period ends",
        ),
        verdict(
            "cost_of_transfer",
            april,
            Figure(1, 3, "money", "EUR"),
            "<=",
            Figure(1, 2, "money", "EUR"),
            metric="per_gigabyte",
        ),
    ]
    rows = (
        InputSeen("checks", 86400, 86300, 100, 0, 12, DIGEST),
        InputSeen("maintenance", 2, 2, 0, 0, 0, DIGEST),
    )
    made = judgement(
        "acme_hosting",
        found,
        *rows,
        zone="Europe/Amsterdam",
        as_of_given=True,
        as_of=at("2026-05-03T22:00"),
    )
    return made, statements_of(found, {"uptime": 125})


def many(seed: int = 3) -> tuple[Judgement, tuple[Statement, ...]]:
    """More requirements, groups and days than any screen holds."""
    dice = random.Random(seed)
    day = 24 * HOUR
    start = at("2026-01-01")
    days = [
        Period(
            f"{datetime.fromtimestamp((start + n * day) / SECOND, UTC):%Y-%m-%d}",
            start + n * day,
            start + (n + 1) * day,
        )
        for n in range(40)
    ]
    found = []
    for number in range(20):
        for period in days:
            for group in ("a", "b", "c", "d", "e"):
                value = share(dice.randrange(9000, 10001), 10000)
                found.append(
                    verdict(
                        f"promise_{number:02d}",
                        period,
                        value,
                        ">=",
                        percent("99"),
                        group={"zone": group, "plan": "gold"},
                    )
                )
    return judgement("many", found), ()


MADE = {"probes": probes, "incidents": incidents, "calls": calls, "hosting": hosting, "many": many}
