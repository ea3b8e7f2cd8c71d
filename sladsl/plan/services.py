"""Services: the groups that exist from the start of the term, or from when to when."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sladsl.contract.model import Contract, FieldInfo, Kind, StreamInfo
from sladsl.contract.services import SERVICE
from sladsl.plan import model as p
from sladsl.plan.instants import term_bounds
from sladsl.plan.rows import Rows
from sladsl.syntax import nodes as n

__all__ = ["Services"]


class Services:
    """Lowers the services of one contract; `limited`: whether they may say when they exist."""

    def __init__(self, contract: Contract, rows: Rows) -> None:
        self.contract = contract
        self.rows = rows
        self.limited = True
        #: the streams whose rows are grouped by the services that they are about
        self.grouped: set[str] = set()
        self._made: dict[tuple[str, tuple[p.ServiceField, ...]], p.ExclusionPlan] = {}

    @property
    def made(self) -> tuple[p.ExclusionPlan, ...]:
        """What is left out for services, in the order of their declaration."""
        order = {name: number for number, name in enumerate(self.contract.services)}
        found = sorted(self._made.items(), key=lambda item: (order[item[0][0]], item[0][1]))
        return tuple(plan for _, plan in found)

    def plans(self) -> tuple[p.ServicePlan, ...]:
        """All services that groups depend on, in the order of their declaration."""
        outside: dict[str, p.ExclusionPlan] = {}
        for (name, _), plan in self._made.items():
            outside.setdefault(name, plan)
        own = (SERVICE,) if self.grouped else ()
        return tuple(
            p.ServicePlan(
                name,
                (
                    *((of.field.text, tuple(map(_text, of.values))) for of in node.of),
                    *((field, (name,)) for field in own),
                ),
                outside.get(name),
            )
            for name, node in self.contract.services.items()
            if node.of or name in outside
        )

    def outside(self, fields: Mapping[str, FieldInfo]) -> tuple[p.ExclusionPlan, ...]:
        """The time in which services don't exist that rows or groups with these fields are of."""
        found = []
        for node in self.contract.services.values() if self.limited else ():
            if node.existing is None and node.members is None:
                continue
            of = self._of(node, fields)
            if of is None or not self._told_apart(node, fields):
                continue
            key = node.name.text, of
            if key not in self._made:
                self._made[key] = self._plan(node, of)
            found.append(self._made[key])
        return tuple(found)

    def field(self, info: StreamInfo) -> tuple[p.FieldPlan, ...]:
        """The service that a row is about, as a field of the rows that are grouped by it."""
        if info.name not in self.grouped:
            return ()
        services = tuple(self.contract.services.values())
        names = tuple(sorted(of.field.text for of in services[0].of))
        found = self._chosen(info, services, names)
        return (p.FieldPlan(SERVICE, "text", computed=found),)

    def _chosen(
        self, info: StreamInfo, services: tuple[n.Service, ...], names: tuple[str, ...]
    ) -> p.RowExpr:
        """By the values of some fields, one of some services; of none it is no text."""
        if not names:
            return p.TextConst(services[0].name.text)
        name, *rest = names
        field = info.fields[name]
        known = ("false", "true") if field.type.kind is Kind.BOOL else self.rows.values(field.type)
        arms: list[tuple[int | str, p.RowExpr]] = []
        for value in dict.fromkeys(v for s in services for v in _values(s, name)):
            own = tuple(s for s in services if value in _values(s, name))
            key: int | str = value
            if known:
                key = known.index(value)
            elif field.type.kind is not Kind.TEXT:
                key = int(value)
            arms.append((key, self._chosen(info, own, tuple(rest))))
        subject = p.Col(name, str(field.type.kind))
        return p.Choose(subject, tuple(arms), p.TextConst(""), "text")

    def _of(
        self, node: n.Service, fields: Mapping[str, FieldInfo]
    ) -> tuple[p.ServiceField, ...] | None:
        """The values that it is of; None where there is no such field."""
        found = []
        for of in node.of:
            info = fields.get(of.field.text)
            if info is None:
                return None
            kind = info.type.kind
            known = ("false", "true") if kind is Kind.BOOL else self.rows.values(info.type)
            values = tuple(map(_text, of.values))
            found.append(p.ServiceField(info.name, str(kind), known, values))
        return tuple(found)

    def _told_apart(self, node: n.Service, fields: Mapping[str, FieldInfo]) -> bool:
        """Whether members are told apart by these fields."""
        if node.members is None:
            return bool(node.of)
        theirs = self.contract.streams[node.members.stream.text].fields
        return all(
            by.text in fields
            and fields[by.text].type.kind is theirs[by.text].type.kind
            and fields[by.text].type.values == theirs[by.text].type.values
            for by in node.members.by
        )

    def _plan(self, node: n.Service, of: tuple[p.ServiceField, ...]) -> p.ExclusionPlan:
        plan = p.ExclusionPlan(
            name=f"outside {node.name.text}",
            rows=None,
            start="",
            end="",
            match=(),
            allowance=None,
            at=node.name.span.place,
            as_up=node.rest is not None and node.rest.text == "up",
            outside=True,
            existing=p.Existing(of),
        )
        if node.members is None:
            assert node.existing is not None
            span = term_bounds(node.existing, self.contract.agreement.zone)
            return plan.but(existing=p.Existing(of, span))
        stream = self.contract.streams[node.members.stream.text]
        assert stream.spans is not None
        self.rows.streams.add(stream.name)
        by = sorted(name.text for name in node.members.by)
        return plan.but(
            rows=p.Listing(stream.name, None, tuple(sorted({*stream.spans, *by}))),
            start=stream.spans[0],
            end=stream.spans[1],
            match=tuple((name, name) for name in by),
        )


def _values(node: n.Service, name: str) -> list[str]:
    return [_text(value) for of in node.of if of.field.text == name for value in of.values]


def fields_of(contract: Contract, stream: str, names: Collection[str]) -> dict[str, FieldInfo]:
    """Some fields of a stream."""
    return {k: info for k, info in contract.streams[stream].fields.items() if k in names}


def _text(value: n.Expr) -> str:
    """A value as a group shows it."""
    match value:
        case n.Text(value=text):
            return text
        case n.Quantity(value=number):
            return str(number)
        case n.Minus(operand=operand):
            return f"-{_text(operand)}"
        case n.Ref(name=name):
            return name
        case _:
            raise TypeError(f"a value of a service: {value.span.text}")  # the grammar has no other
