"""What the sets of `fixtures/` come to, as their READMEs work it out by hand."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["WORKED", "Worked", "differences"]

#: Obligation, requirement, period, values of the group, verdict, exact figure (None: not told).
Said = tuple[str, int, str, tuple[str, ...], str, str | None]


class Worked(NamedTuple):
    """One set: what is judged in it, and what is payable by direction and period (None: nothing).

    `says`: what else its report says, each with its place (names and numbers with dots between).
    """

    policy: str
    name: str
    as_of: str
    verdicts: tuple[Said, ...]
    payable: tuple[tuple[str, str, str | None], ...] = ()
    obligation: str | None = None
    says: tuple[tuple[str, Any], ...] = ()


def differences(worked: Worked, document: dict[str, Any]) -> list[str]:
    """What a report says of a set that isn't what was worked out for it."""
    judged = {
        (v["obligation"], v["requirement"], v["period"]["label"], tuple(v["group"].values())): (
            v["verdict"].replace("_", " "),
            v["value"] and v["value"]["exact"],
        )
        for v in document["verdicts"]
    }
    due = {(s["direction"], s["period"]): s["payable"] for s in document["statement"]}
    found: list[str] = []
    for *about, verdict, exact in worked.verdicts:
        said = judged.get(tuple(about))  # type: ignore[arg-type]
        if said is None or said[0] != verdict or exact not in (None, said[1]):
            found.append(f"{about}: {said}, not {verdict} {exact}")
    for direction, period, payable in worked.payable:
        amount = due.get((direction, period))
        if amount != payable:
            found.append(f"{direction} {period}: {amount}, not {payable}")
    for place, value in worked.says:
        said = _at(document, place)
        if said != value:
            found.append(f"{place}: {said}, not {value}")
    return found


def _at(document: Any, place: str) -> Any:
    """What stands at a place of a report; None where there is no such place."""
    for name in place.split("."):
        try:
            document = document[int(name) if isinstance(document, list) else name]
        except (IndexError, KeyError, TypeError):
            return None
    return document


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
        says=(
            ("obligations.0.responsible", ["acme"]),
            ("obligations.0.accountable", ["acme"]),
            ("obligations.0.informed", ["globex"]),
            ("obligations.0.records", "acme"),
            ("late.accepted_for", "3 days"),
            ("rights.0.rights.0.from", "2026-04-01T00:00:00+02:00"),
            ("rights.0.rights.0.until", "2026-05-31T00:00:00+02:00"),
            ("rights.0.rights.0.open", True),
            ("renewals.0.outcome", "ends"),
            ("renewals.0.met", 0),
            ("renewals.0.open", 8),
            ("renewals.0.needed", 10),
            ("renewals.0.of", 12),
            ("reviews.0.due", "2026-04-01T00:00:00+02:00"),
            ("reviews.0.by", ["acme", "globex"]),
            ("reviews.0.promises.0.standing", "missed"),
            ("reviews.0.promises.0.breached", 3),
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
        "hosting", "renewed", "2027-01-15T00:00:00+01:00",
        (
            *uptime("2026-05", web=(MET, "600/600")),
            *uptime("2026-06", web=(BREACHED, "0/600")),
            *uptime("2026-08", web=(BREACHED, "0/600")),
            *uptime("2026-12", web=(MET, "600/600")),
            *uptime("2027-01", web=(PENDING, None)),
        ),
        says=(
            ("renewals.0.end", "2027-01-01T00:00:00+01:00"),
            ("renewals.0.outcome", "renewed"),
            ("renewals.0.becomes", "2028-01-01T00:00:00+01:00"),
            ("renewals.0.met", 10),
            ("renewals.1.notice_until", "2027-11-02T00:00:00+01:00"),
            ("renewals.1.notice_at", "2026-11-02T00:00:01+01:00"),
            ("rights.0.bad", ["2026-06", "2026-08"]),
            ("rights.0.rights", []),
            ("reviews.3.due", "2027-01-01T00:00:00+01:00"),
        ),
    ),
    Worked(
        "hosting", "given_notice", "2027-01-15T00:00:00+01:00",
        (*uptime("2026-12", web=(MET, "600/600")),),
        says=(
            ("renewals.0.outcome", "ends"),
            ("renewals.0.met", 10),
            ("renewals.0.notice_at", "2026-11-02T00:00:00+01:00"),
            ("renewals.1", None),
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
            *of("follow_up", "2026-W12", {"": (BREACHED, "18/19")}),
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
        says=(
            ("obligations.0.responsible", ["desk"]),
            ("obligations.0.accountable", ["desk"]),
            ("obligations.0.informed", ["business"]),
            ("reviews.0.due", "2025-10-01T00:00:00-04:00"),
            ("reviews.0.by", ["desk", "business"]),
        ),
    ),
    Worked(
        "service_desk", "shares", "2026-04-01T00:00:00-04:00",
        (
            ("resolve", 1, "2025-07", ("P1",), MET, "99/100"),
            ("resolve", 1, "2025-08", ("P1",), MET, "110/111"),
            ("resolve", 1, "2025-09", ("P2",), MET, "9/10"),
            ("resolve", 1, "2025-10", ("P2",), BREACHED, "8/9"),
            ("resolve", 1, "2025-11", ("P3",), BREACHED, "4/5"),
            ("resolve", 1, "2025-12", ("P3",), BREACHED, "7/9"),
            ("resolve", 1, "2026-01", ("P4",), MET, "19/19"),
            ("reply", 1, "2026-01", ("P4",), BREACHED, "18/19"),
        ),
        (
            ("bonuses", "2025-07", None),
            ("bonuses", "2025-08", "360.00"),
            ("credits", "2025-10", "900.00"),
            ("credits", "2025-11", "900.00"),
            ("credits", "2025-12", "2700.00"),
            ("credits", "2026-01", "360.00"),
            ("bonuses", "2026-01", "360.00"),
        ),
    ),
)  # fmt: skip
