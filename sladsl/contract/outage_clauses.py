"""What else an outage says: how many at once, by what weight, and when it is measured."""

from __future__ import annotations

from collections.abc import Mapping

from sladsl.contract import kinds
from sladsl.contract.groups import GROUPS
from sladsl.contract.model import FieldInfo
from sladsl.contract.rows_of import spans_of
from sladsl.contract.scope import Scope
from sladsl.contract.weights import check_weight
from sladsl.diagnostics import nearest
from sladsl.syntax import nodes as n

__all__ = ["check_instances", "check_measured", "counts_as"]


def counts_as(s: Scope, word: n.Name | None, known: tuple[str, ...], what: str) -> None:
    """What time that isn't measured as it is counts as."""
    if word is not None and word.text not in known:
        *most, last = (f"`{k}`" for k in known)
        help = nearest(word.text, known) or " or ".join([", ".join(most), last] if most else [last])
        s.error("SLA492", f"{what} can't count as `{word.text}`", word.span, help=help)


def check_instances(s: Scope, node: n.Outage, stream: str) -> None:
    """`at once for ...` and `weighted by`: fields of the stream that the outage is read from."""
    fields = s.fields[stream]
    s.repeated([part.field for part in node.at_once], "the field")
    for part in node.at_once:
        info = _field(s, part.field, stream, fields)
        if part.field.text in {name.text for name in node.each}:
            s.error(
                "SLA317", f"each outage is of one `{part.field.text}` already", part.field.span,
                "so there is one of them at once", help="leave it out of `for each`, or here",
            )  # fmt: skip
        elif info is not None and info.type.optional:
            s.error(
                "SLA252", f"a group can't be missing, and `{stream}.{info.name}` can",
                part.field.span, help="declare the field without `?`, or name another",
            )  # fmt: skip
        elif info is not None and info.type.kind not in GROUPS:
            s.error(
                "SLA271", f"no groups by `{info.name}`, which is {kinds.describe(info.type)}",
                part.field.span, help="a group is a text, an enum, a bool or a whole number",
            )  # fmt: skip
        least = part.at_least
        if least is not None and least.value < 1:
            s.error("SLA459", "at least none of them", least.span, help="a number of at least one")
    if node.weighted is not None:
        info = _field(s, node.weighted.field, stream, fields)
        check_weight(s, node, stream, info)


def _field(
    s: Scope, name: n.Name, stream: str, fields: Mapping[str, FieldInfo | None]
) -> FieldInfo | None:
    if name.text not in fields:
        s.unknown("field", name.text, name.span, fields, f"not a field of `{stream}`")
        return None
    return fields[name.text]


def check_measured(s: Scope, outage: n.Outage, node: n.Measured) -> None:
    """`measured during spans of STREAM where ... on OURS == THEIRS, the rest counts as up`."""
    counts_as(s, node.rest, ("up", "down", "excluded"), "the rest")
    name = spans_of(s, node.spans)
    if node.on is None or name is None:
        return
    left, right = node.on.left, node.on.right
    groups = [each.text for each in outage.each]
    if left.text not in groups:
        s.unknown("group", left.text, left.span, groups, "not in the outage's `for each`")
    if right.text not in s.fields[name]:
        s.unknown("field", right.text, right.span, s.fields[name], f"not of `{name}`")
