"""What an outage is weighted by: the part that was affected, or how many there were.

A percentage is a part of what is measured. A number is how many a row speaks of: time without a
row speaks of none, so that what needs it is refused where a policy could mean two things.
"""

from __future__ import annotations

from sladsl.contract import kinds
from sladsl.contract.model import FieldInfo, Kind
from sladsl.contract.scope import Scope
from sladsl.source import Span
from sladsl.syntax import nodes as n

__all__ = ["check_weight", "numbered", "weighs_fee", "weighs_length", "weighs_time"]

#: What an outage can be weighted by: a share of something, or a number of them.
_WEIGHTS = frozenset({Kind.PERCENT, Kind.INT, Kind.NUMBER})


def check_weight(s: Scope, node: n.Outage, stream: str, info: FieldInfo | None) -> None:
    """`weighted by affected`: a field of the stream that the outage is read from."""
    weight = node.weighted
    assert weight is not None
    if info is not None and info.type.kind not in _WEIGHTS:
        s.error(
            "SLA316", f"a weight of {kinds.describe(info.type)}", weight.field.span,
            help="a weight is a percentage (the part affected) or a number (how many)",
        )  # fmt: skip
        return
    if info is not None and info.type.optional:
        s.error(
            "SLA252", f"a weight can't be missing, and `{stream}.{info.name}` can",
            weight.field.span, help="declare the field without `?`, or compute one from it: "
            f"`affected percent = {info.name} ?? 100%`",
        )  # fmt: skip
    if node.windows is not None:
        _refuse(s, "a window has many rows, and so no weight", weight.span,
                "weigh an outage of samples or of spans")  # fmt: skip
    if node.at_once:
        _refuse(s, "many at once have many weights", weight.span,
                "leave out one of the two: `at once for`, or `weighted by`")  # fmt: skip
    if node.samples is not None and weight.overlaps is not None:
        s.error(
            "SLA317", "samples don't overlap", weight.span,
            help="leave `overlaps` out: a sample holds until the next",
        )  # fmt: skip
    if node.spans is not None and weight.overlaps is None:
        s.error(
            "SLA494", "do spans that overlap add up, or count once?", weight.span,
            "what fails at once is weighed by it",
            help="add `, overlaps add up` (the sum of their weights), or `, overlaps count once` "
            "(the greatest)",
        )  # fmt: skip
    if info is not None and info.type.kind is not Kind.PERCENT:
        _uncounted(s, node)


def _uncounted(s: Scope, node: n.Outage) -> None:
    """Nobody says how many there are while no row speaks."""
    missing, measured = node.missing, node.measured
    if missing is not None and missing.text != "excluded":
        _refuse(s, "how many are there while data is missing?", missing.span,
                "let missing data count as excluded, or weigh by a percentage")  # fmt: skip
    if measured is not None and measured.rest.text != "excluded":
        _refuse(s, "how many are there in the rest of the time?", measured.rest.span,
                "let the rest count as excluded, or weigh by a percentage")  # fmt: skip
    each = {name.text for name in node.each}
    for service in s.here.services.values():
        fields = {of.field.text for of in service.of}
        fields |= set() if service.members is None else {by.text for by in service.members.by}
        if service.rest is not None and service.rest.text == "up" and fields <= each:
            _refuse(s, f"how many are there while `{service.name.text}` isn't?",
                    node.weighted.span if node.weighted else node.span,
                    "let the rest count as excluded, or weigh by a percentage")  # fmt: skip


def numbered(s: Scope, node: n.Outage) -> bool:
    """Whether it is weighted by how many there are."""
    if node.weighted is None:
        return False
    rows = node.samples or node.spans
    fields = {} if rows is None else s.fields.get(rows.stream.text, {})
    info = fields.get(node.weighted.field.text)
    return info is not None and info.type.kind in (Kind.INT, Kind.NUMBER)


def weighs_time(s: Scope, outage: n.Outage, of: n.Node | None, place: Span) -> None:
    """Whether a share of time outside it (`of` a length) can be weighed."""
    if not numbered(s, outage):
        return
    if of is not None:
        _refuse(s, "how many are there in that length?", of.span,
                "leave out `of`, or weigh the outage by a percentage")  # fmt: skip
    elif outage.spans is not None:
        _refuse(s, "how many are there while nothing fails?", place,
                f"add up what is lost: `sum of duration in {outage.name.text}`; or weigh the "
                "outage by a percentage")  # fmt: skip


def weighs_length(s: Scope, outage: n.Outage, function: str, place: Span) -> None:
    """Whether lengths of it can be added up, or ranked."""
    if outage.weighted is not None and function != "sum":
        _refuse(s, "is it how long an outage was, or how much was lost?", place,
                "add up what was lost with `sum of duration`; for lengths declare another outage,"
                " without the weight")  # fmt: skip


def weighs_fee(s: Scope, outage: n.Outage, place: Span) -> None:
    """Whether the fee during it can be a part of the fee."""
    if numbered(s, outage):
        _refuse(s, "the fee isn't paid by how many there are", place,
                "weigh the outage by a percentage, or declare one without the weight")  # fmt: skip


def _refuse(s: Scope, message: str, place: Span, help: str) -> None:
    s.error("SLA493", message, place, "the outage is weighted", help=help)
