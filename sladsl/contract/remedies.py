"""Remedies: who may do what, and after how many bad months."""

from __future__ import annotations

from sladsl.contract.agreement import k_of_n
from sladsl.contract.groups import group_fields
from sladsl.contract.obligations import figure_type, group_view
from sladsl.contract.schedules import positive
from sladsl.contract.scope import Scope, listed
from sladsl.syntax import nodes as n

__all__ = ["check_remedies"]


def check_remedies(s: Scope) -> None:
    """Check every remedy."""
    for node in s.here.remedies.values():
        for given, what, example in (
            (node.party, "who may do what", "globex may terminate"),
            (node.when, "when it may be used", "when uptime breached in 3 of 6 months"),
        ):
            if not given:
                s.error(
                    "SLA210", f"the remedy `{node.name.text}` doesn't say {what}", node.name.span,
                    help=f"add `{example}`",
                )  # fmt: skip
        if node.party is not None:
            s.party(node.party)
        for when in node.when:
            _counts(s, when)
            if when.operator is None:
                _breached(s, when)
            else:
                _exceeded(s, when)
        positive(s, node.within, "a right")


def _counts(s: Scope, node: n.RemedyWhen) -> None:
    if node.how == "of" and node.count is not None:
        k_of_n(s, node.count, node.of)
        return
    for count in (node.count, node.of):
        if count is not None and count.value < 1:
            s.error(
                "SLA465", f"{count.text} is no count of {node.unit}s or breaches", count.span,
                help="count at least one",
            )  # fmt: skip


def _breached(s: Scope, node: n.RemedyWhen) -> None:
    s.repeated(node.same, "the field")
    if not s.find("obligation", node.subject, s.here.obligations):
        return
    for require in s.here.obligations[node.subject.text].requires:
        each = [name.text for name in require.each] if isinstance(require, n.Require) else []
        for name in node.same:
            if name.text not in each:
                note = f"`{node.subject.text}` isn't judged for each of them"
                s.unknown("group", name.text, name.span, each, note)
                return


def _exceeded(s: Scope, node: n.RemedyWhen) -> None:
    """`when lost > 7.2h in 1 month`: a metric, over those months."""
    if node.operator in ("==", "!="):
        s.error(
            "SLA461", f"a limit of exactly a figure: `{node.operator}`", node.span,
            "a right arises beyond a limit", help="write `>`, `>=`, `<` or `<=`",
        )  # fmt: skip
    if node.subject.text in s.here.obligations and node.subject.text not in s.here.metrics:
        s.error(
            "SLA215", f"`{node.subject.text}` is the name of an obligation, where a metric is due",
            node.subject.span, help="write `breached in 3 of 6 months`, or name a metric",
        )  # fmt: skip
        return
    s.find("metric", node.subject, s.here.metrics)
    info = s.metrics.get(node.subject.text)
    assert node.limit is not None
    figure_type(s, node.limit, info, group_view(s, node.same, info))
    if info is None:
        return
    group_fields(s, node.same, dict.fromkeys(info.streams), f"`{info.name}`")
    for outage in info.outages:
        grain = {name.text for name in s.here.outages[outage].each}
        lacking = [name for name in node.same if name.text not in grain]
        if lacking:
            s.error(
                "SLA272", f"the outage `{outage}` isn't counted for each"
                f" {listed(name.text for name in lacking)}", lacking[0].span,
                f"`{info.name}` measures that outage", help="add it to the outage's `for each`",
            )  # fmt: skip
