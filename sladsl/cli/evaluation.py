"""`eval` and `gate`: from verdicts to output and exit status."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from sladsl.cli.files import write
from sladsl.cli.output import WIDTH, Console
from sladsl.cli.progress import Progress
from sladsl.cli.refusals import bad_option, outputs_of
from sladsl.cli.request import Request, asked_of, in_groups, period_filter
from sladsl.diagnostics import Diagnostic, Label, Refused, nearest
from sladsl.pipeline import Evaluation, Options, evaluate
from sladsl.records import Record
from sladsl.source import Place

if TYPE_CHECKING:
    from sladsl.plan.model import Plan
    from sladsl.streams.sources import SourceSpec
    from sladsl.verdicts.model import Verdict

__all__ = ["evaluate_policy"]


def evaluate_policy(request: Request) -> int:
    """Carry out a request; its exit status."""
    console = Console(request.color, quiet=request.quiet)
    outputs = outputs_of(request.output)
    digested = request.format_ == "json" or any(form == "json" for form, _ in outputs)
    asked = asked_of(request, console, digested=digested)
    if isinstance(asked, int):
        return asked
    plan, sources, options = asked
    progress = Progress() if Progress.wanted(quiet=request.quiet) else None
    options = options.but(
        digested=digested,
        tick=None if progress is None else progress.tick,
        with_fee=request.with_fee,
    )
    try:
        if request.rejects is None:
            done = evaluate(plan, sources, options)
        else:
            done = _with_rejects(request.rejects, plan, sources, options)
    finally:
        if progress is not None:
            progress.clear()
    done = _narrowed(done, request, done.plan or plan)
    result = _Result(request, done)
    for form, path in outputs:
        write(path, result.rendered(form, color=False))
    console.bytes(result.rendered(request.format_, color=console.colored(sys.stdout)))
    _too_early(console, done, plan)
    return result.status()


def _too_early(console: Console, done: Evaluation, plan: Plan) -> None:
    """Say why nothing was judged where the term hadn't begun by as-of."""
    start = (done.plan or plan).term[0]
    if done.judgement.as_of < start and not done.judgement.verdicts:
        from sladsl.reports.times import clock

        begins = f"the term begins on {clock(start, plan.zone)} {plan.zone}"
        console.note(f"nothing is judged: {begins}, after what is known")


def _with_rejects(
    path: str, plan: Plan, sources: Mapping[str, SourceSpec], options: Options
) -> Evaluation:
    """Evaluate, writing every row that can't be used to a file."""
    from sladsl.streams.accounting import rejects_writer

    try:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            return evaluate(plan, sources, options.but(on_reject=rejects_writer(file)))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        finding = Diagnostic("SLA152", f"can't be written: {why}", Label(Place(path)))
        raise Refused(finding) from None


# ---- narrowing ----


def _narrowed(done: Evaluation, request: Request, plan: Plan) -> Evaluation:
    """Only the periods and groups that were asked for. Raises `Refused` where none is left."""
    from sladsl.reports.tally import dues, key

    keep = period_filter(request, plan)
    verdicts = done.judgement.verdicts
    kept = tuple(v for v in verdicts if keep(v.period.start, v.period.end, v.period.label))
    if verdicts and not kept:
        first, last = verdicts[0].period.label, verdicts[-1].period.label
        name = request.period or f"{request.from_ or '...'} to {request.to or '...'}"
        option = "--from and --to" if request.period is None else "--period"
        raise bad_option(option, name, f"periods judged are {first} to {last}")
    chosen = tuple(v for v in kept if in_groups(v, request.group))
    if kept and not chosen:
        groups = sorted({value for v in kept for _, value in v.group})
        asked = ", ".join(request.group)
        help = (
            nearest(request.group[0].rpartition("=")[2], groups) or "see the groups in the output"
        )
        raise bad_option("--group", asked, help)
    statements = tuple(
        s for s in done.statements if keep(s.period.start, s.period.end, s.period.label)
    )
    if request.group:  # a statement is of all groups: it stays where it has a line of one chosen
        lines = {key(verdict) for verdict in chosen}
        shown = {s.period for s in statements if lines & dues((s,)).keys()}
        statements = tuple(
            s for s in statements
            if lines & dues((s,)).keys() or (s.direction == "net" and s.period in shown)
        )  # fmt: skip
    return done.but(judgement=done.judgement.but(verdicts=chosen), statements=statements)


