"""The sets of the shipped policies come to what their READMEs work out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from commands import FIXTURES, POLICIES, sladsl, valid
from worked import WORKED, Worked


def judged(worked: Worked) -> Any:
    chosen = [] if worked.obligation is None else ["--obligation", worked.obligation]
    done = sladsl(
        "eval", POLICIES / f"{worked.policy}.sla", "--data", FIXTURES / worked.policy / worked.name,
        "--as-of", worked.as_of, "--format", "json", *chosen,
    )  # fmt: skip
    assert done.exit_code in (0, 1, 3), done.stderr
    return valid(done.stdout)


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: f"{worked.policy}-{worked.name}")
def test_a_set_comes_to_what_was_worked_by_hand(worked: Worked) -> None:
    document = judged(worked)
    found = {
        (v["obligation"], v["requirement"], v["period"]["label"], tuple(v["group"].values())): (
            v["verdict"].replace("_", " "),
            v["value"] and v["value"]["exact"],
        )
        for v in document["verdicts"]
    }
    for *about, verdict, exact in worked.verdicts:
        word, figure = found[tuple(about)]  # type: ignore[index]
        assert word == verdict, about
        assert exact is None or figure == exact, about
    due = {(s["direction"], s["period"]): s["payable"] for s in document["statement"]}
    for direction, period, payable in worked.payable:
        assert due[direction, period] == payable, (direction, period)
