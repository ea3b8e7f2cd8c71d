"""Values and conditions in words: of a row, of a window, of a target."""

from __future__ import annotations

from typing import assert_never

from sladsl.contract.model import Contract, Kind, RefKind
from sladsl.prose import words as w
from sladsl.syntax import nodes as n

__all__ = ["SIGNS", "Wording", "opposite"]

_IS = {
    "==": "is", "!=": "is not", "<": "is below", "<=": "is at most", ">": "is above",
    ">=": "is at least",
}  # fmt: skip
_WHEN = {
    "==": "is at", "!=": "is not at", "<": "is before", "<=": "is at or before",
    ">": "is after", ">=": "is at or after",
}  # fmt: skip
SIGNS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_EXTREMES = {"min": "lowest", "max": "highest", "mean": "mean"}


def opposite(key: n.Name | n.Text | n.Quantity | None) -> str:
    """For what an arm stands."""
    match key:
        case None:
            return "otherwise"
        case n.Name():
            return w.name(key)
        case n.Text():
            return w.quoted(key.value)
        case n.Quantity():
            return w.figure(key)
        case _:
            assert_never(key)


def _fixed(node: n.Length) -> str:
    """A length of which each day has 24 hours."""
    if node.unit == "s":
        return w.length(node)
    hours = node.count * (24 if node.unit == "day" else 168)
    return f"{w.length(node).replace('calendar ', '')} ({hours} hours)"


