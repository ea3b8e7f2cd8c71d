"""Services: groups that exist from the start, from when to when, or while spans say so."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta
from random import Random

from generate.shapes import FieldShape, StreamShape

__all__ = ["each_service", "limited"]

_MEMBERS = (
    "stream served {{\n  span from came to went\n  came time\n  went time?\n  {field} {kind}\n}}"
)


def limited(
    random: Random, fields: Collection[str], start: date, days: int
) -> tuple[list[str], list[StreamShape]]:
    """Services that don't always exist, of groups with some of these fields; or none."""
    parts: list[str] = []
    shapes: list[StreamShape] = []
    if "site" in fields and random.random() < 0.5:
        also = f"  of kind {random.choice(['web', 'mail'])}" if "kind" in fields else ""
        also = random.choice(["", "", also])
        values = random.choice(['"b"', '"b", "c d"', '"b", "later"'])
        parts.append(f"service third {{\n  of site {values}{also}\n{_when(random, start, days)}}}")
    elif "site" in fields and random.random() < 0.5:
        of = random.choice(['  of site "b", "c d", "e"\n', '  of site "b"\n'])
        parts += [
            _MEMBERS.format(field="site", kind="text?"),
            f"service fourth {{\n{of}  members of served by site\n{_rest(random)}}}",
        ]
        shapes.append(_served(FieldShape("site", "text", True, ("b", "c d", "e"))))
    elif "number" in fields and random.random() < 0.7:
        of = random.choice(['  of number "i2", "i3"\n', '  of number "i3", "i7"\n'])
        if random.random() < 0.5:
            parts.append(f"service fifth {{\n{of}{_when(random, start, days)}}}")
        else:
            parts += [
                _MEMBERS.format(field="number", kind="text"),
                f"service sixth {{\n{of}  members of served by number\n{_rest(random)}}}",
            ]
            shapes.append(_served(FieldShape("number", "text", False, ("i2", "i3", "i7"))))
    return parts, shapes


def each_service(obligations: list[str], parts: list[str], start: date, days: int) -> list[str]:
    """The same, some judged for each service rather than each site; and the services."""
    random = Random("".join(obligations))
    first = 'service first { of site "a", "elsewhere" }'
    others = [p for p in parts if p.startswith("service ") and p != first]
    if others and random.random() < 0.5:
        return obligations
    found = []
    for text in obligations:
        each = re.search(r"^    for each .*\bsite\b.*$", text, re.M)
        more = re.search(r"^  (excluding|applies|claim|credit|penalty|bonus)", text, re.M)
        plain = more is None and text.count("site") == 1 and text.count("  require") == 1
        if each is not None and plain:
            found.append(text.replace(each[0], each[0].replace("site", "service")))
        else:
            found.append(text)
    if found != obligations:
        parts[:] = [part for part in parts if part not in others]
        when = _when(random, start, days) if random.random() < 0.5 else ""
        parts += [] if first in parts else ['service one "The first" { of site "a", "c d" }']
        parts.append(f'service two {{\n  of site "b"\n{when}}}')
    return found


def _served(by: FieldShape) -> StreamShape:
    fields = (FieldShape("came", "time"), FieldShape("went", "time", True), by)
    return StreamShape("served", "came", fields, (), None, "went")


def _when(random: Random, start: date, days: int) -> str:
    """From some time near the term on, perhaps to another."""
    since = start + timedelta(days=random.choice([-3, 0, 1, 1, 2, days // 2]))
    found = f"  from {since}{random.choice(['', 'T09:30:00'])}"
    until = since + timedelta(days=random.choice([1, 2, days // 2 + 1, days + 5]))
    if random.random() < 0.6:
        found += random.choice([f" through {until}", f" to {until}", f" to {until}T02:30:00"])
    return f"{found}\n{_rest(random)}"


def _rest(random: Random) -> str:
    return random.choice(["", "  the rest counts as up\n", "  the rest counts as excluded\n"])
