"""What is left out: how exclusions belong to what is judged; and circles of excuses."""

from __future__ import annotations

from collections.abc import Mapping

from sladsl.contract import kinds
from sladsl.contract.anchors import anchor_of
from sladsl.contract.functions import on
from sladsl.contract.model import FieldInfo, MetricInfo
from sladsl.contract.outage_clauses import counts_as
from sladsl.contract.same_named import same_named
from sladsl.contract.scope import Scope, listed
from sladsl.contract.services import told_apart
from sladsl.contract.told import told_apart_by
from sladsl.diagnostics import Label
from sladsl.syntax import nodes as n

__all__ = ["excluding", "excuse_circles", "metric_of"]


def metric_of(s: Scope, require: n.Require) -> MetricInfo | None:
    """The metric of a requirement, if it is one without errors."""
    return s.metrics.get(require.metric.text)


def excluding(s: Scope, node: n.Obligation) -> None:
    """Check the exclusions of an obligation against what it judges."""
    s.repeated(node.excluding, "the exclusion")
    _excluded_time(s, node)
    for name in node.excluding:
        if not s.find("exclusion", name, s.here.exclusions):
            continue
        exclusion = s.here.exclusions[name.text]
        stream = s.excluded.get(name.text)
        if stream is None or stream not in s.fields:
            continue
        for require in node.requires:
            info = metric_of(s, require) if isinstance(require, n.Require) else None
            if isinstance(require, n.Require) and info is not None:
                _correlates(s, name, exclusion, stream, require, info)
            elif not isinstance(require, n.Require):
                _about_triggers(s, name, exclusion, stream, require)


def _about_triggers(
    s: Scope, name: n.Name, exclusion: n.Exclusion, stream: str, require: n.AnyRequire
) -> None:
    """An exclusion says which of the rows that start a deadline it is about, or `for all`."""
    if exclusion.for_all is not None:
        return
    anchor = anchor_of(require)
    ours: Mapping[str, FieldInfo | None]
    starting = anchor.name.text if anchor is not None and anchor.member is not None else ""
    if starting in s.fields:
        ours, theirs = s.fields[starting], s.fields[stream]
        said = f"`{stream}` has no field of `{starting}`"
    elif anchor is not None and anchor.of is not None and anchor.name.text == "breach":
        (ours,), theirs = told_apart_by(s, require), s.fields[stream]
        said = f"`{stream}` has no field of the groups of `{anchor.of.text}`"
    else:
        ours, theirs = {}, {}
        said = "no row starts what is due here"
    known = {x: field for x, field in ours.items() if field is not None}
    others = {x: field for x, field in theirs.items() if field is not None}
    shared = same_named(known, known, others)
    if exclusion.on is not None and ours:
        owner = f"`{starting}`" if starting in s.fields else "what is broken"
        on(s, exclusion.on, [ours], owner, [theirs], f"`{stream}`")
        shared[exclusion.on.left.text] = exclusion.on.right.text
    if shared and exclusion.windows is not None:
        _groups(s, name, exclusion, stream, list(shared.values()))
    if shared or known.keys() < ours.keys():
        return
    s.error(
        "SLA263", f"nothing says what `{name.text}` is about", name.span, said,
        help="add `for all` to the exclusion" + (", or `on`" if ours else ""),
        also=(Label(exclusion.name.span, "the exclusion"),),
    )  # fmt: skip


def _excluded_time(s: Scope, node: n.Obligation) -> None:
    """Check `excluded time counts as up`."""
    word = node.excluded_time
    counts_as(s, word, ("up",), "excluded time")
    if word is not None and not node.excluding:
        s.error(
            "SLA274", "no time is excluded that could count as up", word.span,
            help="add `excluding EXCLUSION, ...`",
        )  # fmt: skip


def _correlates(
    s: Scope, name: n.Name, exclusion: n.Exclusion, stream: str, require: n.Require,
    info: MetricInfo,
) -> None:  # fmt: skip
    """An exclusion says which groups it is about: by a field, by `on`, or `for all`."""
    if exclusion.for_all is not None:
        return
    sources = [*info.streams, *(s.outages[o].stream for o in info.outages if o in s.outages)]
    grain = dict.fromkeys(told_apart(s, require.each, sources))
    for outage in info.outages:
        grain |= {field.text: None for field in s.here.outages[outage].each}
    tables = [s.fields[source] for source in sources if source in s.fields]
    if exclusion.on is not None:
        measured = f"what `{info.name}` reads"
        on(s, exclusion.on, tables, measured, [s.fields[stream]], f"`{stream}`")
        grain.pop(exclusion.on.left.text, None)
    lacking = [field for field in grain if field not in s.fields[stream]]
    if lacking:
        s.error(
            "SLA263", f"nothing says which {listed(lacking)} `{name.text}` is about", name.span,
            f"`{stream}` has no such field",
            help=f"add `for all`, or `on {lacking[0]} == FIELD`, to the exclusion",
            also=(Label(exclusion.name.span, "the exclusion"),),
        )  # fmt: skip
    if exclusion.windows is not None:
        by = [*grain, *([exclusion.on.right.text] if exclusion.on is not None else [])]
        _groups(s, name, exclusion, stream, by)
    for field in grain:
        theirs = s.fields[stream].get(field)
        for table in tables:
            ours = table.get(field)
            if ours and theirs and not kinds.comparable(ours.type, theirs.type):
                s.error(
                    "SLA273", f"`{field}` is of different kinds here and in `{stream}`", name.span,
                    f"{kinds.describe(ours.type)}, and {kinds.describe(theirs.type)}",
                    help="declare it alike in both streams",
                )  # fmt: skip


def _groups(s: Scope, name: n.Name, exclusion: n.Exclusion, stream: str, fields: list[str]) -> None:
    """Windows are made for groups of rows: by fields that can't be missing."""
    for field in fields:
        info = s.fields[stream].get(field)
        if info is not None and info.type.optional:
            s.error(
                "SLA252", f"a group can't be missing, and `{stream}.{field}` can", name.span,
                f"the windows are of the rows of each `{field}`",
                help="declare the field without `?`, or add `for all` to the exclusion",
                also=(Label(exclusion.name.span, "the exclusion"),),
            )  # fmt: skip


def excuse_circles(s: Scope) -> None:
    """Report obligations that excuse or replace each other, or run from each other's breach."""
    uses: dict[str, list[str]] = {}
    for name, node in s.here.obligations.items():
        uses[name] = [e.obligation.text for e in node.excused]
        for require in node.requires:
            anchor = anchor_of(require)
            if anchor is not None and anchor.of is not None and anchor.name.text == "breach":
                uses[name] += [anchor.of.text] if anchor.of.text != name else []
    done: set[str] = set()

    def follow(name: str, path: list[str]) -> None:
        if name in path:
            shown = " -> ".join(f"`{part}`" for part in [*path[path.index(name) :], name])
            s.error(
                "SLA204", f"an obligation that depends on itself: {shown}",
                s.here.obligations[name].name.span, help="let one of them stand by itself",
            )  # fmt: skip
        elif name in uses and name not in done:
            for used in uses[name]:
                follow(used, [*path, name])
            done.add(name)

    for name in uses:
        follow(name, [])