class Wording:
    """The words for expressions of one state of an agreement."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    # ---- values ------------------------------------------------------------------------------

    def value(self, node: n.Expr) -> str:
        """A value, or a condition where one stands in for a value."""
        match node:
            case n.Quantity():
                return w.figure(node)
            case n.Text():
                return w.quoted(node.value)
            case n.Moment():
                return w.moment(node)
            case n.Ref():
                return self._ref(node)
            case n.Minus(operand=operand):
                return f"minus {self._part(operand)}"
            case n.Arithmetic(operands=operands, operators=operators):
                said = self._part(operands[0])
                for operator, operand in zip(operators, operands[1:], strict=True):
                    said += f" {SIGNS[operator]} {self._part(operand)}"
                return said
            case n.Coalesce(operands=operands):
                first, *rest = (self._part(o) for o in operands)
                return ", or ".join([first, *(f"where that is missing {r}" for r in rest)])
            case n.Match():
                return self._match(node)
            case n.Call():
                return self._call(node)
            case n.Aggregate():
                return self.aggregate(node)
            case n.Related():
                return self._related(node)
            case n.Compare() | n.Member() | n.Presence() | n.Logic() | n.Not():
                return f"whether {self.condition(node)}"
            case _:
                assert_never(node)

    def _part(self, node: n.Expr) -> str:
        """A value inside of another."""
        said = self.value(node)
        whole = isinstance(node, n.Quantity | n.Text | n.Moment | n.Ref | n.Match)
        return said if whole else f"({said})"

    def _ref(self, node: n.Ref) -> str:
        found = self.contract.refs.get(id(node))
        if found is None:
            return w.name(node.text)
        match found.kind:
            case RefKind.PARAMETER:
                return self._parameter(node)
            case RefKind.METRIC:
                return f"the measure {w.name(found.name)}"
            case RefKind.BASELINE:
                return f"the baseline {w.name(found.name)}"
            case RefKind.OUTAGE:
                return f"outages {w.name(found.name)}"
            case RefKind.FEE:
                return "the fee"
            case RefKind.SERVICE:
                return "service, added to the end of the term (and no money)"
            case RefKind.ALWAYS:
                return "around the clock (`always`)"
            case RefKind.DURATION:
                return "the length"
            case RefKind.BOOL:
                return found.name
            case _:
                return w.name(node.text)

    def _parameter(self, node: n.Ref) -> str:
        """A parameter as its figure in the plan that was chosen."""
        value = self.parameter(node)
        return w.name(node.text) if value is None else f"{self.value(value)} ({w.name(node.text)})"

    def parameter(self, node: n.Ref) -> n.Expr | None:
        """What a parameter is in the plan that was chosen."""
        info = self.contract.agreement
        return info.plans.get(info.plan or "", {}).get(node.member or "")

    def _match(self, node: n.Match) -> str:
        arms = "; ".join(f"{opposite(a.key)}: {self.value(a.value)}" for a in node.arms)
        return f"what holds for its {w.name(node.subject.text)} ({arms})"

    def _call(self, node: n.Call) -> str:
        start, end = map(self._part, node.arguments)
        said = f"the time from {start} to {end}"
        if node.calendar is not None:
            said += f", counted in open time of {self.value(node.calendar)}"
        for pause in node.pauses:
            said += f", less what {w.name(pause.stream)} covers of it"
            if pause.on is not None:
                said += f" where its {w.name(pause.on.right)} is the row's {w.name(pause.on.left)}"
        return said

    def _related(self, node: n.Related) -> str:
        """A figure of the rows that belong to the row at hand."""
        stream = node.subject.text if isinstance(node.subject, n.Ref) else ""
        if node.stream is not None:
            stream = node.stream.text
        on = node.on
        rows = (
            f"rows of {w.name(stream)}{self.where(node.where)} whose {w.name(on.left)} is the"
            f" row's {w.name(on.right)}"
        )
        if node.function.text == "count":
            return f"the number of {rows}"
        return f"the {self._function(node.function.text)} of {self._part(node.subject)} over {rows}"

    # ---- conditions --------------------------------------------------------------------------

    def condition(self, node: n.Expr) -> str:
        """A condition."""
        match node:
            case n.Compare(operator=operator, left=left, right=right):
                kind = self.contract.types.get(id(left))
                words = _WHEN if kind is not None and kind.kind is Kind.TIME else _IS
                return f"{self._part(left)} {words[operator]} {self._part(right)}"
            case n.Member(operand=operand, values=values):
                return f"{self._part(operand)} is one of {w.either(map(self._part, values))}"
            case n.Presence(operand=operand, word=word):
                return f"{self._part(operand)} is {word.text}"
            case n.Logic(operator=operator, operands=operands):
                parts = (
                    f"({self.condition(o)})" if isinstance(o, n.Logic) else self.condition(o)
                    for o in operands
                )  # fmt: skip
                return f" {operator} ".join(parts)
            case n.Not(operand=n.Ref() as ref):
                return f"{self._ref(ref)} is false"
            case n.Not(operand=operand):
                return f"it isn't so that ({self.condition(operand)})"
            case n.Ref():
                return f"{self._ref(node)} is true"
            case _:
                return self.value(node)

    def where(self, node: n.Expr | None) -> str:
        """` where ...`, or nothing."""
        return "" if node is None else f" where {self.condition(node)}"

    # ---- measures ----------------------------------------------------------------------------

    def metric(self, node: n.Metric) -> str:
        """What a metric comes to, and how that is rounded."""
        said = self.value(node.value)
        if node.rounding is None:
            return said
        step = w.figure(node.rounding.to)
        return f"{said}; this is rounded {node.rounding.mode} to {step} before it is compared"

    def aggregate(self, node: n.Aggregate) -> str:
        """What an aggregate comes to."""
        function = node.function.text
        if node.outside is not None:
            outage = w.name(node.outside)
            if node.of is None:
                return f"the part of the measured time that lies outside of {outage}"
            return (
                f"the part of {_fixed(node.of)}, however long the period, that is left without"
                f" the time in {outage} (never less than nothing)"
            )
        if isinstance(node.over, n.Each):
            figure = f"the {_EXTREMES[function]} of {self._part(node.subject)}"
            return f"{figure} over each {w.names(node.over.names)}"
        if isinstance(node.over, n.Windows):
            return self._windows(node, node.over)
        stream = node.stream.text if node.stream else ""
        subject = node.subject
        if not stream and isinstance(subject, n.Ref):
            stream = subject.name
        if stream in self.contract.outages:
            rows = f"the outages {w.name(stream)}"
        else:
            rows = f"the rows of {w.name(stream)}"
        rows += self.where(node.where)
        if function == "share":
            good = "" if node.good is None else f" where {self.condition(node.good)}"
            return f"of all {rows.removeprefix('the ')}, the part{good}"
        if node.good is not None:
            rows += f", only those where {self.condition(node.good)}"
        if function == "count":
            return f"the number of {rows.removeprefix('the ')}"
        return f"the {self._function(function)} of {self._part(subject)} over {rows}"

    def _function(self, word: str) -> str:
        if word in _EXTREMES or word in ("sum", "median"):
            return {"median": f"median ({self._method('50')})"}.get(word) or _EXTREMES.get(
                word, word
            )
        number = word.removeprefix("p")
        return f"{w.ordinal(number)} percentile ({self._method(number)})"

    def _method(self, number: str) -> str:
        if self.contract.agreement.percentile == "linear":
            return "linear between the two nearest values"
        return f"nearest rank: the smallest value that at least {number}% of them don't exceed"

    def _windows(self, node: n.Aggregate, over: n.Windows) -> str:
        windows = f"windows of {w.duration(over.length)}"
        if over.calendar is not None:
            windows += f" that begin in {w.name(over.calendar)}"
        windows += self.where(node.where)
        if node.good is not None:
            return f"of all {windows} that have rows, the part in which {self.condition(node.good)}"
        figure = f"the {_EXTREMES[node.function.text]} of {self._part(node.subject)} over {windows}"
        if over.empty is None:
            return f"{figure}, each counting the same (those without rows are left out)"
        return (
            f"{figure}, each counting the same (those without rows count as {w.figure(over.empty)})"
        )
