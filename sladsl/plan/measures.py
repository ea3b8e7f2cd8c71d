"""Metrics: from typed syntax to formulas over aggregates."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from sladsl.contract.model import Contract, Kind, RefKind
from sladsl.plan import model as p
from sladsl.plan.exclusions import Exclusions
from sladsl.plan.parts import aggregates_in, fractional, whole
from sladsl.plan.rows import Rows, as_pair
from sladsl.plan.uses import inside
from sladsl.syntax import nodes as n

__all__ = ["Measures"]

_OVER_ROWS = frozenset({"count", "share", "sum", "mean", "min", "max"})


class Measures:
    """Lowers metrics of one contract; the same aggregate is computed once."""

    def __init__(self, contract: Contract, rows: Rows) -> None:
        self.contract = contract
        self.rows = rows
        self.aggregates: list[p.Aggregate] = []
        self.streams: set[str] = set()
        self.outages: set[str] = set()
        self.exclusions = Exclusions(contract, rows, self.windows)
        self._excluding: Collection[str] = ()  # what is left out of the metric at hand

    def metric(self, name: str) -> p.Formula:
        """The formula of a metric."""
        node = self.contract.metrics[name].node
        formula = self.formula(node.value)
        if node.rounding is None:
            return formula
        return p.Rounded(formula, node.rounding.mode, as_pair(node.rounding.to.value))

    def judged(self, name: str, excluding: Collection[str]) -> p.Formula:
        """The formula of a metric without what some exclusions take."""
        self._excluding = excluding
        try:
            return self.metric(name)
        finally:
            self._excluding = ()

    def condition(self, node: n.Expr, excluding: Collection[str]) -> p.Condition:
        """A condition on figures, without what some exclusions take."""
        self._excluding = excluding
        try:
            return self._condition(node)
        finally:
            self._excluding = ()

    def outside(self, outage: str, excluding: Collection[str]) -> p.Formula:
        """The share of time outside an outage, without what some exclusions take."""
        self._excluding = excluding
        try:
            self.outages.add(outage)
            return self._keep(self._of_outage("time", outage))
        finally:
            self._excluding = ()

    def windows(self, node: n.WindowsWhere) -> p.WindowsPlan:
        """Windows that satisfy a condition: its aggregates are numbered by themselves."""
        apart = Measures(self.contract, self.rows)
        apart.exclusions.services.limited = False  # of the outage, not of its windows
        where = apart._condition(node.where)
        inner = tuple(a for a in apart.aggregates if isinstance(a, p.RowAggregate))
        assert len(inner) == len(apart.aggregates)  # check: they read rows
        return p.WindowsPlan(int(node.length.value * 10**9), where, inner)

    def excused(
        self, name: str, excluding: Collection[str], excuses: tuple[p.Pause, ...]
    ) -> p.Formula:
        """The same, with all clocks stopped by what excuses.

        Where it reads no clock, that time is left out of what it measures.
        """
        plain = self.judged(name, excluding)
        self.rows.excuses = excuses
        try:
            stopped = self.judged(name, excluding)
        finally:
            self.rows.excuses = ()
        if stopped != plain:
            return stopped
        self.exclusions.excuses = excuses
        try:
            return self.judged(name, excluding)
        finally:
            self.exclusions.excuses = ()

    def formula(self, node: n.Expr) -> p.Formula:
        """A formula over aggregates, constants in base units."""
        match node:
            case n.Quantity(value=value):
                return p.Number(as_pair(value))
            case n.Minus(operand=operand):
                return p.Negate(self.formula(operand))
            case n.Arithmetic(operands=operands, operators=operators):
                return p.Operate(tuple(self.formula(o) for o in operands), operators)
            case n.Aggregate():
                return self._keep(self._aggregate(node))
            case n.Ref():
                return self._ref(node)
            case _:
                raise TypeError(f"this form of a metric: {node.span.text}")  # check: none

    def _ref(self, node: n.Ref) -> p.Formula:
        found = self.contract.resolve(node)
        if found.kind is RefKind.METRIC:
            return self.metric(found.name)
        if found.kind is RefKind.PARAMETER:
            return self.formula(self.rows.parameter(node))
        if found.kind is RefKind.BASELINE:
            self.rows.baselines.add(found.name)
            return p.BaselineRef(found.name)
        raise TypeError(f"a {found.kind} in a metric")  # check: none

    def _keep(self, aggregate: p.Aggregate) -> p.AggregateRef:
        if aggregate not in self.aggregates:
            self.aggregates.append(aggregate)
        return p.AggregateRef(self.aggregates.index(aggregate))

    def _aggregate(self, node: n.Aggregate) -> p.Aggregate:
        if isinstance(node.over, n.Each):
            return self._over_each(node, node.over)
        if isinstance(node.over, n.Windows):
            return self._windows(node, node.over)
        if node.outside is not None:
            self.outages.add(node.outside.text)
            found = self._of_outage("time", node.outside.text)
            return found if node.of is None else found.but(of=_fixed(node.of))
        function, quantile = self._function(node.function.text)
        linear = self.contract.agreement.percentile == "linear"
        outage = self._outage(node)
        if outage is not None:
            self.outages.add(outage)
            return self._of_outage(function, outage, quantile, linear)
        stream, value, scale = self._rows_of(node)
        self.streams.add(stream)
        where = None if node.where is None else self.rows.lower(node.where)
        good = None if node.good is None else self.rows.lower(node.good)
        excluding = self.exclusions.of_rows(self._excluding, stream)
        return p.RowAggregate(
            function, stream, where, good, value, quantile, linear, scale, excluding
        )

    def _of_outage(
        self,
        function: str,
        outage: str,
        quantile: p.Fraction2 | None = None,
        linear: bool = False,
    ) -> p.OutageAggregate:
        excluding = self.exclusions.of_outage(self._excluding, outage)
        return p.OutageAggregate(function, outage, quantile, linear, excluding)

    def _function(self, word: str) -> tuple[str, p.Fraction2 | None]:
        if word in _OVER_ROWS:
            return word, None
        if word == "median":
            return "quantile", (1, 2)
        return "quantile", as_pair(Fraction(word[1:]) / 100)

    def _outage(self, node: n.Aggregate) -> str | None:
        """The outage that is aggregated: `count of down`, `mean of duration in down`."""
        if node.stream is not None:
            return node.stream.text if node.stream.text in self.contract.outages else None
        if isinstance(node.subject, n.Ref):
            found = self.contract.resolve(node.subject)
            return found.name if found.kind is RefKind.OUTAGE else None
        return None

    def _rows_of(self, node: n.Aggregate) -> tuple[str, p.RowExpr | None, int]:
        """The stream, the value if there is one, and its units in one."""
        if node.stream is None:
            assert isinstance(node.subject, n.Ref)
            return node.subject.name, None, 1
        value = self.rows.lower(node.subject)
        scale = p.SCALE.get(getattr(value, "kind", "int"), 1)
        if fractional(value):
            found = whole(value)
            if found is not None:  # else it is summed up, or ranked, in fractions
                value, parts = found
                scale *= parts
        return node.stream.text, value, scale

    def _over_each(self, node: n.Aggregate, over: n.Each) -> p.EachAggregate:
        inner = self.formula(node.subject)
        found = [self.aggregates[index] for index in aggregates_in(inner)]
        streams = [s for a in found for s in self._streams_of(a)]
        groups = [self._each(streams, name) for name in over.names]
        each = tuple(group for group, _ in groups)
        among = tuple((group.name, known) for group, known in groups if known != group.values)
        return p.EachAggregate(node.function.text, each, inner, among)

    def _streams_of(self, aggregate: p.Aggregate) -> list[str]:
        match aggregate:
            case p.RowAggregate(stream=stream):
                return [stream]
            case p.OutageAggregate(outage=outage):
                return [self.contract.outages[outage].stream]
            case p.WindowAggregate() as windows:
                parts = (self.aggregates[index] for index in aggregates_in(inside(windows)))
                return [stream for part in parts for stream in self._streams_of(part)]
            case p.EachAggregate(value=value):
                parts = (self.aggregates[index] for index in aggregates_in(value))
                return [stream for part in parts for stream in self._streams_of(part)]

    def _each(self, streams: list[str], name: n.Name) -> tuple[p.GroupField, tuple[str, ...]]:
        """A field that is grouped by, and the values of it that these terms know."""
        fields = (self.contract.streams[stream].fields.get(name.text) for stream in streams)
        field = next(field for field in fields if field is not None)
        kind = field.type.kind
        values = ("false", "true") if kind is Kind.BOOL else self.rows.values(field.type)
        known = field.type.values if kind is Kind.ENUM else values
        return p.GroupField(name.text, str(kind), values), known

    def _windows(self, node: n.Aggregate, over: n.Windows) -> p.WindowAggregate:
        calendar = None
        if over.calendar is not None and over.calendar.text != "always":
            calendar = over.calendar.text
            self.rows.calendars.add(calendar)
        assert node.where is None  # check: the metric is filtered
        length = int(over.length.value * 10**9)
        empty = None if over.empty is None else as_pair(over.empty.value)
        function, _ = self._function(node.function.text)
        if node.good is not None:
            good = self._condition(node.good)
            return p.WindowAggregate(
                function, length, good=good, calendar=calendar, excluding=self._left_out(good)
            )
        inner = self.formula(node.subject)
        return p.WindowAggregate(
            function, length, value=inner, empty=empty, calendar=calendar,
            excluding=self._left_out(inner),
        )  # fmt: skip

    def _left_out(self, inner: p.Formula | p.Condition) -> tuple[p.ExclusionPlan, ...]:
        """What is left out of the rows that a window is made of."""
        found = (self.aggregates[index] for index in aggregates_in(inner))
        rows = next((a for a in found if isinstance(a, p.RowAggregate)), None)
        return () if rows is None else rows.excluding

    def _condition(self, node: n.Expr) -> p.Condition:
        match node:
            case n.Compare(operator=operator, left=left, right=right):
                return p.FigureCompare(operator, self.formula(left), self.formula(right))
            case n.Logic(operator=operator, operands=operands):
                parts = tuple(self._condition(o) for o in operands)
                return p.FigureAll(parts) if operator == "and" else p.FigureAny(parts)
            case n.Not(operand=operand):
                return p.FigureNot(self._condition(operand))
            case n.Member(operand=operand, values=values):
                subject = self.formula(operand)
                one_of = (p.FigureCompare("==", subject, self.formula(value)) for value in values)
                return p.FigureAny(tuple(one_of))
            case n.Presence(operand=operand, word=word):
                present = p.FigurePresent(self.formula(operand))
                return present if word.text == "present" else p.FigureNot(present)
            case _:
                raise TypeError(f"this form of a condition: {node.span.text}")  # check: none


def _fixed(length: n.Length) -> int:
    """A length in ns, of which each day has 24 hours."""
    seconds = {"s": 1, "day": 86_400, "week": 7 * 86_400}[length.unit]
    return int(length.count * seconds * 10**9)
