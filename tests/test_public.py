"""Agreements that were published: each is what it says, and its own tests reach all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commands import POLICIES, ROOT, codes, sladsl
from hypothesis import settings
from policy_mutants import mutants, noticed

from sladsl.cli.files import bases, read_policy
from sladsl.contract.model import Contract
from sladsl.pipeline import compiled, examine

PUBLIC = sorted((POLICIES / "public").glob("*.sla"))
LONG = not settings().derandomize  # `--hypothesis-profile=long`
#: Of the changes of a policy every so many are tried, but for the long profile.
EACH = 1 if LONG else 4

#: Changes that change nothing, or that no measurements could show: by policy, with the reason.
SAME = {
    "atlassian": {
        "available uptime: target 0.999 a hair up": "no month has 99.9 % in whole minutes",
        "available_as_shown shown: target 0.999 a fifth down": "the figure is in tenths of a percent",
    },
    "atlassian_enterprise": {
        "target 0.9995 a hair up": "no month has 99.95 % in whole minutes",
        "target 0.9995 a fifth down": "of the figure in tenths of a percent, and of 30 days",
    },
    "aws_rds": {
        "available uptime multi_az: target 0.9995 a hair up": "not in whole minutes of a month",
    },
    "azure_vm": {
        "`otherwise: premium`: left out": "in one of the two that it stands for, all have arms",
        "`pair`: left out": "fields of the same name belong together",
    },
    "call_centre": {
        "of_waiting `answered`: left out of `and`": "who waited at most 20 s was answered",
        "`answered`: left out of `and`": "who waited at most 20 s was answered",
    },
    "github": {
        "`above 99.0%`: left out": "of two tiers that hold the inner one counts",
        "available  `at most 99.0%: 25% of fee`: 0.99 a fifth up": "the inner one counts",
        "available uptime: target 0.999 a hair up": "no quarter has 99.9 % in whole minutes",
    },
    "google_compute": {
        "`1min`: left out": "what is shorter is rounded down to nothing",
        "`1min`: -1 s": "what is shorter is rounded down to nothing",
        "available uptime: target 0.9999 a hair up": "not in whole minutes of a month",
    },
    "managed_desk": {
        "`otherwise: P4`: left out": "in one of the three that it stands for, all have arms",
    },
    "slack": {"`for all`: left out": "maintenance has no field that probes have"},
}


def contract_of(path: Path) -> Contract:
    contract, findings = examine(read_policy(str(path)), bases(str(path)))
    assert contract is not None, findings
    return contract


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.stem)
def test_it_is_checked_and_formatted(path: Path) -> None:
    done = sladsl("check", path)
    assert done.exit_code == 0, done.output
    assert done.output.endswith(": ok\n"), done.output
    assert sladsl("fmt", "--check", path).exit_code == 0


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.stem)
def test_it_passes_its_own_tests(path: Path) -> None:
    done = sladsl("test", path)
    assert done.exit_code == 0, done.output
    assert re.search(r"^[1-9]\d* tests?: ", done.output, re.MULTILINE), done.output


@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.stem)
def test_its_own_tests_notice_every_change(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tier, both sides of each edge, every exclusion, claim, cap, condition and number."""
    contract = contract_of(path)
    found = mutants(contract, compiled(contract))
    if contract.policy.levels:  # the rest is tested where it stands
        found = [mutant for mutant in found if ": target " in mutant.what]
    same = SAME.get(path.stem, {})
    first = len(path.stem) % EACH
    tried = [m for m in found[first::EACH] if not any(m.what.endswith(what) for what in same)]
    assert tried
    assert [m.what for m in tried if not noticed(m, monkeypatch)] == []
    if LONG:
        assert {what for what in same if not any(m.what.endswith(what) for m in found)} == set()


# ---- what the text of an agreement leaves open ----


def test_the_edges_that_github_left_open_are_found(tmp_path: Path) -> None:
    """At 99.0 % nothing was said, and 99.9 % is what was promised and paid for all the same."""
    text = (POLICIES / "public" / "github.sla").read_text("utf-8")
    read = "{ above 99.0% and below 99.9%: 10% of fee  at most 99.0%: 25% of fee }"
    assert read in text
    published = "{ above 99.0% and at most 99.9%: 10% of fee  below 99.0%: 25% of fee }"
    path = tmp_path / "github.sla"
    path.write_text(text.replace(read, published), "utf-8")
    done = sladsl("check", path)
    assert done.exit_code == 2
    print(done.stderr)
    assert codes(done) == []


# ---- worked figures ----

#: What the texts of agreements and their readers have worked out, and where it is expected.
WORKED = [
    ("45 of 44,640 minutes are 99.8992 %", "twilio", "breached at 44595min / 44640min"),
    ("60 of 43,200 minutes are 99.8611 %, a tenth", "atlassian", "breached at 43140min / 43200min"),
    ("43,140 of 43,200 minutes miss 99.9 %", "atlassian", "breached at 43140min / 43200min"),
    (
        "and meet it rounded half up to 0.1 %",
        "atlassian",
        'available_as_shown for "jira" in 2025-04 met at 99.9%',
    ),
    ("99.9 % of 30 days leaves 43 min 12 s", "azure_vm", "to 2026-09-01T00:43:12"),
    ("at 98.0 % Standard pays a quarter", "aws_s3", 'standard, "eu" in 2026-04 == 50.00 USD'),
    ("and Infrequent Access a tenth", "aws_s3", 'infrequent, "eu" in 2026-04 == 30.00 USD'),
]