# ---- output ----


class _Result(Record):
    request: Request
    done: Evaluation

    def rendered(self, form: str, *, color: bool) -> bytes:
        judgement, statements = self.done.judgement, self.done.statements
        if form == "json":
            from sladsl.reports.json import encode, to_json

            return encode(to_json(judgement, statements, self.done.life))
        from sladsl.reports.text import Outcome, render_gate, render_text

        if self.request.command == "eval":
            if self.request.statement:
                from sladsl.reports.statement import render_statements

                text = render_statements(statements, width=WIDTH, color=color)
            else:
                text = render_text(judgement, statements, self.done.life, width=WIDTH, color=color)
        else:
            status = self.status()
            words = {0: Outcome.PASSED, 1: Outcome.FAILED, 3: Outcome.UNDECIDED}
            text = render_gate(
                judgement, statements, result=words[status], note=self._note(), width=WIDTH,
                color=color,
            )  # fmt: skip
        return text.encode("utf-8", "backslashreplace")

    def _note(self) -> str:
        if self.request.advisory:
            return "advisory: the exit status is 0 whatever the verdicts"
        if self.request.fail_on == "credit":
            return "refuses what costs a credit"
        least = self._least()
        if least is not None:
            text = f"refuses what has less than {self.request.fail_on[7:]} of its budget left"
            found = [f"{v.obligation} {v.period.label}" for v in self._strained(least)]
            shown = ", ".join(dict.fromkeys(found))
            return f"{text}: {shown} (`sladsl budget` shows it)" if found else text
        return ""

    def _least(self) -> Fraction | None:
        """The part of a budget that is to be left, where that is asked for."""
        asked = self.request.fail_on
        return Fraction(asked[7:-1]) / 100 if asked.startswith("budget:") else None

    def _strained(self, least: Fraction) -> list[Verdict]:
        """Those of periods that aren't over and have less than a part of their budget left."""
        from sladsl.analysis.budget import budgets

        done = self.done
        assert done.plan is not None
        chosen = set(done.judgement.verdicts)
        judged = [one for one in done.judged if one.verdict in chosen]
        found = budgets(done.plan, judged, done.judgement.as_of)
        return [one.verdict for one in found if one.share is not None and one.share < least]

    def _costs(self) -> bool:
        """Whether a breach is paid for; with `--group` only in the groups that were asked for."""
        costs = [s for s in self.done.statements if s.direction in ("credits", "penalties")]
        if not self.request.group:
            return any(s.payable for s in costs)
        from sladsl.reports.tally import dues, key

        due = dues(costs)
        found = (due.get(key(verdict)) for verdict in self.done.judgement.verdicts)
        return any(one is not None and one.amount for one in found)

    def status(self) -> int:
        """1 before 3 before 0; a request that can't be carried out never comes here."""
        from sladsl.verdicts.model import Word

        if self.request.advisory:
            return 0
        words = {v.word for v in self.done.judgement.verdicts}
        least = self._least()
        if least is not None and self._strained(least):
            return 1
        if least is not None and words:  # what is open has enough of its budget left
            words = (words - {Word.PENDING}) or {Word.MET}
        if self.request.fail_on == "credit":
            if self._costs():
                return 1
        elif Word.BREACHED in words:
            return 1
        undecided = not words or bool(words & {Word.NO_DATA, Word.PENDING})
        if undecided and self.request.on_undecided != "pass":
            return 1 if self.request.on_undecided == "fail" else 3
        return 0
