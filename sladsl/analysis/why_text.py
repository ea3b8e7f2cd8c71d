"""A walk as text: one numbered step after the other, each checkable by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from textwrap import wrap

from sladsl.analysis.model import Part, RowSeen, Turn, Walk
from sladsl.analysis.turning import Change
from sladsl.credits.model import Step
from sladsl.diagnostics import printable
from sladsl.plan import model as p
from sladsl.reports.columns import BOLD, GREEN, RED, YELLOW, Paint, cut, table
from sladsl.reports.figures import amount, exact, shown
from sladsl.reports.times import clock
from sladsl.reports.wording import group_of, label_of, lasting, value
from sladsl.verdicts.model import Excluded, Figure, Instance, OutageSeen, Verdict, Word

__all__ = ["changed", "render_walks"]

_TONES = {Word.MET: GREEN, Word.BREACHED: RED, Word.EXCUSED: GREEN}
_MOST_OUTAGES = 20


def render_walks(
    walks: Sequence[Walk], zone: str, currency: str, *, width: int = 100, color: bool = False
) -> str:
    """All walks, with a final line end."""
    blocks = [_Text(walk, zone, currency, width, Paint(color)).lines() for walk in walks]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


class _Text:
    def __init__(self, walk: Walk, zone: str, currency: str, width: int, paint: Paint) -> None:
        self.walk, self.verdict = walk, walk.verdict
        self.zone, self.currency = zone, currency
        self.width, self.paint = width, paint
        self.number = 0

    def lines(self) -> list[str]:
        """The walk."""
        verdict = self.verdict
        where = ", ".join(filter(None, (label_of(verdict), group_of(verdict))))
        head = f"{printable(verdict.obligation)} in {where}: {verdict.word}"
        found = [self.paint(cut(head, self.width), _TONES.get(verdict.word, YELLOW))]
        terms = f", by the terms of {printable(verdict.evidence.terms)}" * bool(
            verdict.evidence.terms
        )
        owes = f"{printable(verdict.debtor)} owes {printable(verdict.creditor)}"
        found += self._said(f"  {owes} {self.walk.promise}{terms}  ({verdict.evidence.at})")
        start, end = verdict.period.start, verdict.period.end
        span = f"from {clock(start, self.zone)} to {clock(end, self.zone)} {self.zone}"
        found += self._said(f"  {span}, which is {lasting(end - start)}")
        for part in self.walk.parts:
            found += self._part(part, part.number if self.walk.formula else 0)
        found += self._excluded()
        found += self._figure() if verdict.instance is None else self._instance(verdict.instance)
        found += self._money()
        found += self._turns()
        return found

    # ---- the steps ----

    def _step(self, title: str) -> list[str]:
        self.number += 1
        return ["", self.paint(f"{self.number}. {title}", BOLD)]

    def _said(self, text: str, indent: str = "   ") -> list[str]:
        """A text on as many lines as it takes; those after the first are set in."""
        lead = text[: len(text) - len(text.lstrip())]
        wide = max(self.width, 40)
        return wrap(
            text.strip(), wide, initial_indent=lead, subsequent_indent=lead + indent,
            break_long_words=True, break_on_hyphens=False,
        )  # fmt: skip

    def _part(self, part: Part, number: int) -> list[str]:
        name = f"#{number}: " if number else ""
        match part.aggregate:
            case p.OutageAggregate():
                return self._outages(part, name)
            case p.WindowAggregate():
                found = self._step("Windows")
                found += self._said(f"   {name}{part.words}")
                for inner, words in part.inside:
                    found += self._said(f"   where #{inner} is the {words}")
                which = "that count" if part.aggregate.function == "share" else "with a figure"
                return found + self._said(f"   {_counted(part.cell.rows, 'window')} {which}")
            case p.EachAggregate():
                found = [*self._step("Groups"), *self._said(f"   {name}{part.words}")]
                for inner, words in part.inside:
                    found += self._said(f"   where #{inner} is the {words}")
                return found
            case _:
                return self._rows(part, name)

    def _rows(self, part: Part, name: str) -> list[str]:
        cell, words = part.cell, f"   {name}{part.words}"
        found = [*self._step("Rows"), *self._said(words)]
        if cell.counted:
            found += self._said(
                f"   {cell.numerator} of the {cell.denominator} rows that are looked at"
            )
        else:
            found += self._said(f"   {_counted(cell.rows, 'row')}")
        if cell.undecided:
            found += self._said(f"   {cell.undecided} of them aren't decided yet: their clocks run")
        if part.rows_against:
            found += self._against(part)
        return found

    def _against(self, part: Part) -> list[str]:
        count = part.rows_against or 0
        first = "" if count <= len(part.against) else f"; the first {len(part.against)} of them"
        found = self._said(f"   {count} {part.why_against}{first}:")
        for row in part.against:
            found.append("     " + cut(self._place(row), self.width - 5))
            found += self._said(f"       {_fields(row)}", "  ")
        return found

    def _place(self, row: RowSeen) -> str:
        return f"{clock(row.time, self.zone)}  {printable(row.path)}, row {row.row}"

    def _outages(self, part: Part, name: str) -> list[str]:
        seen = self.verdict.evidence.outages
        found = [*self._step("Outages"), *self._said(f"   {name}{part.words}")]
        if not seen:
            return [*found, "   none"]
        shown = seen[:_MOST_OUTAGES]
        rows = table([self._outage(outage) for outage in shown])
        for outage, row in zip(shown, rows, strict=True):
            found.append("   " + cut("  ".join(row), self.width - 3).rstrip())
            taken = [f"{said} by {printable(e.by)}" for e in outage.excluded if (said := _taken(e))]
            found += self._said(f"     left out: {', '.join(taken)}") if taken else []
        if len(seen) > _MOST_OUTAGES:
            found.append(f"   ... and {len(seen) - _MOST_OUTAGES} more")
        return found

    def _outage(self, outage: OutageSeen) -> list[str]:
        end = "still open" if outage.open else f"to {clock(outage.end, self.zone)}"
        notes = [] if outage.group == self.verdict.group else [text for _, text in outage.group]
        notes += ["no data"] if outage.no_data else []
        long = outage.end - outage.start
        counts = f"{lasting(outage.counted)} of it counts"
        return [
            f"from {clock(outage.start, self.zone)} {end}",
            f"{lasting(long)} long",
            counts if outage.counted <= long else f"counts as {lasting(outage.counted)}",
            printable(", ".join(notes)),
        ]

    def _excluded(self) -> list[str]:
        taken = [e for e in self.verdict.evidence.excluded if e.time or e.rows]
        if not taken:
            return []
        rows = [[printable(e.by), _taken(e), f"({e.at})"] for e in taken]
        instance = self.verdict.instance
        found = self._step("Left out" if instance is None else "The clock stood still for")
        return found + ["   " + cut("  ".join(c), self.width - 3).rstrip() for c in table(rows)]

    def _figure(self) -> list[str]:
        verdict = self.verdict
        found = self._step("The figure")
        evidence = verdict.evidence
        if evidence.measured is not None and evidence.failing is not None:
            up = evidence.measured - evidence.failing
            found += self._said(
                f"   measured {lasting(evidence.measured)}, failing {lasting(evidence.failing)}, "
                f"which leaves {lasting(up)}"
            )
        if self.walk.formula:
            found += self._said(f"   {verdict.metric} = {self.walk.formula}")
        if verdict.value is None:
            return [*found, *self._said(f"   there is none: {verdict.reason or 'no data'}")]
        text, precise = value(verdict), _exactly(verdict.value)
        if verdict.value.counted:
            text = f"{precise} = {text}"
        elif text != _plain(verdict.value):
            text += f", exactly {precise}"
        method = f", by {evidence.method}" if evidence.method else ""
        found += self._said(f"   {text}{method}")
        target = _plain(verdict.target)
        found += self._said(f"   promised is {verdict.operator} {target}: {self._outcome()}")
        if self.walk.tier and not self.walk.steps and verdict.word is Word.BREACHED:
            found += self._said(f"   the tier is {self.walk.tier}; nothing is due by it yet")
        return found + self._without_excuse()

    def _instance(self, instance: Instance) -> list[str]:
        """One instance of a deadline."""
        found = self._step("The deadline")
        for name, text in instance.about:
            found += self._said(f"   {printable(name)} = {printable(text)}")
        found += self._said(f"   ran from {clock(instance.since, self.zone)}")
        found += self._said(
            f"   was due {clock(instance.due, self.zone)}, the last instant in time"
            if instance.last == instance.due
            else f"   was due {clock(instance.due, self.zone)}, and in time until "
            f"{clock(instance.last, self.zone)}"
        )
        done = "not done" if instance.done is None else f"done {clock(instance.done, self.zone)}"
        late = f" by {lasting(instance.late)}" if instance.late else ""
        found += self._said(f"   {done}: {instance.state}{late}")
        return found + self._without_excuse()

    def _without_excuse(self) -> list[str]:
        """What the verdict is where the other party's breach is taken off."""
        excuse = self.verdict.evidence.excuse
        if excuse is None:
            return []
        names = ", ".join(map(printable, excuse.obligations))
        figure = "" if excuse.value is None else f" at {value(self.verdict, excuse.value)}"
        return self._said(
            f"   without the time that {names} took beyond its due: {excuse.word}{figure}"
        )

    def _outcome(self) -> str:
        verdict = self.verdict
        if verdict.word is Word.PENDING:
            reach = [f"{name} {value(verdict, figure)}" for name, figure in _reach(verdict)]
            return f"pending, {verdict.reason}" + (f"; {', '.join(reach)}" if reach else "")
        return f"{verdict.word}, {'final' if verdict.final else 'not final yet'}"

    def _money(self) -> list[str]:
        if not self.walk.steps:
            return []
        found: list[str] = []
        for statement, steps in self.walk.steps:
            title = f"{statement.direction.capitalize()} of {statement.period.label}"
            payer, payee = printable(statement.payer), printable(statement.payee)
            found += self._step(f"{title}, {payer} to {payee}")
            rows = [self._paid(step, statement.currency, statement.minor) for step in steps]
            aligned = table(rows, frozenset({2}))
            found += ["   " + cut("  ".join(c), self.width - 3).rstrip() for c in aligned]
        if self.walk.due is not None:
            statement = self.walk.steps[0][0]
            due = amount(self.walk.due, statement.currency, statement.minor)
            found += self._said(f"   of which for this verdict: {due}")
        return found

    def _paid(self, step: Step, currency: str, minor: int) -> list[str]:
        room = max(self.width - 45, 20)
        detail = cut(printable(step.detail), room)
        return [step.step, detail, amount(step.amount, currency, minor)]

    def _turns(self) -> list[str]:
        if not self.walk.turns:
            return []
        found = self._step("What would turn it")
        for turn in self.walk.turns:
            found += self._said(f"   {self._led(turn)} with {changed(turn.change, self.walk)}")
        return found

    def _led(self, turn: Turn) -> str:
        if turn.word != self.verdict.word:
            return turn.word + (f", {turn.tier}," if turn.tier else "")
        return f"still {turn.word}, but {turn.tier or 'nothing due'}"


