"""The life of a made-up agreement: amendments, rights, renewal, reviews."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

__all__ = ["judged_by", "lived"]

_PER = re.compile(
    r"( per (?:hour|day|week|month|quarter|year|term|\d+ \w+ every \d+ \w+|\d+ \w+ before [^\n]*))"
    r"(?=\n|$| for| prorated)"
)
_TARGET = re.compile(r"(require \w+ (?:>=|<=|>|<)) (\d+(?:\.\d+)?%) per")
_MEASURE = re.compile(r"require (\w+) (>=|<=|>|<) ([\d.]+\w*%?(?: EUR)?) per")
_FEE = re.compile(r"fee (\d+\.\d\d) EUR per")
_UNITS = ("day", "day", "week", "month")


def lived(
    random: Random, head: str, clauses: list[str], start: date, end: date
) -> tuple[str, list[str]]:
    """The head and the clauses of an agreement, with something of its life in some of them."""
    own = Random(random.random())
    names = [m[1] for clause in clauses if (m := re.match(r"obligation (\w+)", clause))]
    if own.random() < 0.5:
        clauses = [*clauses, *_remedies(own, names, clauses)]
    if own.random() < 0.25:
        head = _renewing(own, head, names, (end - start).days)
    if own.random() < 0.3:
        head = _inserted(
            head, f"review every {own.choice([1, 1, 2, 3, 30])} days by vendor, client"
        )
    if own.random() < 0.45:
        how = own.choice(["at start", "split"])
        clauses = [judged_by(c, how) for c in clauses]
        clauses = [*clauses, *_amendments(own, head, clauses, start, end)]
    return head, clauses


def judged_by(clause: str, word: str) -> str:
    """The clause, saying how a period is judged into which a change falls."""
    return _PER.sub(_how(word), clause) if "require" in clause else clause


def _how(word: str) -> Callable[[re.Match[str]], str]:
    """How a period is judged into which a change falls; one that rolls isn't cut."""

    def said(found: re.Match[str]) -> str:
        return f"{found[1]} {'at start' if 'every' in found[1] or ' before ' in found[1] else word}"

    return said


def _inserted(head: str, line: str) -> str:
    """The head with another clause of the agreement."""
    return head.replace('  provider vendor "V"\n', f'  provider vendor "V"\n  {line}\n', 1)


# ---- rights, renewal -----------------------------------------------------------------------------


def _remedies(random: Random, names: list[str], clauses: list[str]) -> list[str]:
    found = []
    for number in range(random.randint(1, 2)):
        lines = [f"remedy right{number} {{", "  client may terminate"]
        for _ in range(random.randint(1, 2)):
            lines.append(f"  when {_when(random, names, clauses)}")
        if random.random() < 0.7:
            lines.append(f"  within {random.choice(['3 days', '36h', '1 months', '0.5h'])}")
        found.append("\n".join([*lines, "}"]))
    return found


def _when(random: Random, names: list[str], clauses: list[str]) -> str:
    unit = random.choice(_UNITS)
    of = random.randint(1, 4)
    units = f"{unit}s" if of > 1 else unit
    name = random.choice(names)
    clause = next(c for c in clauses if c.startswith(f"obligation {name} "))
    same = re.search(r"require [^\n]*\n    for each ([\w, ]+)", clause)
    every = len(re.findall(r"require ", clause)) == 1
    for_ = f" for the same {same[1]}" if same and every and random.random() < 0.4 else ""
    measure = _MEASURE.search(clause)
    chance = random.random()
    if chance < 0.3 and measure is not None:
        what = f"{measure[1]} {random.choice(['>', '<', '>=', '<='])} {measure[3]}"
        how = random.choice([
            f"in {of} {units}", f"in {of} {units} in a row",
            f"in {random.randint(1, of)} of {of} {units}",
        ])  # fmt: skip
        return f"{what} {how}"
    if chance < 0.5:
        return f"{name} breached in {of} {units} in a row{for_}"
    if chance < 0.7:
        return f"{name} breached {random.randint(1, 4)} times in {of} {units}{for_}"
    least = min(random.randint(1, of), random.randint(1, of))
    return f"{name} breached in {least} of {of} {units}{for_}"


def _renewing(random: Random, head: str, names: list[str], days: int) -> str:
    if not re.search(r"term from \S+ (?:to|through)", head):
        return head
    text = f"renews for {random.choice([1, 2, 5])} {random.choice(['days', 'weeks', 'months'])}"
    if random.random() < 0.6:
        of, unit = random.randint(1, 3), random.choice(_UNITS)
        text += f" when {random.choice(names)} met in {random.randint(1, of)} of {of} {unit}s"
    streams = re.findall(r"stream (\w+) \{\n  event at", head)
    if streams and random.random() < 0.6:
        ahead = random.choice(["1 days", "36h", f"{max(days // 2, 1)} days"])
        text += f",\n    unless {random.choice(streams)} at least {ahead} before end"
    return _inserted(head, text)


