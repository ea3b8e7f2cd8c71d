"""Obligations of a draft whose breach is worth days or months of service, which are no money."""

from __future__ import annotations

import re
from random import Random

__all__ = ["in_service"]

_LINE = re.compile(
    r"  (?P<head>(?:credit|penalty)(?: once| each)(?: on \w+)? )(?P<payout>.*?)"
    r"(?P<every> for every .*?)?(?P<limit>, at most [^,{}]*?)?(?P<also> also when met)?"
)
_PLAIN = re.compile(r"\d+(?:\.\d+)?(?:% of fee| EUR)")
_UNITS = {"day": ("days", "days", "weeks"), "month": ("months", "months", "quarters")}


def in_service(obligations: list[str]) -> list[str]:
    """The same, some of them paid in service; by draws of its own, so that others stay."""
    found, paid = [], set()
    for text in obligations:
        random = Random(text)
        unit = random.choice(["day", "day", "month"])
        served = _served(random, text, unit) if random.random() < 0.15 else None
        found.append(served or text)
        if served is not None:
            paid |= {(word, unit) for word in re.findall(r"^  (credit|penalty) ", served, re.M)}
    random = Random("".join(found))
    for word, unit in sorted(paid):
        if random.random() < 0.4:
            total = {"credit": "credits", "penalty": "penalties"}[word]
            amount = f"{random.choice([1, 2, 5])} {unit}s of service"
            found.append(f"cap {total} at {amount} per {random.choice(['quarter', 'year'])}")
    known = [re.match(r"cap (\w+) at .* per (\w+)$", text) for text in found]
    about = [None if m is None else m.groups() for m in known]  # one cap on a total and period
    return [x for n, x in enumerate(found) if about[n] is None or about[n] not in about[:n]]


def _served(random: Random, text: str, unit: str) -> str | None:
    """An obligation with service in place of money; None: an amount of it stands for no length."""
    lines, count = [], 0
    for line in text.split("\n"):
        if line.startswith(("  bonus", "  paid only above")):
            continue
        if not line.startswith(("  credit", "  penalty")):
            lines.append(line)
            continue
        parts = _LINE.fullmatch(line)
        if parts is None:
            return None
        payout = parts["payout"]
        if "{" not in payout:
            payout = _length(random, unit, random.randint(1, 4))
        else:
            for number in range(len(_PLAIN.findall(payout))):  # the amounts rise
                payout = _PLAIN.sub(f"{2 * number + 1} {unit}s of service", payout, count=1)
            if re.search(r" of (?!service)|fee|before|[*(+]", payout.replace("greatest of {", "")):
                return None
        limit = f", at most {random.choice([2, 7])} {unit}s of service" if parts["limit"] else ""
        lines.append(f"  {parts['head']}{payout}{parts['every'] or ''}{limit}{parts['also'] or ''}")
        count += 1
    return "\n".join(lines) if count else None


def _length(random: Random, unit: str, count: int) -> str:
    return f"{count} {random.choice(_UNITS[unit])} of service"
