"""Amendments that change, add or remove deadlines and excuses of a draft."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from generate.life import judged_by

__all__ = ["amended_duties"]

_LAPSE = re.compile(r"within (\d+\w+(?: \w+)?)(?= of (?!end of period by))")
_AGAIN = re.compile(r"every (day|week) by (mon )?\d\d:\d\d")
_SAYS_HOW = re.compile(r" (?:at start|split)\b")
_EXCUSE = re.compile(r"\n  excused while [^\n]*")


def amended_duties(clauses: list[str], duties: Callable[[list[str]], list[str]]) -> list[str]:
    """The clauses of a draft with amendments, with duties that they change."""
    amendments = [text for text in clauses if text.startswith("amendment ")]
    before = [text for text in clauses if text not in amendments]
    random = Random("\n".join(clauses))
    word = random.choice(["at start", "split"])
    kept = [text if _SAYS_HOW.search(text) else judged_by(text, word) for text in duties(before)]
    gone: set[str] = set()
    whole = "\n".join(kept)
    found = []
    for text in amendments:
        head, *changes = re.split(r"\n  (?=[a-z])", text.removesuffix("\n}"))
        changes = [_as_amended(random, change, kept) for change in changes]
        changes = [change for change in changes if not _named(change, whole)]
        about = {_about(change) for change in changes}
        later = _later(random, _free(kept, gone, whole))
        if later:  # agreed upon only then
            kept.remove(later)
            changes.append(later.replace("\n", "\n  "))
            about.add(_about(later))
        for change in _changes(random, kept, gone, whole):
            if _about(change) not in about:
                about.add(_about(change))
                changes.append(change.replace("\n", "\n  "))
        gone |= {about for about in map(_about, changes) if f"remove {about}" in changes}
        if changes:
            found.append("\n  ".join([_signed(random, head), *changes]) + "\n}")
    return [*kept, *found]


def _signed(random: Random, head: str) -> str:
    """The head of an amendment, most often signed when what it changes was due already."""
    since = date.fromisoformat(re.search(r"from (\S+)", head)[1])  # type: ignore[index]
    if random.random() < 0.35:
        return head
    return re.sub(r"signed \S+", f"signed {since + timedelta(days=random.randint(1, 3))}", head)


def _about(change: str) -> str:
    """What a change is of: `obligation give`."""
    return " ".join(change.removeprefix("remove ").split()[:2])


def _named(change: str, text: str) -> bool:
    """Whether this would remove what another clause names."""
    name = change.rsplit(maxsplit=1)[-1]
    return change.startswith("remove ") and len(re.findall(rf"\b{name}\b", text)) > 1


def _as_amended(random: Random, change: str, clauses: list[str]) -> str:
    """A change of an obligation, most often with the excuse that it has now."""
    if not change.startswith("obligation ") or random.random() < 0.3:
        return change
    text = next((c for c in clauses if c.startswith(" ".join(change.split()[:3]))), "")
    excuse = _EXCUSE.search(text)
    return change if excuse is None else change[:-1] + f"{excuse[0][1:]}\n  }}"


def _changes(random: Random, clauses: list[str], gone: set[str], text: str) -> list[str]:
    """Some changes of deadlines and excuses, each of another obligation."""
    known = [c for c in clauses if c.startswith("obligation ") and _about(c) not in gone]
    timed = [c for c in known if _LAPSE.search(c) or _AGAIN.search(c)]
    daily = [c for c in known if "every day by" in c]
    excused = [c for c in known if _EXCUSE.search(c)]
    found = []
    for chosen, change, chance in (
        (daily, _other_time, 0.6), (timed, _other_time, 0.9), (timed, _other_time, 0.4),
        (excused, _other_excuse, 0.6),
        (_free(clauses, gone, text), lambda _, text: _gone(text), 0.4),
    ):  # fmt: skip
        if chosen and random.random() < chance:
            found.append(change(random, random.choice(chosen)))
    return found


def _later(random: Random, free: list[str]) -> str:
    """Seldom, one of these duties; or nothing."""
    return random.choice(free) if free and random.random() < 0.3 else ""


def _free(clauses: list[str], gone: set[str], text: str) -> list[str]:
    """The duties that are in force, and that nothing else in a text names."""
    found = [c for c in clauses if re.match(r"obligation (?!ob\d|soon)", c)]
    return [c for c in found if _about(c) not in gone and not _named(_gone(c), text)]


def _gone(text: str) -> str:
    return f"remove {_about(text)}"


def _other_time(random: Random, text: str) -> str:
    """The deadline, due earlier or later."""
    lapse = random.choice(["1min", "30min", "3h", "26h", "1 days", "2 days"])
    text = _LAPSE.sub(f"within {lapse}", text, count=1)
    return _AGAIN.sub(lambda m: f"every {m[1]} by {m[2] or ''}{random.choice(_TIMES)}", text)


_TIMES = ["06:00", "15:00", "18:30"]


def _other_excuse(random: Random, text: str) -> str:
    """The obligation, of which nothing is excused any longer, or by something else."""
    if "\n  vendor owes" not in text or random.random() < 0.5:
        return _EXCUSE.sub("", text)
    return _EXCUSE.sub("\n  excused while client breaches remind for all", text, count=1)
