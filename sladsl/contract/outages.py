"""Outages: what fails, for how long a sample holds, what of it counts."""

from __future__ import annotations

from sladsl.contract import kinds
from sladsl.contract.expressions import condition
from sladsl.contract.groups import group_fields
from sladsl.contract.lookup import View
from sladsl.contract.model import Kind, OutageInfo, RefKind, Resolved
from sladsl.contract.outage_clauses import check_instances, check_measured, counts_as
from sladsl.contract.rows_of import windows_of
from sladsl.contract.schedules import positive
from sladsl.contract.scope import Scope
from sladsl.diagnostics import nearest
from sladsl.syntax import nodes as n

__all__ = ["check_outages", "moment_of", "time_field"]

MISSING = ("up", "down", "excluded")


def check_outages(s: Scope) -> None:
    """Check every outage and find the stream that it is read from."""
    for name, node in s.here.outages.items():
        stream = _source(s, node)
        if stream is not None:
            group_fields(s, node.each, {stream: None}, "the outage")
            s.outages[name] = OutageInfo(name, node, stream, tuple(e.text for e in node.each))
        _holding(s, node)
        positive(s, node.lasting, "a run")
        if node.rounding is not None:
            positive(s, node.rounding.to, "a step")
        if node.counted is not None:
            _counted(s, node.counted)
        counts_as(s, node.missing, MISSING, "missing data")
        if stream is not None:
            check_instances(s, node, stream)
        if node.measured is not None:
            check_measured(s, node, node.measured)


def _source(s: Scope, node: n.Outage) -> str | None:
    given = [x for x in (node.samples, node.spans, node.windows) if x is not None]
    if len(given) != 1:
        two = "more than one of" if given else "none of"
        s.error(
            "SLA260", f"the outage `{node.name.text}` has {two} samples, spans and windows",
            node.name.span, help="give one: `samples of STREAM where not up`",
        )  # fmt: skip
        return None
    if node.windows is not None:
        return windows_of(s, node.windows)
    rows = node.samples or node.spans
    assert rows is not None
    if not s.find("stream", rows.stream, s.here.streams):
        return None
    name = rows.stream.text
    if rows.where is not None:
        condition(s, rows.where, View(name, s.fields[name]))
    elif node.samples is not None:
        s.error(
            "SLA260", f"the outage `{node.name.text}` doesn't say which samples fail",
            rows.span, help="add `where` and a condition: `where not up`",
        )  # fmt: skip
    info = s.streams.get(name)
    if info is None:
        return None
    if (info.spans is not None) != (node.spans is not None):
        is_, due = ("spans", "samples") if info.spans else ("events", "spans")
        s.error(
            "SLA262", f"`{name}` is a stream of {is_}, where {due} are due", rows.stream.span,
            help=f"write `{is_ if info.spans else 'samples'} of {name}`, or name another stream",
        )  # fmt: skip
        return None
    return name


def _holding(s: Scope, node: n.Outage) -> None:
    """What a sample stands for, and what the time without one counts as, must be said."""
    if node.samples is None:
        if node.holds is not None and (node.spans or node.windows):
            s.error(
                "SLA490", "only a sample holds until the next", node.holds.span,
                help="leave it out: spans and windows have lengths of their own",
            )  # fmt: skip
        return
    stream = s.here.streams.get(node.samples.stream.text)
    expected = isinstance(stream, n.Stream) and stream.expected is not None
    if node.holds is None and not expected and stream is not None:
        s.error(
            "SLA490", f"how long does a sample of `{node.samples.stream.text}` hold?",
            node.name.span, "the outage's length depends on it",
            help="add `each sample holds for at most 2h` (or `until the next`), or "
            "`expected every` to the stream",
        )  # fmt: skip
    if node.holds is not None:
        positive(s, node.holds.at_most, "a hold")
    if node.missing is None:
        s.error(
            "SLA491", f"the outage `{node.name.text}` doesn't say what missing data counts as",
            node.name.span, "verdicts, and so money, depend on it",
            help="add `missing data counts as down` (or `up`, or `excluded`)",
        )  # fmt: skip


def _counted(s: Scope, node: n.Counted) -> None:
    if node.since.text == "onset":
        for more, word in ((node.where, "`where`"), (node.grace, "time before it")):
            if more is not None:
                s.error(
                    "SLA317", f"`counted from onset` takes no {word}", more.span,
                    help="leave it out, or name an event: `counted from notices.sent where ...`",
                )  # fmt: skip
        return
    positive(s, node.grace, "a grace")
    if node.since.member is None and node.since.name not in s.here.streams:
        known = ["onset", *s.here.streams]
        s.unknown("start", node.since.text, node.since.span, known, "neither `onset` nor a stream")
        return
    moment_of(s, node.since, node.where)


def moment_of(s: Scope, ref: n.Ref, where: n.Expr | None) -> str | None:
    """The stream of `notices` or `notices.sent`, a time of whose rows is meant."""
    stream = n.Name(ref.name, span=ref.span)
    if not s.find("stream", stream, s.here.streams):
        return None
    fields = s.fields[ref.name]
    if where is not None:
        condition(s, where, View(ref.name, fields))
    if ref.member is None:
        s.refs.setdefault(id(ref), Resolved(RefKind.STREAM, ref.name))
        return ref.name
    if time_field(s, ref.name, n.Name(ref.member, span=ref.span)):
        s.refs.setdefault(id(ref), Resolved(RefKind.FIELD, ref.member, ref.name))
    return ref.name


def time_field(s: Scope, stream: str, name: n.Name) -> bool:
    """Whether a stream has a time of that name; if not, that is reported."""
    fields = s.fields[stream]
    if name.text not in fields:
        s.unknown("field", name.text, name.span, fields, f"not a field of `{stream}`")
        return False
    info = fields[name.text]
    if info is not None and info.type.kind is not Kind.TIME:
        times = [n for n, i in fields.items() if i is not None and i.type.kind is Kind.TIME]
        s.error(
            "SLA251", f"`{name.text}` is {kinds.describe(info.type)}, where a time is due",
            name.span, help=nearest(name.text, times) or f"times of it: {', '.join(times)}",
        )  # fmt: skip
        return False
    return info is not None
