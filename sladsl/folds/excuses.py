"""What excuses: the time from due to done of what another party did late or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sladsl.folds.deadlines import Context, instances
from sladsl.folds.pauses import Spans
from sladsl.folds.table import Ints
from sladsl.plan import model as p
from sladsl.plan.uses import excuses

__all__ = ["excuse_spans"]


def excuse_spans(plan: p.Plan, context: Context) -> dict[str, Spans]:
    """The spans that excuses pause clocks by, by their names.

    What is excused itself excuses nothing: an obligation comes after those that excuse it.
    """
    found: dict[str, Spans] = {}
    left = {pause.stream: pause for pause in excuses(plan)}
    fields: dict[str, set[str]] = {}
    for pause in excuses(plan):
        fields.setdefault(pause.stream, set()).add(pause.right)
    while left:
        for name in list(left):
            own = [d for d in plan.deadlines if p.excuse_of(d.obligation) == name]
            if not any(e.stream in left for d in own for e in d.excuses):
                found[name] = _spans(own, context.but(pauses=found), sorted(fields[name]))
                del left[name]
    return found


def _spans(deadlines: Sequence[p.DeadlinePlan], context: Context, fields: Sequence[str]) -> Spans:
    """The spans of all deadlines of one obligation, by the codes of some fields of the triggers."""
    starts, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    over = [np.zeros(0, np.bool_)]
    keys: Mapping[str, list[Ints]] = {name: [np.zeros(0, np.int64)] for name in fields}
    present = {name: [np.zeros(0, np.bool_)] for name in fields}
    for deadline in deadlines:
        found = instances(deadline, context)
        broken = np.flatnonzero(found.over & ~found.excused & ~found.excusable)
        starts.append(found.due[broken])
        ends.append(np.where(found.answered, found.done, context.as_of)[broken])
        over.append(found.answered[broken])
        rows = context.listed[deadline.rows if deadline.triggers is None else deadline.triggers]
        which = found.row[broken]
        for name in fields:
            if not name:  # of no field: it is about all rows
                keys[name].append(np.zeros(len(which), np.int64))
                present[name].append(np.ones(len(which), np.bool_))
                continue
            values, known = rows.values(name)
            keys[name].append(values[which].astype(np.int64))
            present[name].append(known[which])
    return Spans(
        {name: np.concatenate(parts) for name, parts in keys.items()},
        {name: np.concatenate(parts) for name, parts in present.items()},
        np.concatenate(starts),
        np.concatenate(ends),
        np.concatenate(over),
    )
