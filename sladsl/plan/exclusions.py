"""Exclusions: from typed syntax to listed spans, and which groups each is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from sladsl.contract.model import Contract, FieldInfo, Kind, OutageInfo, StreamInfo
from sladsl.contract.same_named import same_named
from sladsl.plan import model as p
from sladsl.plan.parts import columns_in
from sladsl.plan.rows import Rows
from sladsl.plan.services import Services
from sladsl.syntax import nodes as n

__all__ = ["Exclusions"]


class _Made(NamedTuple):
    """What an exclusion is made of: listed rows, and what their start and end are called."""

    rows: p.Listing
    span: tuple[str, str]
    announced: p.Listing | None
    unsettled: p.Listing | None


class Exclusions:
    """Lowers the exclusions of one contract for what they are left out of.

    What one is about depends on that too: of rows, on their fields; of outages, on their groups.
    """

    def __init__(
        self,
        contract: Contract,
        rows: Rows,
        windows: Callable[[n.WindowsWhere], p.WindowsPlan],
    ) -> None:
        self.contract = contract
        self.rows = rows
        self.windows = windows
        self._where: dict[str, p.RowExpr | None] = {}
        self._windowed: dict[int, p.WindowsPlan] = {}
        self._made: dict[tuple[str, tuple[tuple[str, str], ...], bool], p.ExclusionPlan] = {}
        self.services = Services(contract, rows)
        #: whether all excluded time counts as up, for the obligation at hand
        self.as_up = False
        #: what windows are judged by, of rows: the groups of the requirement at hand
        self.each: Collection[str] = ()
        #: what excuses the figure at hand, which reads no clock: its time is left out
        self.excuses: tuple[p.Pause, ...] = ()

    def of_rows(self, names: Collection[str], stream: str) -> tuple[p.ExclusionPlan, ...]:
        """Those that are left out of a stream's rows, in the order of their declaration."""
        fields = self.contract.streams[stream].fields
        found = *self._of(names, fields, fields, self.each), *self._excused()
        return (*found, *self.services.outside(fields))

    def of_deadline(
        self, names: Collection[str], told: Mapping[str, FieldInfo]
    ) -> tuple[p.ExclusionPlan, ...]:
        """Those that are left out of what is started by rows, or groups, with these fields."""
        return self._of(names, told, told, told)

    def of_outage(self, names: Collection[str], outage: str) -> tuple[p.ExclusionPlan, ...]:
        """Those that are left out of an outage, in the order of their declaration."""
        info = self.contract.outages[outage]
        fields = self.contract.streams[info.stream].fields
        found = *self._of(names, fields, info.each, info.each), *self._excused()
        measured = info.node.measured
        if measured is None or measured.rest.text == "down":
            return found
        return (*found, self._outside(info, measured))

    def down_outside(self, info: OutageInfo) -> p.ExclusionPlan | None:
        """The time in which an outage isn't measured, if that counts as down."""
        measured = info.node.measured
        if measured is None or measured.rest.text != "down":
            return None
        return self._outside(info, measured)

    @property
    def made(self) -> tuple[p.ExclusionPlan, ...]:
        """All that were lowered, in the order of their declaration."""
        order = {name: number for number, name in enumerate(self.contract.exclusions)}

        def place(e: p.ExclusionPlan) -> tuple[object, ...]:
            number = 0 if e.outside or e.excuse else order[e.name]
            return e.outside, e.excuse, number, e.name, e.at, e.match, e.as_up

        return (*sorted(self._made.values(), key=place), *self.services.made)

    def _excused(self) -> tuple[p.ExclusionPlan, ...]:
        """The time by which the other party was late, after all that is agreed to be left out."""
        found = []
        for pause in self.excuses:
            match = ((pause.left, pause.right),) if pause.left else ()
            key = pause.stream, match, False
            if key not in self._made:
                self._made[key] = p.ExclusionPlan(
                    name=pause.stream,
                    rows=None,
                    start="due",
                    end="done",
                    match=match,
                    allowance=None,
                    at="",  # the clause that excuses is the requirement's own
                    excuse=True,
                )
            found.append(self._made[key])
        return tuple(found)

    def _outside(self, info: OutageInfo, node: n.Measured) -> p.ExclusionPlan:
        """The time in which an outage isn't measured, which is left out of it."""
        rest = node.rest.text
        stream = self.contract.streams[node.spans.stream.text]
        assert stream.spans is not None
        ours = self.contract.streams[info.stream].fields
        pairs = same_named(info.each, ours, stream.fields)
        if node.on is not None:
            pairs[node.on.left.text] = node.on.right.text
        match = tuple(sorted(pairs.items()))
        name, at = f"{info.name} outside {stream.name}", node.span.place
        key = f"{name} {at}", match, rest == "up"
        if key not in self._made:
            where = None if node.spans.where is None else self.rows.lower(node.spans.where)
            self.rows.streams.add(stream.name)
            fields = {*stream.spans, *(theirs for _, theirs in match)}
            self._made[key] = p.ExclusionPlan(
                name=name,
                rows=p.Listing(stream.name, where, tuple(sorted(fields))),
                start=stream.spans[0],
                end=stream.spans[1],
                match=match,
                allowance=None,
                at=at,
                as_up=rest == "up",
                outside=True,
            )
        return self._made[key]

    def _of(
        self,
        names: Collection[str],
        ours: Mapping[str, FieldInfo],
        fields: Collection[str],
        each: Collection[str],
    ) -> tuple[p.ExclusionPlan, ...]:
        """`fields` tell apart what spans are about, `each` what windows are made for."""
        found = []
        for name, node in self.contract.exclusions.items():
            if name in names:
                made = self._spans(node) if node.windows is None else self._windows(node.windows)
                own = fields if node.windows is None else each
                found.append(self._plan(node, made, self._match(node, made, ours, fields, own)))
        return tuple(found)

    def _match(
        self,
        node: n.Exclusion,
        made: _Made,
        ours: Mapping[str, FieldInfo],
        fields: Collection[str],
        each: Collection[str],
    ) -> tuple[tuple[str, str], ...]:
        """Pairs of fields that have to be equal, ours and the span's."""
        if node.for_all is not None:
            return ()
        theirs = self.contract.streams[made.rows.stream].fields
        found = same_named([name for name in each if name in ours], ours, theirs)
        if node.on is not None and node.on.left.text in fields:
            found[node.on.left.text] = node.on.right.text
        return tuple(sorted(found.items()))

    def _spans(self, node: n.Exclusion) -> _Made:
        """The spans of an exclusion, without the fields by which they are matched."""
        assert node.spans is not None
        stream = self.contract.streams[node.spans.stream.text]
        assert stream.spans is not None
        start, where = stream.spans[0], self._condition(node)
        late = _unknown(where, stream)
        unknown = None if late is None else p.Listing(stream.name, late, (start,))
        return _Made(
            rows=p.Listing(stream.name, where, stream.spans),
            span=stream.spans,
            announced=_announced(stream, where),
            unsettled=unknown,
        )

    def _windows(self, node: n.WindowsWhere) -> _Made:
        """The windows of an exclusion; of those to come nothing is announced."""
        windows = self._windowed.get(id(node))
        if windows is None:  # the same for all, also where clocks are stopped by what excuses
            windows = self._windowed[id(node)] = self.windows(node)
        stream = windows.inner[0].stream
        return _Made(p.Listing(stream, None, (), windows=windows), p.WINDOW, None, None)

    def _plan(
        self, node: n.Exclusion, made: _Made, match: tuple[tuple[str, str], ...]
    ) -> p.ExclusionPlan:
        name = node.name.text
        as_up = self.as_up or (node.counts is not None and node.counts.text == "up")
        if (name, match, as_up) not in self._made:
            self.rows.streams.add(made.rows.stream)
            theirs = {field for _, field in match}
            rows, announced = made.rows, made.announced
            self._made[name, match, as_up] = p.ExclusionPlan(
                name=name,
                rows=rows.but(fields=tuple(sorted({*rows.fields, *theirs}))),
                start=made.span[0],
                end=made.span[1],
                match=match,
                allowance=_allowance(node),
                at=node.span.place,
                as_up=as_up,
                announced=(
                    None
                    if announced is None
                    else announced.but(fields=tuple(sorted({*announced.fields, *theirs})))
                ),
                unsettled=made.unsettled,
            )
        return self._made[name, match, as_up]

    def _condition(self, node: n.Exclusion) -> p.RowExpr | None:
        name = node.name.text
        if name not in self._where:
            assert node.spans is not None
            where = node.spans.where
            self._where[name] = None if where is None else self.rows.lower(where)
        return self._where[name]


