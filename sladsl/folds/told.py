"""What instances of deadlines are about, as codes: by the row, or the group, that started each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from sladsl.folds.conditions import Mask
from sladsl.folds.listings import Listed
from sladsl.folds.table import Ints
from sladsl.plan import model as p

__all__ = ["About", "told"]

About: TypeAlias = tuple[tuple[str, str], ...]


def told(
    plan: p.DeadlinePlan,
    listed: Mapping[p.Listing, Listed],
    rows: Ints,
    about: Sequence[About],
    name: str,
) -> tuple[Ints, Mask]:
    """The values of a field for n instances, and which there are; without a name all are alike.

    `rows` are the listed rows that started them, `about` what breaches say that did.
    """
    if not name:
        return np.zeros(len(rows), np.int64), np.ones(len(rows), np.bool_)
    if plan.anchor in ("row", "rows"):
        triggers = listed[plan.rows if plan.triggers is None else plan.triggers]
        if name not in triggers.plan.fields:  # terms that didn't know it
            return np.zeros(len(rows), np.int64), np.zeros(len(rows), np.bool_)
        values, present = triggers.values(name)
        return values[rows].astype(np.int64), present[rows]
    field = next((group for group in plan.groups if group.name == name), None)
    if field is None:
        return np.zeros(len(rows), np.int64), np.zeros(len(rows), np.bool_)
    texts = [dict(one).get(name) for one in about]
    code = listed[plan.rows].vocabulary.code
    codes = [-1 if text is None else _code(field, text, code(text)) for text in texts]
    present = np.array([text is not None for text in texts], np.bool_)
    return np.array(codes, np.int64), present


def _code(field: p.GroupField, text: str, word: int) -> int:
    """A value as rows have it; `word` is the number of the text."""
    if field.kind in ("enum", "bool"):
        return field.values.index(text)
    return int(text) if field.kind == "int" else word
