"""Times and periods as people type them on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sladsl.calendar.names import AFTER_ALL, zone_info
from sladsl.cli.refusals import bad_option
from sladsl.plan.instants import instant
from sladsl.source import Source, Span
from sladsl.syntax.nodes import Moment

__all__ = ["moment", "within"]

_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?")
_LABEL = re.compile(
    r"(?P<year>\d{4})"
    r"(?:-(?:W(?P<week>\d\d)|Q(?P<quarter>[1-4])|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?"
)
#: Labels that only one period has: `2026-03-09/30d`, `2026-W11/2`, `2026-10-25T02+02:00`, and
#: those of deadlines, `2026-03-09T17:00 T-12`.
_ALONE = re.compile(
    r"\d{4}[\dQW-]*(?:T[\d:.+-]+)?/\d+(?:d|w|mo|q|y)?"
    r"|\d{4}-\d\d-\d\dT\d\d[\d:.]*(?:[+-]\d\d:\d\d)?(?: .*)?"
    rf"|{AFTER_ALL}(?: .*)?"
)


def moment(text: str, zone: str, option: str) -> int:
    """Nanoseconds of a time; without an offset it is in the agreement's zone.

    Raises `Refused` where it isn't a time.
    """
    if _TIME.fullmatch(text):
        text = text.replace(" ", "T")
        try:
            year = datetime.fromisoformat(text[:10]).year
            if 1678 <= year <= 2261:
                where = Span(Source(option, text), 0, len(text))
                return instant(Moment(text, len(text) == 10, span=where), zone)
        except (ValueError, OverflowError):
            pass
    raise bad_option(option, text, "write 2026-03-09 or 2026-03-09T14:00, offset or Z if needed")


def within(label: str, zone: str, option: str) -> tuple[int, int]:
    """The bounds of a period by its label: 2026, 2026-Q1, 2026-03, 2026-W11, 2026-03-09.

    Raises `Refused` where it isn't a label.
    """
    found = _LABEL.fullmatch(label)
    if found:
        try:
            return _bounds(found.groupdict(), zone)
        except (ValueError, OverflowError):
            pass
    if _ALONE.fullmatch(label):
        return 0, 0  # of that label alone
    help = "write 2026, 2026-Q1, 2026-03, 2026-W11, 2026-03-09, term, or a label as it is shown"
    raise bad_option(option, label, help)


def _bounds(parts: dict[str, str | None], zone: str) -> tuple[int, int]:
    year = int(parts["year"] or 0)
    if parts["week"]:
        start = datetime.fromisocalendar(year, int(parts["week"]), 1)
        end = start + timedelta(days=7)
    elif parts["day"]:
        start = datetime(year, int(parts["month"] or 0), int(parts["day"]))
        end = start + timedelta(days=1)
    elif parts["month"]:
        start = datetime(year, int(parts["month"]), 1)
        end = (start + timedelta(days=31)).replace(day=1)
    elif parts["quarter"]:
        start = datetime(year, 3 * int(parts["quarter"]) - 2, 1)
        end = (start + timedelta(days=92)).replace(day=1)
    else:
        start, end = datetime(year, 1, 1), datetime(year + 1, 1, 1)
    return _ns(start, zone), _ns(end, zone)


def _ns(local: datetime, zone: str) -> int:
    since = local.replace(tzinfo=zone_info(zone)).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 10**9
