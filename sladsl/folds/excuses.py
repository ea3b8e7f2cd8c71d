"""What excuses: the time from due to done of what another party did late or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from sladsl.folds.deadlines import Context, Occasion, instances
from sladsl.folds.pauses import Spans
from sladsl.folds.table import Ints
from sladsl.folds.told import told
from sladsl.plan import model as p
from sladsl.plan.uses import excuses

__all__ = ["Occasions", "excuse_spans"]

#: What starts deadlines where no rows do: breaches, or ends of periods.
Occasions: TypeAlias = Mapping[p.DeadlinePlan, Sequence[Occasion]]


def excuse_spans(plan: p.Plan, context: Context, occasions: Occasions) -> dict[str, Spans]:
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
                found[name] = _spans(
                    own, context.but(pauses=found), occasions, sorted(fields[name])
                )
                del left[name]
    return found


def _spans(
    deadlines: Sequence[p.DeadlinePlan],
    context: Context,
    occasions: Occasions,
    fields: Sequence[str],
) -> Spans:
    """The spans of all deadlines of one obligation, by the codes of some fields of the triggers."""
    starts, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    over = [np.zeros(0, np.bool_)]
    waiting: list[int] = []
    keys: Mapping[str, list[Ints]] = {name: [np.zeros(0, np.int64)] for name in fields}
    present = {name: [np.zeros(0, np.bool_)] for name in fields}
    for deadline in deadlines:
        found = instances(deadline, context, occasions.get(deadline, ()))
        broken = np.flatnonzero(found.over & ~found.excused & ~found.excusable)
        starts.append(found.due[broken])
        waiting += found.due[found.excusable | found.unsure].tolist()
        ends.append(np.where(found.answered, found.done, context.as_of)[broken])
        over.append(found.answered[broken])
        about = [found.about[i] for i in broken.tolist()]
        for name in fields:
            values, known = told(deadline, context.listed, found.row[broken], about, name)
            keys[name].append(values)
            present[name].append(known)
    return Spans(
        {name: np.concatenate(parts) for name, parts in keys.items()},
        {name: np.concatenate(parts) for name, parts in present.items()},
        np.concatenate(starts),
        np.concatenate(ends),
        np.concatenate(over),
        min(waiting, default=None),
    )
