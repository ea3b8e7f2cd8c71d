"""Schedules: every figure that breaches pays, exactly once, and a worse one not less."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction

from sladsl.contract.excuses import metric_of
from sladsl.contract.model import Kind
from sladsl.contract.obligations import group_view
from sladsl.contract.scope import Scope
from sladsl.contract.targets import Case, amount, cases, evaluate, payout_of, show
from sladsl.diagnostics import Label
from sladsl.records import Record
from sladsl.syntax import nodes as n

__all__ = ["check_schedule"]

_HOLDS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Row(Record):
    """A tier with its edges as exact figures."""

    node: n.Tier
    bounds: tuple[tuple[str, Fraction], ...]
    pays: tuple[tuple[str, ...], Fraction] | None

    def holds(self, figure: Fraction) -> bool:
        """Whether a figure lies within the bounds."""
        return all(_HOLDS[op](figure, edge) for op, edge in self.bounds)

    @property
    def ray(self) -> str:
        """`<` or `>` for a tier without another end; nothing for a range."""
        return self.bounds[0][0][0] if len(self.bounds) == 1 else ""


class Table(Record):
    """A schedule as it is for one plan and group, with the promise that it belongs to."""

    node: n.Payment
    rows: tuple[Row, ...]
    operator: str
    target: Fraction
    kind: Kind
    case: Case

    def met(self, figure: Fraction) -> bool:
        """Whether a figure keeps the promise."""
        return _HOLDS[self.operator](figure, self.target)

    def may_pay(self, figure: Fraction) -> bool:
        """Whether a figure is on the side of the promise on which is paid."""
        return self.node.also_when_met or self.met(figure) == (self.node.direction == "bonus")

    @property
    def note(self) -> str:
        """For which plan and group a finding holds."""
        return f" ({self.case.text})" if self.case.text else ""


def check_schedule(s: Scope, node: n.Payment, require: n.Require) -> None:
    """Check a payment's tables against a requirement, for every plan and group."""
    info = metric_of(s, require)
    if info is None or require.operator not in _HOLDS:
        return
    fields = group_view(s, require.each, info).fields
    for case in cases(s, fields, require, node.payout):
        payout = payout_of(node.payout, case)
        target = evaluate(s, require.target, case)
        if not isinstance(payout, n.Tiers) or target is None:
            continue
        rows = [_row(s, tier, case) for tier in payout.tiers]
        known = tuple(row for row in rows if row is not None)
        if known and len(known) == len(rows):
            table = Table(node, known, require.operator, target, info.type.kind, case)
            if not _same_edge(s, table):
                _walk(s, table)


def _row(s: Scope, tier: n.Tier, case: Case) -> Row | None:
    bounds = []
    for bound in tier.bounds:
        edge = evaluate(s, bound.limit, case)
        if edge is None:
            return None
        bounds.append((bound.operator, edge))
    return Row(tier, tuple(bounds), amount(s, tier.amount, case))


def _same_edge(s: Scope, table: Table) -> bool:
    """Report two tiers with the same bounds, and a range that holds nothing."""
    first: dict[tuple[tuple[str, Fraction], ...], Row] = {}
    found = False
    for row in table.rows:
        if row.bounds in first:
            _overlap(s, table, first[row.bounds], row, "both have the same edge")
            found = True
        first.setdefault(row.bounds, row)
        edges = [edge for _, edge in row.bounds]
        middle = (min(edges) + max(edges)) / 2
        if len(edges) == 2 and not row.holds(middle):
            s.error(
                "SLA408", f"no figure lies in this tier{table.note}", row.node.span,
                help="a range has a lower and an upper edge: `above 99.0% and at most 99.9%`",
            )  # fmt: skip
            found = True
    return found


def _overlap(s: Scope, table: Table, one: Row, other: Row, why: str) -> None:
    s.error(
        "SLA408", f"two tiers for one figure{table.note}", other.node.span, why,
        help="let exactly one tier hold for each figure: mend an edge, or leave one out",
        also=(Label(one.node.span, "the other tier"),),
    )  # fmt: skip


