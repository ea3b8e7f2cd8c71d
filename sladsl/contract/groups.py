"""The fields that figures are grouped by."""

from __future__ import annotations

from sladsl.contract import kinds
from sladsl.contract.model import Kind
from sladsl.contract.scope import Scope
from sladsl.diagnostics import nearest
from sladsl.syntax import nodes as n

__all__ = ["group_fields"]

GROUPS = frozenset({Kind.TEXT, Kind.ENUM, Kind.BOOL, Kind.INT})


def group_fields(s: Scope, each: tuple[n.Name, ...], streams: dict[str, None], what: str) -> None:
    """Check the fields of `for each` against the streams that are read."""
    s.repeated(each, "the field")
    for name in each:
        first = None
        for stream in streams:
            fields = s.fields.get(stream, {})
            if name.text not in fields:
                help = nearest(name.text, fields) or f"fields of it: {', '.join(fields)}"
                s.error(
                    "SLA270", f"`{stream}` has no field `{name.text}`", name.span,
                    f"{what} reads that stream", help=help,
                )  # fmt: skip
                continue
            info = fields[name.text]
            if info is None:
                continue
            if info.type.kind not in GROUPS:
                s.error(
                    "SLA271", f"no groups by `{name.text}`, which is {kinds.describe(info.type)}",
                    name.span, help="a group is a text, an enum, a bool or a whole number",
                )  # fmt: skip
            elif info.type.optional:
                s.error(
                    "SLA252", f"a group can't be missing, and `{stream}.{name.text}` can",
                    name.span, help="declare the field without `?`, or group by another",
                )  # fmt: skip
            elif first is not None and not kinds.comparable(first[1].type, info.type):
                s.error(
                    "SLA273", f"`{name.text}` is of different kinds in `{first[0]}` and `{stream}`",
                    name.span, f"{kinds.describe(first[1].type)}, and {kinds.describe(info.type)}",
                    help="declare it alike in both streams",
                )  # fmt: skip
            first = first or (stream, info)
