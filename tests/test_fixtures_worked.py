"""The sets of the shipped policies come to what their READMEs work out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from commands import FIXTURES, POLICIES, sladsl, valid
from worked import WORKED, Worked, differences


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
    assert differences(worked, judged(worked)) == []
