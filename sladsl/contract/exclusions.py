"""Exclusions: what time is left out, for which groups, and how much of it."""

from __future__ import annotations

from sladsl.contract.outage_clauses import counts_as
from sladsl.contract.rows_of import spans_of, windows_of
from sladsl.contract.schedules import positive
from sladsl.contract.scope import Scope
from sladsl.syntax import nodes as n

__all__ = ["check_exclusions"]


def check_exclusions(s: Scope) -> None:
    """Check every exclusion by itself; how it correlates shows where it is used."""
    for node in s.here.exclusions.values():
        counts_as(s, node.counts, ("up",), "excluded time")
        if (node.spans is None) == (node.windows is None):
            said = "says twice" if node.spans else "doesn't say"
            s.error(
                "SLA210", f"the exclusion `{node.name.text}` {said} what it leaves out",
                node.name.span, help="give one: `spans of STREAM where ...`, or "
                "`windows of 1min where METRIC < ...`",
            )  # fmt: skip
        else:
            name = None
            if node.windows is not None:
                name = windows_of(s, node.windows)
            elif node.spans is not None:
                name = spans_of(s, node.spans)
            if name is not None:
                s.excluded[node.name.text] = name
            if name is not None and node.on is not None:
                right = node.on.right
                if right.text not in s.fields[name]:
                    s.unknown("field", right.text, right.span, s.fields[name], f"not of `{name}`")
        if node.for_all is not None and node.on is not None:
            s.error(
                "SLA263", "both `for all` and `on`", node.on.span,
                "does it correlate, or hold for all?", help="keep one of the two",
            )  # fmt: skip
        if node.allowance is not None:
            _allowance(s, node.allowance)


def _allowance(s: Scope, node: n.Allowance) -> None:
    positive(s, node.limit, "an allowance")
    if node.limit.kind == "number" and (node.limit.value.denominator != 1 or node.limit.value < 1):
        s.error(
            "SLA459", "an allowance is a time, or a count of at least one", node.limit.span,
            help="`at most 4h per month`, `at most 1 per month`",
        )  # fmt: skip