# ---- amendments ----------------------------------------------------------------------------------


def _amendments(random: Random, head: str, clauses: list[str], start: date, end: date) -> list[str]:
    """One or two, signed before they begin or after; each changes what is there."""
    most = max(min((end - start).days - 1, random.choice([2, 3, 70])), 1)
    dates = sorted({start + timedelta(days=random.randint(1, most)) for _ in range(2)})
    found: list[str] = []
    gone: set[str] = set()
    for number, since in enumerate(dates[: random.choice([1, 1, 2])]):
        late = random.choice([-3, -1, 0, 0, 2, 6])
        changes = _changes(random, head, clauses, gone)
        if not changes or since >= end:
            continue
        lines = [f"amendment am{number} signed {since + timedelta(days=late)} from {since} {{"]
        for change in changes:
            lines += [f"  {line}" for line in change.split("\n")]
        found.append("\n".join([*lines, "}"]))
    return found


def _changes(random: Random, head: str, clauses: list[str], gone: set[str]) -> list[str]:
    ways = [_target, _target, _fee, _outage, _outage, _exclusion, _removed, _removed, _metric]
    random.shuffle(ways)
    found: dict[str, str] = {}
    for way in ways[: random.randint(2, 4)]:
        change = way(random, head, clauses, gone)
        if change:
            about = change.removeprefix("remove ").split()[:2]
            found.setdefault(" ".join(about), change)
    return list(found.values())


def _target(random: Random, head: str, clauses: list[str], gone: set[str]) -> str:
    """Another target, and perhaps nothing to pay any longer."""
    paying = re.compile(r"  (?:credit|bonus|penalty|claim|paid|at most)")
    known = [c for c in clauses if _TARGET.search(c) and not paying.search(c)]
    known = [c for c in known if c.split()[1] not in gone and "match" not in c]
    if not known:
        return ""
    share = random.choice(["10%", "45%", "60%", "80%", "95%"])
    return _TARGET.sub(rf"\1 {share} per", random.choice(known))


def _fee(random: Random, head: str, clauses: list[str], gone: set[str]) -> str:
    block = re.search(r"agreement a \{.*?\n\}", head, re.S)
    assert block is not None
    return _FEE.sub(f"fee {random.choice(['500.00', '33.33', '2000.01'])} EUR per", block[0])


def _outage(random: Random, head: str, clauses: list[str], gone: set[str]) -> str:
    blocks = re.findall(r"^outage \w+[^{\n]*\{.*?\n\}", head, re.S | re.M)
    # how many there are while data is missing nobody says
    blocks = [b for b in blocks if "missing data counts as" in b and "weighted by crowd" not in b]
    if not blocks:
        return ""
    word = random.choice(["up", "down", "excluded"])
    return re.sub(r"(missing data counts as) \w+", rf"\1 {word}", random.choice(blocks))


def _exclusion(random: Random, head: str, clauses: list[str], gone: set[str]) -> str:
    blocks = re.findall(r"^exclusion \w+[^{\n]*\{.*?\n\}", head, re.S | re.M)
    blocks = [b for b in blocks if "spans of" in b]
    if not blocks:
        return ""
    block = re.sub(r"\n  at most [^\n]*", "", random.choice(blocks))
    if random.random() < 0.6:
        return block[:-1] + f"  at most {random.choice(['1h', '3', '30min', '1'])} per day\n}}"
    return block


def _metric(random: Random, head: str, clauses: list[str], gone: set[str]) -> str:
    """A metric that takes what another one is, of the same kind and groups."""
    lines = re.findall(r"^metric (\w+) = (share of \w+ (?:where|with) [^\n]*)$", head, re.M)
    lines = [(x, rest) for x, rest in lines if rest.count("with ") == 1 and "rounded" not in rest]
    if not lines:
        return ""
    name, rest = random.choice(lines)
    return f"metric {name} = {rest.replace('with ', 'with not (', 1)})"


def _removed(random: Random, head: str, clauses: list[str], gone: set[str]) -> str:
    text = "\n".join([head, *clauses])
    for clause in clauses:
        name = clause.split()[1]
        used = len(re.findall(rf"\b{name}\b", text)) > 1
        if clause.startswith("obligation ") and not used and name not in gone and len(clauses) > 1:
            gone.add(name)
            return f"remove obligation {name}"
    return ""
