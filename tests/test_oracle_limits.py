"""Sizes from which something else is done (a block, a table, a file) change no result.

They are so large that no small example reaches them: here they are small.
"""

from __future__ import annotations

import importlib
from functools import partial
from random import Random

import pytest
from generate.answers import Way, differences, engine, oracle_or_refusal, plan_of
from generate.examples import examples
from generate.files import FORMATS
from hypothesis import settings

from sladsl.folds.outages import OutageState
from sladsl.streams.read import units

LONG = not settings().derandomize  # `--hypothesis-profile=long`
PARTS = 8
POLICIES = 60 if LONG else 3  # in each part
FIRST = Random().randrange(3 * 10**9, 4 * 10**9) if LONG else 130_000

#: By module: names of sizes, and the values to try.
SIZES: dict[str, dict[str, tuple[int, ...]]] = {
    "calendar.ticks": {
        "_WORTH": (0,), "_BLOCK": (3, 16), "_FEWEST_TICKS": (1, 16), "_MOST_CELLS": (1, 64),
        "_TICKS_BY_EDGE": (1, 4),
    },
    "folds.conditions": {"_FEW": (0, 1)},
    "folds.choices": {"_TABLE": (0, 2)},
    "folds.fold": {"_BLOCK": (1, 7, 32)},
    "folds.grains": {"_TABLE": (0, 2)},
    "folds.keyed": {"_EVERY": (1, 3), "_FEW": (0, 4)},
    "folds.outage_counts": {"_ONE_BY_ONE": (0, 2), "_ADD_UP_AT": (1, 8)},
    "folds.outage_stretches": {"_UNITE_AT": (1, 4), "_FEW": (0, 2)},
    "folds.firsts": {"_FEW": (0, 2), "_HELD": (4, 16)},
    "folds.quantiles": {"_HELD": (4, 16), "_WORTH": (2, 8), "_MANY": (0, 2), "_SAMPLED": (1, 3)},
    "folds.sums": {"_FEW": (0, 2), "_EXACT": (0, 10**13)},
    "folds.table": {"_COMPACT_AT": (1, 16), "_DENSE": (0, 8)},
    "folds.tally": {"_BITS": (1, 2), "_CODES": (1, 16), "_FEW": (0, 1)},
    "runners.known": {"_HELD": (1, 2000), "_LEAST": (1, 2000)},
    "streams.arrow_rows": {"ROWS": (1, 7)},
    "streams.csv_rows": {"_FIRST": (1, 500), "_NEXT": (300, 1000), "_ROWS": (1, 7)},
    "streams.digest": {"_BLOCK": (1, 8), "_MANY": (0, 2)},
    "streams.ranges": {"_STEP": (1, 64)},
    "streams.views": {"_MANY": (0, 2)},
}  # fmt: skip


def make_small(patch: pytest.MonkeyPatch, random: Random) -> None:
    """Two sizes in three."""
    for module, names in SIZES.items():
        for name, values in names.items():
            own = importlib.import_module(f"sladsl.{module}")
            if random.random() < 2 / 3:
                patch.setattr(own, name, random.choice(values))
    small = partial(OutageState, limit=random.choice((1, 2000)))
    patch.setattr("sladsl.folds.outages.OutageState", small)
    patch.setitem(units.__kwdefaults__, "rows", random.choice((5, 20)))
    patch.setitem(units.__kwdefaults__, "size", random.choice((300, 1000)))


#: Mutants are tried on the first ones only (tests/README.md).
IDS = [f"{'first' if part < 2 else 'later'}-{part}" for part in range(PARTS)]


@pytest.mark.parametrize("part", range(PARTS), ids=IDS)
def test_sizes_of_blocks_and_tables_make_no_difference(part: int) -> None:
    first = FIRST + part * POLICIES
    for policy in range(first, first + POLICIES):
        plan = None
        for example in examples(policy, 2, large=True):
            plan = plan or plan_of(example.draft.text)
            rows, as_of = example.rows, example.as_of
            random = Random(example.number)
            way = Way(
                random.choice(FORMATS), random, random.randint(1, 3), held=random.random() < 0.75
            )
            with pytest.MonkeyPatch.context() as patch:
                make_small(patch, random)
                said = engine(plan, rows, as_of, way)
            found = differences(said, oracle_or_refusal(plan, rows, as_of))
            assert not found, "\n".join([f"{way}", *found[:3], example.shown()])
