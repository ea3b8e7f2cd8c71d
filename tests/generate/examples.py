"""Examples: a policy, rows of its streams, a moment of knowledge; each from one number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from generate.policies import Draft, drafts
from generate.rows import Maker, Row

__all__ = ["Example", "examples"]


@dataclass(frozen=True)
class Example:
    """What is judged. `number` is what it was made from."""

    number: int
    draft: Draft
    rows: dict[str, list[Row]]
    as_of: int | None

    def shown(self) -> str:
        """All that somebody needs who wants to see it fail."""
        parts = [f"example {self.number}", self.draft.text, f"as of {self.as_of}"]
        for name, own in self.rows.items():
            parts += [f"{name}:", *(f"  {row}" for row in own)]
        return "\n".join(parts)

    def with_rows(self, rows: dict[str, list[Row]]) -> Example:
        """The same with other rows."""
        return replace(self, rows=rows)


def examples(policy: int, each: int, *, large: bool = False) -> Iterator[Example]:
    """Examples of one made-up policy: `each` sets of rows, few of them or all `large`."""
    draft = drafts(Random(policy))
    short = (draft.end - draft.start).days <= 10
    for number in range(policy * each, policy * each + each):
        random = Random(f"rows {number}")
        maker = Maker(random, draft)
        size = random.randint(200, 600) if short and random.random() < 0.15 else None
        if large:
            size = random.randint(40, 120)
        rows = maker.streams(size)
        yield Example(number, draft, rows, maker.as_of(rows))
