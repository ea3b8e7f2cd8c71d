"""Plans: from a policy or a compiled file, and `compile`, which shows or writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sladsl.cli.files import bases, read_bytes, shown, source_of, write
from sladsl.cli.output import WIDTH, Console, refuse
from sladsl.cli.refusals import bad_option, outputs_of
from sladsl.diagnostics import Diagnostic, Label, Refused, nearest
from sladsl.pipeline import compiled, examine
from sladsl.records import Record
from sladsl.source import Place

if TYPE_CHECKING:
    from sladsl.plan.model import Plan

__all__ = ["Planned", "compile_policy", "plan_of"]

_LIMIT = 16 << 20  # bytes of a plan; a policy may have far fewer


class Planned(Record):
    """A plan, and the streams that its policy declares (None: a compiled plan doesn't say)."""

    plan: Plan
    streams: frozenset[str] | None


def plan_of(
    path: str, chosen: tuple[str, ...], console: Console, *, digested: bool = True
) -> Planned | tuple[Diagnostic, ...]:
    """The plan for some obligations (none named: all) of a policy, or of a compiled plan.

    Or the findings, where one of them is an error. Raises `Refused`. Warnings are shown.
    `digested`: whether the plan is to know its policy's digest.
    """
    data = read_bytes(path, _LIMIT)
    if _is_plan(data):
        return Planned(_loaded(path, data, chosen), None)
    contract, findings = examine(source_of(path, data), bases(path))
    if contract is None:
        return findings
    console.findings(findings)
    plan = compiled(contract, _known(chosen, contract.all_obligations), digested=digested)
    states = (contract, *(state for _, state in contract.amended))
    found = (info for state in states for info in state.streams.values())
    return Planned(plan, frozenset(info.name for info in found if info.base is None))


def _is_plan(data: bytes) -> bool:
    """Whether a file means to be a compiled plan: no policy begins with a brace."""
    return data[:1024].lstrip().startswith(b"{")


def _loaded(path: str, data: bytes, chosen: tuple[str, ...]) -> Plan:
    from sladsl.plan.json import Unusable, load
    from sladsl.plan.narrow import narrowed, obligations

    try:
        plan = load(data)
    except Unusable as error:
        place = Label(Place(shown(path)))
        raise Refused(
            Diagnostic("SLA157", f"can't be run as a plan: {error}", place, help=error.help)
        ) from None
    names = _known(chosen, obligations(plan))
    return narrowed(plan, names) if names else plan


def _known(chosen: Iterable[str], declared: tuple[str, ...]) -> tuple[str, ...]:
    """The obligations that were asked for, in the order of declaration. Raises `Refused`."""
    wanted = set()
    for name in chosen:
        if name not in declared:
            known = ", ".join(declared)
            help = nearest(name, declared) or f"declared: {known}"
            raise bad_option("--obligation", name, help)
        wanted.add(name)
    return tuple(name for name in declared if name in wanted)


def compile_policy(
    path: str, chosen: tuple[str, ...], form: str, output: tuple[str, ...], console: Console
) -> int:
    """Show or write the plan of a policy."""
    outputs = outputs_of(output)
    planned = plan_of(path, chosen, console)
    if isinstance(planned, tuple):
        return refuse(console, planned, "text", "compile")  # standard output is for a plan
    plan = planned.plan
    for other, target in outputs:
        write(target, _rendered(plan, path, other, color=False))
    console.bytes(_rendered(plan, path, form, color=console.colored(sys.stdout)))
    return 0


def _rendered(plan: Plan, path: str, form: str, *, color: bool) -> bytes:
    if form == "json":
        from sladsl.plan.json import Unusable, dump

        try:
            return dump(plan)
        except Unusable as error:
            place = Label(Place(shown(path)))
            raise Refused(
                Diagnostic("SLA157", f"can't be written as a plan: {error}", place, help=error.help)
            ) from None
    from sladsl.reports.plan_text import render_plan

    return render_plan(plan, width=WIDTH, color=color).encode("utf-8", "backslashreplace")
