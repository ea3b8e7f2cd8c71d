"""`show`: an agreement in plain words, as it stood at a moment."""

from __future__ import annotations

from sladsl.cli.files import bases, read_policy
from sladsl.cli.moments import moment
from sladsl.cli.output import WIDTH, Console, refuse
from sladsl.cli.refusals import bad_option
from sladsl.contract.model import Contract
from sladsl.diagnostics import Diagnostic, Label, Refused
from sladsl.pipeline import examine
from sladsl.plan.instants import instant, term_bounds
from sladsl.prose import words
from sladsl.prose.in_force import InForce, consolidated, in_force
from sladsl.source import Place
from sladsl.syntax.nodes import Moment, Term

__all__ = ["show_policy"]


def show_policy(path: str, at: str | None, form: str, console: Console) -> int:
    """Show an agreement as text, as Markdown, or as one policy without amendments."""
    contract, findings = examine(read_policy(path), bases(path))
    if contract is None:
        return refuse(console, findings, "text", "show")
    console.findings(findings)
    state = _state(contract, at)
    if form == "policy":
        from sladsl.syntax.format import Unformattable

        try:
            console.say(consolidated(state))
        except Unformattable as error:
            place = Label(Place(contract.policy.source.path))
            help = "please report it"
            raise Refused(
                Diagnostic("SLA153", f"can't be formatted: {error}", place, help=help)
            ) from None
        return 0
    from sladsl.prose.describe import describe
    from sladsl.prose.document import markdown, plain

    said = describe(state)
    console.say(markdown(said) if form == "markdown" else plain(said, WIDTH))
    return 0


def _state(contract: Contract, at: str | None) -> InForce:
    """The agreement at a moment of its term (None: its start). Raises `Refused`."""
    zone, term = contract.agreement.zone, contract.agreement.node.term
    assert term is not None  # `check` asks for one
    when, shown = instant(term.start, zone), f"{words.moment(term.start)}, when the term begins"
    if at is not None:
        when, shown = moment(at, zone, "--at"), at.replace("T", " ")
    amendments = 0
    for amendment, _ in contract.amended:
        amendments += instant(amendment.start, zone) <= when
    state = in_force(contract, shown, amendments)
    # an amendment can move the term's end
    first, _ = term_bounds(term, zone)
    now = state.contract.agreement.node.term or term
    _, end = term_bounds(now, zone)
    if when < first or (end is not None and when >= end):
        raise bad_option("--at", at or words.moment(term.start), _term(term.start, now))
    return state


def _term(start: Moment, term: Term) -> str:
    """When the agreement is in force, as help."""
    said = f"the term runs from {words.moment(start)}"
    if term.through is not None:
        return f"{said} through {words.moment(term.through)}"
    return said if term.to is None else f"{said} to {words.moment(term.to)}"