def changed(change: Change, walk: Walk) -> str:
    """A change in words: `4 min 12 s less downtime`, `3 more (374 rather than 371 of 412)`."""
    by, verdict = change.by, walk.verdict
    size, more = abs(by), "more" if change.up else "less"
    over = "more than " if change.strict else ""
    match change.of:
        case "time":
            way = "less" if change.up else "more"
            return f"{over}{lasting(int(size))} {way} downtime"
        case "weighed":
            way = "less" if change.up else "more"
            return f"{over}{lasting(size)} {way} downtime, as it is weighted"
        case "rows" | "windows":
            now = (change.figure - by / change.whole) * change.whole
            few = "more" if change.up else "fewer"
            to = change.figure * change.whole
            return f"{size} {few} ({to} rather than {now} of {change.whole} {change.of})"
        case "count":
            few = "more" if change.up else "fewer"
            return f"{size} {few} ({change.figure} rather than {change.figure - by})"
        case "beyond":
            limit = _plain(_of(change.figure, verdict))
            if by > 0:
                return f"{size} more of {change.whole} values on the right side of {limit}"
            return f"{size} more of {change.whole} values on the wrong side of {limit}"
        case "earlier":
            return f"{lasting(int(size))} earlier, on the deadline's clock"
        case "done":
            return f"it done {lasting(int(size))} before as-of, on the deadline's clock"
        case "later":
            return f"{over}{lasting(int(size))} later"
        case "total":
            of = f" in all, of {change.whole}" if change.whole > 1 else ""
            return f"{over}{_plain(_of(size, verdict))} {more}{of}"
        case _:
            text = _plain(_of(size, verdict))
            if verdict.target.kind == "percent":
                text = text.replace("%", " percentage points")
            return f"a figure {over}{text} {'higher' if change.up else 'lower'}"


def _of(number: Fraction, verdict: Verdict) -> Figure:
    kind, unit = verdict.target.kind, verdict.target.unit
    return Figure(number.numerator, number.denominator, kind, unit)


def _plain(figure: Figure) -> str:
    """A figure that is a limit: as it is written."""
    return printable(shown(figure, ("==", figure.value)))


def _exactly(figure: Figure) -> str:
    text = exact(figure)
    return " / ".join(f"{part} s" for part in text.split("/")) if figure.time else text


def _reach(verdict: Verdict) -> Iterator[tuple[str, Figure]]:
    for name, figure in (("at best", verdict.best), ("at worst", verdict.worst)):
        if figure is not None:
            yield name, figure


def _taken(excluded: Excluded) -> str:
    """What an exclusion took."""
    said = [lasting(excluded.time)] if excluded.time else []
    said += [_counted(excluded.rows, "row")] if excluded.rows else []
    return " and ".join(said)


def _fields(row: RowSeen) -> str:
    return printable(", ".join(f"{name} = {text or 'missing'}" for name, text in row.fields))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
