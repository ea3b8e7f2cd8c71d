"""What the sets of `fixtures/` come to, as their READMEs work it out by hand."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["WORKED", "Worked"]

#: Obligation, requirement, period, values of the group, verdict, exact figure (None: not told).
Said = tuple[str, int, str, tuple[str, ...], str, str | None]


class Worked(NamedTuple):
    """One set: what is judged in it, and what is payable by direction and period."""

    policy: str
    name: str
    as_of: str
    verdicts: tuple[Said, ...]
    payable: tuple[tuple[str, str, str], ...] = ()
    obligation: str | None = None


def of(
    obligation: str, period: str, found: dict[str, tuple[str, str | None]], requirement: int = 1
) -> tuple[Said, ...]:
    """Verdicts of one obligation and period, by the value of its group."""
    return tuple(
        (obligation, requirement, period, (group,) if group else (), *said)
        for group, said in found.items()
    )


def uptime(period: str, **found: tuple[str, str | None]) -> tuple[Said, ...]:
    return of("uptime", period, {name.replace("__", "-"): said for name, said in found.items()})


MET, BREACHED, NO_DATA, PENDING = "met", "breached", "no data", "pending"

WORKED = (
    Worked(
        "hosting", "edges", "2026-03-15T00:00:00+01:00",
        of("uptime", "2026-02", {
            "clean": (MET, "30000/30000"),
            "down-4m30": (MET, "30000/30000"),
            "down-5m00": (BREACHED, "29700/30000"),
            "down-5m30": (BREACHED, "29670/30000"),
            "down-25m00": (BREACHED, "28500/30000"),
            "down-25m30": (BREACHED, "28470/30000"),
        }),
        (("credits", "2026-02", "600.00"),),
    ),
    Worked(
        "hosting", "claims", "2026-05-15T00:00:00+02:00",
        (
            *uptime("2026-01", web=(BREACHED, "6900/7200")),
            *uptime("2026-02", web=(BREACHED, "6900/7200")),
            *uptime("2026-03", web=(BREACHED, "6900/7200")),
            *uptime("2026-04", web=(NO_DATA, None)),
            *uptime("2026-05", web=(PENDING, None)),
        ),
        (
            ("credits", "2026-01", "300.00"),
            ("credits", "2026-02", "300.00"),
            ("credits", "2026-03", "0.00"),
            ("penalties", "2026-02", "250.00"),
            ("penalties", "2026-03", "250.00"),
        ),
    ),
    Worked(
        "hosting", "dst", "2026-12-15T00:00:00+01:00",
        (
            *uptime("2026-03", web=(BREACHED, "17400/18000")),
            *uptime("2026-10", web=(BREACHED, "22800/25200")),
        ),
        (("credits", "2026-03", "300.00"), ("credits", "2026-10", "625.00")),
    ),
    Worked(
        "hosting", "month_end", "2026-03-15T00:00:00+01:00",
        (
            *uptime("2026-01", shop=(BREACHED, "7020/7200"), web=(BREACHED, "6600/7200")),
            *uptime("2026-02", shop=(BREACHED, "7020/7200"), web=(BREACHED, "6600/7200")),
        ),
        (("credits", "2026-01", "0.00"), ("credits", "2026-02", "0.00")),
    ),
    Worked(
        "hosting", "missing", "2026-03-15T00:00:00+01:00",
        of("uptime", "2026-02", {
            "gap-4m45": (MET, "7200/7200"),
            "gap-5m15": (BREACHED, "6885/7200"),
            "after-a-failure": (BREACHED, "6840/7200"),
            "silent": (BREACHED, "3645/7200"),
            "late": (MET, "3600/3600"),
        }),
    ),
    Worked(
        "hosting", "maintenance", "2026-03-15T00:00:00+01:00",
        of("uptime", "2026-02", {"web": (BREACHED, "16800/21600")}),
        (("credits", "2026-02", "0.00"),),
    ),
    Worked(
        "hosting", "causes", "2026-03-15T00:00:00+01:00",
        of("uptime", "2026-02", {
            "web": (BREACHED, "10800/12000"), "shop": (BREACHED, "10800/13800"),
        }),
    ),
    Worked(
        "hosting", "notices", "2026-03-15T00:00:00+01:00",
        (
            *of("uptime", "2026-02", {"web": (BREACHED, "12600/18000")}),
            *of("uptime_noticed", "2026-02", {"web": (BREACHED, "15000/18000")}),
        ),
    ),
    Worked(
        "leads", "targets", "2026-04-01T00:00:00+02:00",
        (
            *of("supply", "2026-01", {
                "decision_maker": (BREACHED, "0"), "manager": (BREACHED, "0"), "intern": (MET, "0"),
            }),
            *of("supply", "2026-02", {
                "decision_maker": (MET, "40"), "manager": (BREACHED, "79"), "intern": (MET, "0"),
            }),
            *of("supply", "2026-03", {
                "decision_maker": (BREACHED, "39"), "manager": (MET, "80"), "intern": (MET, "3"),
            }),
            *of("supply", "2026-01", {"": (BREACHED, "0")}, 2),
            *of("supply", "2026-02", {"": (MET, "250000")}, 2),
            *of("supply", "2026-03", {"": (BREACHED, "249999.99")}, 2),
        ),
    ),
    Worked(
        "leads", "follow_up", "2026-05-01T00:00:00+02:00",
        (
            *of("follow_up", "2026-W13", {"": (MET, "19/20")}),
            *of("follow_up", "2026-W14", {"": (BREACHED, "18/20")}),
            *of("follow_up", "2026-W15", {"": (NO_DATA, None)}),
            *of("follow_up", "2026-W16", {"": (MET, "20/20")}),
            *of("follow_up", "2026-04", {
                "manager": (MET, "1/10"), "intern": (BREACHED, "2/10"),
                "decision_maker": (NO_DATA, None),
            }, 2),
        ),
    ),
    Worked(
        "leads", "reports", "2026-02-10T09:00:00+01:00",
        (
            ("weekly_report", 1, "2026-01-05T09:00", (), MET, None),
            ("weekly_report", 1, "2026-01-12T09:00", (), BREACHED, None),
            ("weekly_report", 1, "2026-01-19T09:00", (), MET, None),
            ("weekly_report", 1, "2026-01-26T09:00", (), BREACHED, None),
            ("weekly_report", 1, "2026-02-02T09:00", (), MET, None),
            ("weekly_report", 1, "2026-02-09T09:00", (), MET, None),
        ),
        obligation="weekly_report",
    ),
    Worked(
        "service_desk", "pauses", "2025-10-15T09:00:00-04:00",
        of("resolve", "2025-09", {
            "P1": (PENDING, None), "P2": (BREACHED, "3/4"), "P3": (BREACHED, "1/2"),
            "P4": (NO_DATA, None),
        }),
        (("credits", "2025-09", "2700.00"),),
    ),
)  # fmt: skip
