"""Services: which rows are about each, and from when to when there is it."""

from __future__ import annotations

from sladsl.contract.expressions import bind
from sladsl.contract.model import MetricInfo
from sladsl.contract.outage_clauses import counts_as
from sladsl.contract.schedules import before
from sladsl.contract.scope import Scope, listed
from sladsl.diagnostics import Label
from sladsl.syntax import nodes as n

__all__ = ["SERVICE", "by_service", "check_services", "told_apart"]

#: The word in `for each service`.
SERVICE = "service"


def check_services(s: Scope) -> None:
    """Check that services name fields that some stream has, and values of their kind."""
    for service in s.here.services.values():
        s.repeated([of.field for of in service.of], "the field")
        for of in service.of:
            holding = [fields for fields in s.fields.values() if of.field.text in fields]
            if not holding:
                known = sorted({name for fields in s.fields.values() for name in fields})
                note = "no stream has such a field"
                s.unknown("field", of.field.text, of.field.span, known, note)
                continue
            infos = (fields.get(of.field.text) for fields in holding)
            info = next((info for info in infos if info is not None), None)
            if info is not None:
                for value in of.values:
                    bind(s, value, info.type)
        _existing(s, service)
    _once(s, [*s.here.services.values()])


def _once(s: Scope, services: list[n.Service]) -> None:
    """Report two services of one group, of which one says when there is it."""
    for number, other in enumerate(services):
        for one in services[:number]:
            mine, theirs = _groups(one), _groups(other)
            both = mine.keys() & theirs.keys()
            if not both or not all(_meet(mine[f], theirs[f]) for f in both):
                continue
            clause = other.existing or other.members or one.existing or one.members
            if clause is not None:
                s.error(
                    "SLA265",
                    f"when is there a group of both `{one.name.text}` and `{other.name.text}`?",
                    clause.span, "each service says it by itself",
                    help="let no group be of two services, or let one of them say it",
                    also=(
                        Label(one.name.span, "one service"), Label(other.name.span, "the other"),
                    ),
                )  # fmt: skip


def _groups(node: n.Service) -> dict[str, set[str] | None]:
    """The values of fields that a service is of; None: all that rows tell of."""
    by = () if node.members is None else node.members.by
    return {**{name.text: None for name in by}, **_values(node)}


def _meet(mine: set[str] | None, theirs: set[str] | None) -> bool:
    return mine is None or theirs is None or bool(mine & theirs)


def _existing(s: Scope, node: n.Service) -> None:
    """`from` and `to`, or the stream that says them for each member."""
    if node.existing is not None:
        end = node.existing.through or node.existing.to
        before(node.existing.start, end, s, "the service")
        if node.members is not None:
            s.error(
                "SLA265", f"the service `{node.name.text}` says twice when it exists",
                node.members.span, help="keep one of the two",
                also=(Label(node.existing.span, "here too"),),
            )  # fmt: skip
    if node.members is not None:
        _members(s, node.members)
    if node.rest is not None:
        if node.existing is None and node.members is None:
            s.error(
                "SLA265", f"the service `{node.name.text}` doesn't say when it exists",
                node.rest.span, "so there is no rest of the time",
                help="add `from DATE`, or `members of STREAM by FIELD`",
            )  # fmt: skip
        counts_as(s, node.rest, ("up", "excluded"), "the rest")


def _members(s: Scope, node: n.MembersOf) -> None:
    s.repeated(node.by, "the field")
    if not s.find("stream", node.stream, s.here.streams):
        return
    name = node.stream.text
    info = s.streams.get(name)
    if info is not None and info.spans is None:
        s.error(
            "SLA262", f"`{name}` is a stream of events, where spans are due", node.stream.span,
            help="name a stream that has `span from ... to ...`",
        )  # fmt: skip
    for by in node.by:
        if by.text not in s.fields[name]:
            s.unknown("field", by.text, by.span, s.fields[name], f"not a field of `{name}`")


def told_apart(s: Scope, each: tuple[n.Name, ...], sources: list[str]) -> list[str]:
    """The fields that groups are told apart by: those of the services for `service`."""
    found = [name.text for name in each]
    if SERVICE in found and not any(SERVICE in s.fields[name] for name in sources):
        found.remove(SERVICE)
        first = next(iter(s.here.services.values()), None)
        found += [] if first is None else [of.field.text for of in first.of]
    return found


def by_service(s: Scope, each: tuple[n.Name, ...], info: MetricInfo) -> tuple[n.Name, ...]:
    """The fields of `for each` without `service`, where that isn't a field of the rows.

    Then each service is a group of its own: every one is `of` the same fields, which the rows
    and the outages that the metric reads have, and no row is about two of them.
    """
    streams = [*info.streams, *(s.outages[o].stream for o in info.outages if o in s.outages)]
    found = [name for name in each if name.text == SERVICE]
    services = list(s.here.services.values())
    if not found or not services or any(SERVICE in s.fields[name] for name in streams):
        return each
    where = found[0]
    first = services[0]
    fields = {of.field.text for of in first.of}
    for service in services:
        if not fields or {of.field.text for of in service.of} != fields:
            other = Label(first.name.span, "the first service") if service is not first else None
            s.error(
                "SLA266", f"is a row about the service `{service.name.text}`?", where.span,
                "every service must be `of` the same fields", also=(other,) if other else (),
                help=f"add {listed(sorted(fields))}" if fields else "add `of FIELD VALUE`",
            )  # fmt: skip
    _apart(s, services, where)
    names = tuple(n.Name(name, span=where.span) for name in sorted(fields))
    return (*(name for name in each if name not in found), *names)


def _apart(s: Scope, services: list[n.Service], where: n.Name) -> None:
    """Report two services that one row could be about."""
    for number, one in enumerate(services):
        for other in services[number + 1 :]:
            mine, theirs = _values(one), _values(other)
            if mine.keys() == theirs.keys() and all(mine[f] & theirs[f] for f in mine):
                s.error(
                    "SLA266", f"a row can be about both `{one.name.text}` and `{other.name.text}`",
                    where.span, "each service is a group of its own here",
                    help="let no value be of two services",
                    also=(Label(one.span, "one service"), Label(other.span, "the other")),
                )  # fmt: skip


def _values(service: n.Service) -> dict[str, set[str]]:
    return {of.field.text: {value.span.text for value in of.values} for of in service.of}