def _announced(stream: StreamInfo, where: p.RowExpr | None) -> p.Listing | None:
    """The same rows, and those that are announced; None where nothing says that they are."""
    if isinstance(stream.node, n.Derived):
        return None
    said = [
        field.name
        for field in stream.fields.values()
        if field.type.kind is Kind.TIME
        and field.computed is None
        and field.name not in (stream.spans or ())
    ]
    if not said:
        return None
    return p.Listing(stream.name, where, (*(stream.spans or ()), *said), ahead=True)


def _unknown(where: p.RowExpr | None, stream: StreamInfo) -> p.RowExpr | None:
    """The rows that lack something that may come later, and that a condition asks for."""
    late = []
    for name in sorted(columns_in(where)):
        type_ = stream.fields[name].type
        if type_.optional or (type_.kind is Kind.TIME and name != stream.event):
            late.append(p.Present(p.Col(name, str(type_.kind))))
    if not late:
        return None
    return p.Opposite(late[0] if len(late) == 1 else p.AllOf(tuple(late)))


def _allowance(node: n.Exclusion) -> p.Allowance | None:
    if node.allowance is None:
        return None
    limit, per = node.allowance.limit, node.allowance.per.text
    if limit.kind == "number":
        return p.Allowance("number", int(limit.value), per)
    return p.Allowance("time", int(limit.value * 10**9), per)
