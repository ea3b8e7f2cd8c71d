"""The tests in the shipped policies, and the sets of `fixtures/`, reach every clause of them."""

from __future__ import annotations

import pytest
from commands import POLICIES
from hypothesis import settings
from policy_mutants import mutants, noticed
from shipped_sets import runs

from sladsl.cli.files import bases, read_policy
from sladsl.pipeline import examine

LONG = not settings().derandomize  # `--hypothesis-profile=long`
#: Of the changes of a policy every so many are tried, but for the long profile.
EACH = {"hosting": 8, "service_desk": 3, "leads": 1}

#: Changes that change nothing, or that no measurements could show: by policy, with the reason.
SAME = {
    "hosting": {
        "`rounding half even to 0.01 EUR`: left out": "as it is where nothing is said",
        "`counted from onset`: left out": "as it is where nothing is said",
        "97:30 `100%`: -0.2": "a month costs half of its fee at most",
        "97:30 `100%`: +0.2": "a month costs half of its fee at most",
        "target 0.9999 a hair up": "five minutes are more than that of a month",
    },
    "service_desk": {
        "72:62 `office`: left out": "no obligation names the time to repair",
        "`resolved is present`: left out": "no obligation names the time to repair",
        "`8% of fee`: left out": "four priorities come to no more",
        "`8%`: +0.016": "four priorities come to no more",
        "reply: without `limit`": "four priorities come to no more",
    },
    "leads": {"intern: target 0 a fifth down": "no count is below 0"},
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", SAME)
def test_tests_and_sets_notice_every_change(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tier, both sides of each edge, every exclusion, claim, cap, condition and number."""
    path = POLICIES / f"{name}.sla"
    contract, findings = examine(read_policy(str(path)), bases(str(path)))
    assert contract is not None, findings
    found, each = mutants(contract), 1 if LONG else EACH[name]
    same = SAME[name]
    tried = [m for m in found[::each] if not any(m.what.endswith(what) for what in same)]
    assert tried
    sets = runs(name)
    assert [m.what for m in tried if not noticed(m, monkeypatch, sets)] == []
    assert {what for what in same if not any(m.what.endswith(what) for m in found)} == set()