def _samples(table: Table) -> list[tuple[Fraction, str]]:
    """A figure at every edge and between any two, rising, with words for where it lies."""
    edges = {edge for row in table.rows for _, edge in row.bounds} | {table.target, Fraction(0)}
    if table.kind is Kind.PERCENT:
        edges.add(Fraction(1))
    found: list[tuple[Fraction, str]] = []
    ordered = sorted(edges)
    for at, edge in enumerate(ordered):
        shown = show(table.kind, edge)
        found.append((edge, f"at exactly {shown}"))
        if at + 1 < len(ordered):
            upper = ordered[at + 1]
            words = f"between {shown} and {show(table.kind, upper)}"
            found.append(((edge + upper) / 2, words))
        else:
            found.append((edge + 1, f"above {shown}"))
    most = Fraction(1) if table.kind is Kind.PERCENT else None
    whole = table.kind is Kind.INT
    return [
        (x, words) for x, words in found
        if x >= 0 and (most is None or x <= most) and not (whole and _between_wholes(x, ordered))
    ]  # fmt: skip


def _between_wholes(x: Fraction, edges: list[Fraction]) -> bool:
    """Whether a figure between two edges stands for no whole number at all."""
    if x.denominator == 1:
        return False
    below = max((e for e in edges if e < x), default=x - 1)
    above = min((e for e in edges if e > x), default=x + 1)
    return int(below) + 1 >= above


def _governing(s: Scope, table: Table, x: Fraction) -> Row | None:
    """The tier that holds for a figure; of nested ones the one with the outermost edge."""
    holding = [row for row in table.rows if row.holds(x)]
    if not holding:
        return None
    rays = {row.ray for row in holding}
    if len(holding) > 1 and ("" in rays or len(rays) > 1):
        words = f"both hold at {show(table.kind, x)}"
        _overlap(s, table, holding[0], holding[1], words)
        return None
    if rays == {">"}:
        return max(holding, key=lambda row: (row.bounds[0][1], row.bounds[0][0] == ">"))
    return min(holding, key=lambda row: (row.bounds[0][1], row.bounds[0][0] != "<"))


def _walk(s: Scope, table: Table) -> None:
    """Go through all figures, from the best to the worst (for a bonus the other way)."""
    bonus = table.node.direction == "bonus"
    samples = _samples(table)
    if (table.operator[0] == ">") != bonus:
        samples.reverse()
    before = len(s.desk.findings)
    found = [(x, words, _governing(s, table, x)) for x, words in samples]
    if len(s.desk.findings) > before:
        return
    _promise(s, table, found, bonus=bonus)
    least: Row | None = None
    for x, _, row in found:
        if row is None or not table.may_pay(x):
            continue
        if least is not None and _less(row, least):
            worse, better = ("better", "worse") if bonus else ("worse", "better")
            s.error(
                "SLA409", f"a {worse} figure pays less{table.note}", row.node.span,
                help="let the amounts rise from tier to tier",
                also=(Label(least.node.span, f"the {better} figure"),),
            )  # fmt: skip
            return
        least = row


def _promise(
    s: Scope, table: Table, found: list[tuple[Fraction, str, Row | None]], *, bonus: bool
) -> None:
    """Report tiers on the wrong side of the promise, and figures without a tier on the right."""
    covered = [at for at, (_, _, row) in enumerate(found) if row is not None]
    wrong: list[Row] = []
    gap = False
    for at, (x, words, row) in enumerate(found):
        pays = table.met(x) == bonus
        if row is not None and not table.may_pay(x) and row not in wrong:
            _pays_wrongly(s, table, row, words)
            wrong.append(row)
        inside = not bonus or (bool(covered) and covered[0] < at < covered[-1])
        if row is None and pays and inside and not gap:
            _gap(s, table, words)
        gap = row is None and pays and inside


def _less(row: Row, than: Row) -> bool:
    a, b = row.pays, than.pays
    return a is not None and b is not None and a[0] == b[0] and a[1] < b[1]


def _pays_wrongly(s: Scope, table: Table, row: Row, words: str) -> None:
    target = f"{table.operator} {show(table.kind, table.target)}"
    if table.node.direction == "bonus":
        s.error(
            "SLA410", f"a figure {words} breaks the promise and earns a bonus{table.note}",
            row.node.span, f"the promise is {target}", help="let the tier begin at the promise",
        )  # fmt: skip
    else:
        s.error(
            "SLA410", f"a figure {words} keeps the promise and pays{table.note}", row.node.span,
            f"the promise is {target}", help="let the tiers begin where the promise ends",
        )  # fmt: skip


def _gap(s: Scope, table: Table, words: str) -> None:
    target = f"{table.operator} {show(table.kind, table.target)}"
    what = "pays nothing" if table.node.direction != "bonus" else "earns nothing"
    s.error(
        "SLA407", f"a figure {words} {what}{table.note}", table.node.payout.span,
        f"the promise is {target}", help="let the tiers cover every figure that breaks the promise"
        if table.node.direction != "bonus" else "let the tiers follow on each other",
    )  # fmt: skip
