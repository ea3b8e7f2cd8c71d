"""`eval` and `gate`: from options to sources, from verdicts to output and exit status."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sladsl.cli.files import standard_input, write
from sladsl.cli.moments import moment, within
from sladsl.cli.output import WIDTH, Console, refuse
from sladsl.cli.plans import plan_of
from sladsl.cli.progress import Progress
from sladsl.cli.refusals import bad_option, outputs_of
from sladsl.diagnostics import Diagnostic, Label, Refused, nearest
from sladsl.pipeline import Evaluation, Options, evaluate
from sladsl.plan.uses import streams_at_any_time
from sladsl.records import Record
from sladsl.source import Place

if TYPE_CHECKING:
    from sladsl.plan.model import Plan
    from sladsl.streams.sources import SourceSpec
    from sladsl.verdicts.model import Verdict

__all__ = ["Request", "evaluate_policy", "in_groups", "options_of", "period_filter", "sources_of"]


class Request(Record):
    """The options of `eval` or `gate`, by name."""

    command: str
    policy: str
    data: tuple[str, ...] = ()
    as_of: str | None = None
    period: str | None = None
    from_: str | None = None
    to: str | None = None
    obligation: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    allow_path: tuple[str, ...] = ()
    max_rejected: str | None = None
    max_groups: int = 100_000
    rejects: str | None = None
    on_undecided: str | None = None
    format_: str = "text"
    color: str = "auto"
    quiet: bool = False
    fail_on: str = "breach"
    advisory: bool = False
    statement: bool = False
    with_fee: bool = False

    @staticmethod
    def of(options: Mapping[str, Any], command: str) -> Request:
        """The request that a command's options make."""
        known = set(Request.__annotations__)
        return Request(command, **{k: v for k, v in options.items() if k in known})


def evaluate_policy(request: Request) -> int:
    """Carry out a request; its exit status."""
    # NumPy's library for matrices starts a thread on each core; no matrix is ever multiplied
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    console = Console(request.color, quiet=request.quiet)
    outputs = outputs_of(request.output)
    digested = request.format_ == "json" or any(form == "json" for form, _ in outputs)
    plan = plan_of(request.policy, request.obligation, console, digested=digested)
    if isinstance(plan, tuple):
        return refuse(console, plan, request.format_, request.command)
    sources = sources_of(plan, request)
    zone = plan.zone
    progress = Progress() if Progress.wanted(quiet=request.quiet) else None
    options = (
        options_of(plan, request)
        .but(digested=digested, tick=None if progress is None else progress.tick)
        .but(with_fee=request.with_fee)
    )
    import sladsl.runners.local  # noqa: F401 - NumPy and Arrow, before what they made is set aside

    gc.freeze()  # modules and tables stay: not looked through again
    gc.enable()
    try:
        if request.rejects is None:
            done = evaluate(plan, sources, options)
        else:
            done = _with_rejects(request.rejects, plan, sources, options)
    finally:
        if progress is not None:
            progress.clear()
    done = _narrowed(done, request, zone)
    result = _Result(request, done)
    for form, path in outputs:
        write(path, result.rendered(form, color=False))
    console.bytes(result.rendered(request.format_, color=console.colored(sys.stdout)))
    return result.status()


def options_of(plan: Plan, request: Request) -> Options:
    """What a request chooses of an evaluation. Raises `Refused`."""
    return Options(
        as_of=None if request.as_of is None else moment(request.as_of, plan.zone, "--as-of"),
        max_rejected=_max_rejected(request.max_rejected),
        max_groups=request.max_groups,
        stdin=standard_input(),
        digested=False,
    )


def sources_of(plan: Plan, request: Request) -> dict[str, SourceSpec]:
    """Where each stream is: `sladsl.toml`, and over it `--data`."""
    from sladsl.runners.local import stream_spec
    from sladsl.streams.config import load_config
    from sladsl.streams.sources import parse_data

    specs = {s.name: stream_spec(s) for s in streams_at_any_time(plan)}
    policy = Path.cwd() / "-" if request.policy == "-" else Path(request.policy)
    config = load_config(policy, specs, allow_paths=request.allow_path)
    sources = parse_data(request.data, specs, config)
    given = [name for name, source in sources.items() if source.path == "-"]
    if len(given) > (request.policy != "-"):
        help = "standard input is one policy or one stream; name files for the others"
        raise bad_option("--data", f"{given[-1]}=-", help)
    return sources


def _max_rejected(text: str | None) -> int | str | None:
    if text is None:
        return None
    if re.fullmatch(r"\d{1,18}", text):
        return int(text)
    if re.fullmatch(r"\d{1,3}(\.\d{1,18})?%", text):
        return text
    raise bad_option("--max-rejected", text, "write a number of rows, or a share such as 1%")


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


def _narrowed(done: Evaluation, request: Request, zone: str) -> Evaluation:
    """Only the periods and groups that were asked for. Raises `Refused` where none is left."""
    from sladsl.reports.tally import dues, key

    keep = period_filter(request, zone)
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


def period_filter(request: Request, zone: str) -> Callable[[int, int, str], bool]:
    """Whether a period, by start, end (ns) and label, is one that was asked for."""
    low, high = -(1 << 63), 1 << 63
    if request.period is not None and request.period != "term":
        low, high = within(request.period, zone, "--period")
    if request.from_ is not None:
        low = max(low, moment(request.from_, zone, "--from"))
    if request.to is not None:
        high = min(high, moment(request.to, zone, "--to"))
    only_term = request.period == "term"

    def keep(start: int, end: int, label: str) -> bool:
        if label == request.period:
            return True
        return low <= start and end <= high and not only_term

    return keep


def in_groups(verdict: Verdict, asked: tuple[str, ...]) -> bool:
    """Whether a verdict's group has one of the values asked for, for each field named."""
    wanted: dict[str, set[str]] = {}
    for text in asked:
        field, mark, value = text.partition("=")
        wanted.setdefault(field if mark else "", set()).add(value if mark else field)
    group = dict(verdict.group)
    for field, values in wanted.items():
        have = set(group.values()) if not field else {group.get(field, "")}
        if not have & values:
            return False
    return True


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
        if self._least() is not None:
            return f"refuses what has less than {self.request.fail_on[7:]} of its budget left"
        return ""

    def _least(self) -> Fraction | None:
        """The part of a budget that is to be left, where that is asked for."""
        asked = self.request.fail_on
        return Fraction(asked[7:-1]) / 100 if asked.startswith("budget:") else None

    def _strained(self, least: Fraction) -> bool:
        """Whether a period that isn't over has less than a part of its budget left."""
        from sladsl.analysis.budget import budgets

        done = self.done
        assert done.plan is not None
        chosen = set(done.judgement.verdicts)
        judged = [one for one in done.judged if one.verdict in chosen]
        shares = (one.share for one in budgets(done.plan, judged, done.judgement.as_of))
        return any(share is not None and share < least for share in shares)

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
