"""An agreement with amendments means what its parts mean, each as an agreement by itself."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, get_type_hints

import pytest
from generate.answers import Way, engine, plan_of
from generate.examples import Example, examples

from sladsl.pipeline import examine
from sladsl.plan import model as p
from sladsl.plan.instants import instant
from sladsl.plan.lives import _NAMES
from sladsl.prose.in_force import consolidated, in_force
from sladsl.records import Record, fields
from sladsl.source import Source

DAY = 86400 * 10**9

#: Fields of a plan that name something that an amendment can change.
NAMING = frozenset({"stream", "base", "calendar", "outage"})


def test_every_name_in_a_plan_is_renamed_with_what_it_names() -> None:
    kinds = [k for k in vars(p).values() if isinstance(k, type) and issubclass(k, Record)]
    names = (str, str | None)
    found = {
        (kind.__name__, field) for kind in kinds for field in fields(kind)
        if field in NAMING and get_type_hints(kind)[field] in names
    }  # fmt: skip
    assert ("RowAggregate", "stream") in found
    assert not found - _NAMES.keys()


def amended(first: int, last: int) -> Iterator[Example]:
    """Generated examples of agreements whose amendments are all signed at as-of."""
    for policy in range(first, last):
        for example in examples(policy, 1):
            if "\namendment am" in example.draft.text and " split" not in example.draft.text:
                yield example


def states(text: str) -> list[tuple[int, str]]:
    """From when on the agreement stands how (ns), as a policy without amendments."""
    contract, _ = examine(Source("a.sla", text))
    assert contract is not None
    zone, count = contract.agreement.zone, len(contract.amended)
    found = [(-(1 << 62), consolidated(in_force(contract, "", 0)))]
    for number in range(1, count + 1):
        since = instant(contract.amended[number - 1][0].start, zone)
        found.append((since, consolidated(in_force(contract, "", number))))
    return found


def judged(text: str, example: Example, as_of: int) -> dict[Any, Any] | None:
    """What each verdict says, by promise, group and period; nothing of a refusal."""
    said = engine(plan_of(text), example.rows, as_of, Way())
    if isinstance(said, str):
        return None
    return {
        key: (v["word"], v["value"], v["promise"][4:], v["rows"], v["failing"], v["measured"])
        for key, v in said["verdicts"].items()
    }


@pytest.mark.parametrize("part", range(3))
def test_each_period_is_judged_as_by_the_terms_at_its_start(part: int) -> None:
    looked_at = changed = 0
    for example in amended(part * 60, part * 60 + 60):
        text = example.draft.text
        plan = plan_of(text)
        as_of = max(example.as_of or 0, *(a.signed for a in plan.amendments), plan.term[0] + DAY)
        whole = judged(text, example, as_of)
        if whole is None or plan.renewal is not None:
            continue  # a term that was renewed is another one under other terms
        parts = [(since, judged(own, example, as_of)) for since, own in states(text)]
        ends = [since for since, _ in parts[1:]] + [1 << 62]
        expected: dict[Any, Any] = {}
        for (since, own), until in zip(parts, ends, strict=True):
            if own is None:
                break
            kept = {key: value for key, value in own.items() if since <= key[2] < until}
            expected |= kept
            changed += since > 0 and bool(kept)
        else:
            assert whole == expected, example.shown()
            looked_at += 1
    assert looked_at
    assert changed


def test_the_order_of_signatures_doesnt_change_what_is_agreed() -> None:
    """Once all is signed, when it was is told, and changes no verdict."""
    random = Random(3)
    for example in amended(0, 24):
        text = example.draft.text
        plan = plan_of(text)
        late = plan.term[0] + random.randint(100, 200) * DAY
        whole = judged(text, example, late)
        other = text
        for amendment in plan.amendments:
            other = _signed(other, amendment.name, "2026-01-01")
        if whole is not None:
            assert judged(other, example, late) == whole


def _signed(text: str, name: str, day: str) -> str:
    head, tail = text.split(f"amendment {name} signed ")
    return f"{head}amendment {name} signed {day}{tail[10:]}"
