"""`(count of touches where ... on lead == id)`: a figure of the rows that belong to a row."""

from __future__ import annotations

from collections.abc import Callable

from sladsl.contract import kinds
from sladsl.contract.functions import aggregate_named
from sladsl.contract.lookup import View
from sladsl.contract.model import Kind, RefKind, Resolved, Type
from sladsl.contract.scope import Scope
from sladsl.syntax import nodes as n

__all__ = ["related"]

_FUNCTIONS = ("count", "sum", "mean", "min", "max")


def related(
    s: Scope, node: n.Related, view: View, type_of: Callable[[Scope, n.Expr, View], Type | None]
) -> Type | None:
    """The type of the figure; `type_of` gives that of an expression."""
    row = aggregate_named(s, node.function)
    if not view.related:
        what = "rows that belong to a row don't decide what other streams are made from"
        _misuse(s, node, what, "compare with them where the stream is measured")
        return None
    if not view.stream or not view.measures:
        what = "rows that belong to a row stand in a condition of `where` or `with`"
        _misuse(s, node, what, "`share of STREAM with (count of OTHERS on THEIRS == OURS) >= 3`")
        return None
    function = node.function.text
    if row is not None and function not in _FUNCTIONS:
        _misuse(s, node.function, f"no `{function}` of the rows that belong to a row",
                f"one of {', '.join(_FUNCTIONS)}")  # fmt: skip
        return None
    stream = node.stream
    if function == "count":
        if stream is not None or not isinstance(node.subject, n.Ref):
            _misuse(s, node, "`count` is of rows, without `in`", "write `count of STREAM on ...`")
            return None
        stream = n.Name(node.subject.text, span=node.subject.span)
        s.refs.setdefault(id(node.subject), Resolved(RefKind.STREAM, stream.text))
    elif stream is None:
        _misuse(s, node, f"`{function}` says which rows it is of", "add `in` and a stream")
        return None
    if row is None or not s.find("stream", stream, s.here.streams):
        return None
    fields = s.fields[stream.text]
    inner = View(stream.text, fields, measures=False)
    if node.where is not None:
        found = type_of(s, node.where, inner)
        if found is not None and found.kind is not Kind.BOOL:
            s.error(
                "SLA307", "a condition is due here", node.where.span,
                f"this is {kinds.describe(found)}", help="compare it with something",
            )  # fmt: skip
    _on(s, node.on, stream.text, view)
    if function == "count":
        return kinds.INT
    value = type_of(s, node.subject, inner)
    if value is None:
        return None
    if value.kind not in row.takes:
        s.error(
            "SLA316", f"no `{function}` of {kinds.describe(value)}", node.subject.span,
            help="it takes numbers, durations, sizes and money",
        )  # fmt: skip
        return None
    if function == "mean" and value.kind is Kind.INT:
        value = kinds.NUMBER
    return value.but(optional=function != "sum")


def _misuse(s: Scope, node: n.Expr | n.Name, message: str, help: str) -> None:
    s.error("SLA317", message, node.span, help=help)


def _on(s: Scope, on: n.On, stream: str, view: View) -> None:
    """`on THEIRS == OURS`: a field of the other rows, then one of the row at hand."""
    theirs, ours = s.fields[stream], view.fields
    left, right = on.left, on.right
    if left.text not in theirs:
        s.unknown("field", left.text, left.span, theirs, f"not a field of `{stream}`")
        return
    if right.text not in ours:
        s.unknown("field", right.text, right.span, ours, f"not a field of `{view.stream}`")
        return
    a, b = theirs[left.text], ours[right.text]
    if a is None or b is None:
        return
    s.types.setdefault(id(left), a.type)
    s.types.setdefault(id(right), b.type)
    if not kinds.comparable(a.type, b.type):
        s.error(
            "SLA301", f"{kinds.describe(a.type)} can't be compared with {kinds.describe(b.type)}",
            on.span, help="both sides must be of one kind",
        )  # fmt: skip
