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
from sladsl.pipeline import examine

PUBLIC = sorted((POLICIES / "public").glob("*.sla"))
LONG = not settings().derandomize  # `--hypothesis-profile=long`
#: Of the changes of a policy every so many are tried, but for the long profile.
EACH = 1 if LONG else 4

#: Changes that change nothing, or that no measurements could show: by policy, with the reason.
SAME = {
    "atlassian": {
        "available uptime: target 0.999 a hair up": "no month has 99.9 % in whole minutes",
        "available_of_30_days of_30d: target 0.999 a hair up": "nor have 30 days",
        "shown: target 0.999 a fifth down": "the figure is in tenths of a percent",
        "uptime: target 0.9995 a hair up": "nor has one 99.95 %",
        "of_30d: target 0.9995 a hair up": "nor have 30 days",
        "shown: target 0.9995 a hair up": "the figure is in tenths of a percent",
        "shown: target 0.9995 a fifth down": "the figure is in tenths of a percent",
    },
    "aws_ec2_2008": {
        "`1min`: -1": "it is claimed as the period ends",
        "`1min`: +1": "it is claimed as the period ends",
    },
    "aws_rds": {
        "available uptime multi_az: target 0.9995 a hair up": "not in whole minutes of a month",
    },
    "azure_vm": {
        "`otherwise: premium`: left out": "in one of the two that it stands for, all have arms",
        "`pair`: left out": "fields of the same name belong together",
    },
    "campus_mail": {
        "`excluded`: left out": "as it is where nothing is said",
        "`not small`: left out": "small works are updates, which come first",
        "`accountable it`: left out": "it says whose duty it is, and nothing else",
        "`consulted faculties`: left out": "so does this",
        "`measured by it`: left out": "and this",
        "104:42 `for all`: left out": "letters are of no groups",
        "`reported by it`: left out": "and this",
    },
    "github": {
        "`above 99.0%`: left out": "of two tiers that hold the inner one counts",
        "available  `at most 99.0%: 25% of fee`: 0.99 a fifth up": "the inner one counts",
        "available uptime: target 0.999 a hair up": "no quarter has 99.9 % in whole minutes",
    },
    "google_compute": {
        "`1min`: left out": "what is shorter is rounded down to nothing",
        "`1min`: -1 s": "what is shorter is rounded down to nothing",
        "`50%`: +0.1": "the last tier comes to no more",
        "`cap credits at 50% of bill per month`: without it": "the last tier comes to no more",
        "available uptime: target 0.9999 a hair up": "not in whole minutes of a month",
    },
    "google_workspace": {
        "94 `15 days`: +1": "no more than fifteen are paid for a month",
        "available uptime: target 0.999 a hair up": "no month has 99.9 % in whole minutes",
    },
    "google_storage": {
        "`50%`: +0.1": "the last tier comes to no more",
        "`cap credits at 50% of bill per month`: without it": "the last tier comes to no more",
    },
    "leased_line": {
        "service availability: target 0.999 a hair up": "no month has 99.9 % in whole minutes",
    },
    "managed_desk": {
        "`otherwise: P4`: left out": "in one of the three that it stands for, all have arms",
    },
    "microsoft_365": {"`for all`: left out": "maintenance has no field that others have"},
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


@pytest.mark.thorough
@pytest.mark.parametrize("path", PUBLIC, ids=lambda path: path.stem)
def test_its_own_tests_notice_every_change(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tier, both sides of each edge, every exclusion, claim, cap, condition and number."""
    contract = contract_of(path)
    found = mutants(contract)
    same = SAME.get(path.stem, {})
    chosen = found[len(path.stem) % EACH :: EACH]
    tried = [m for m in chosen if not any(m.what.endswith(what) for what in same)]
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
    assert codes(done) == ["SLA407", "SLA410"], done.stderr
    assert "a figure at exactly 99% pays nothing" in done.stderr
    assert "a figure at exactly 99.9% keeps the promise and pays" in done.stderr


# ---- worked figures ----

#: What the texts of agreements, or their readers, work out: the policy, and an expectation in it.
WORKED = {
    "45 of 44,640 minutes: 99.8992 %": ("twilio", "breached at 44595min / 44640min"),
    "60 of 43,200 minutes: 99.8611 %": ("atlassian", "breached at 43140min / 43200min"),
    "of which a tenth is paid": ("atlassian", "credits in 2025-04 == 100.00 USD"),
    "rounded half up to 0.1 % it is met": ("atlassian", '"jira" in 2025-04 met at 99.9%'),
    "exactly 98.0 %": ("aws_s3", '"eu" in 2026-04 breached at 98%'),
    "at which Standard pays 25 %": ("aws_s3", 'standard, "eu" in 2026-04 == 50.00 USD'),
    "and Infrequent Access 10 %": ("aws_s3", 'infrequent, "eu" in 2026-04 == 30.00 USD'),
    "exactly 43 min 12 s of 30 days": ("azure_vm", '"a", premium in 2026-09 met at 99.9%'),
    "exactly 99.0 %, which is uncovered": ("github", "pages in 2019-Q1 breached at 99%"),
    "is read as 25 %": ("github", "pages in 2019-Q1 == 15.75 USD"),
    "7.2 hours are not over 7.2 hours": ("fastly", "leave in 2024-04 not open"),
    "43.8 minutes are 43 min 48 s": ("fastly", "available in 2024-04 met at 2628s"),
    "ten times what was paid": ("slack", "credits in 2024-Q3 == 4.70 USD"),
    "more than six minutes of a clock hour": ("aws_ec2", "2025-03-10T12 breached at 3239s / 3600s"),
    "53 periods of five minutes in 365 days": (
        "aws_ec2_2008",
        "breached at 525335min / 525600min",
    ),
    "over 1 USD": ("aws_s3", "credits in 2026-04 == 1.01 USD"),
}


@pytest.mark.parametrize("what", WORKED)
def test_what_was_worked_out_is_expected(what: str) -> None:
    name, expected = WORKED[what]
    contract = contract_of(POLICIES / "public" / f"{name}.sla")
    said = [" ".join(e.span.text.split()) for test in contract.tests for e in test.expect]
    assert [one for one in said if one.endswith(expected)]


def test_the_budget_of_thirty_days(tmp_path: Path) -> None:
    """99.9 % of them leave 43 min 12 s, less what was down: the first minute."""
    rows = {
        "machines": "seen,machine,has_ssd,has_hdd,up\n"
        "2026-09-01T00:00:00Z,m,false,false,false\n2026-09-01T00:01:00Z,m,false,false,true\n",
        "machine_charges": "day,machine,lowest,amount\n",
        "claims": "sent,pair,machine\n",
    }
    for stream, text in rows.items():
        (tmp_path / f"{stream}.csv").write_text(text, "utf-8")
    policy = POLICIES / "public" / "azure_vm.sla"
    options = ("--obligation=single", "--as-of=2026-09-01T00:01:00Z")
    done = sladsl("budget", policy, "--data", tmp_path, *options)
    assert "42 min 12 s" in done.output


# ---- the map of features ----

#: What each feature that published agreements need looks like in policies that ship, as in the
#: table in `grammar/README.md`.
FEATURES: list[dict[str, tuple[str, ...]]] = [
    {
        "public/aws_s3": (
            r"100% - mean of \w+ over windows of 5min, empty as 0%",
            "min of .* each",
        ),
        "public/aws_lambda": ("mean of \\w+ over windows of 5min, empty as 100%",),
        "public/google_storage": ("mean of \\w+ over windows of 5min, empty as 0%",),
        "object_storage": ("over windows of 5min, empty as 0%",),
    },
    {
        "public/atlassian": ("windows of 1min where errors > 5%",),
        "public/github": ("windows of 1min where errors > 5% or monitored > 0%",),
        "public/call_centre": ("of_offered >= 80% or offered < 5", "applies where offered >= 20"),
    },
    {
        "hosting": ("lasting at least 5min",),
        "public/google_compute": ("lasting at least 1min", "rounded down to 1min"),
        "public/leased_line": ("rounded up to 1min",),
    },
    {
        "public/aws_rds": ("windows of 1min where reached == 0%",),
        "public/field_service": (r"\(count of visits on ticket == id\) <= 1",),
        "public/aws_ec2": ("at once for every instance", "at once for at least 2 zone"),
        "public/aws_s3": ("min of by_kind over each kind",),
        "public/azure_vm": ("match has_hdd and has_ssd",),
        "public/fastly": ("in 3 months in a row",),
    },
    {
        "public/aws_ec2": ("per month for each region",),
        "public/atlassian": ("share of time outside down of 30 days",),
        "public/azure_vm": ("measured during spans of running on pair, the rest counts as excl",),
        "public/slack": ("excluding announced_maintenance",),
        "public/aws_ec2_2008": ("share of time outside unavailable of 365 days",),
        "public/microsoft_365": ("weighted by users, overlaps add up",),
    },
    {
        "public/github": ("per quarter",),
        "public/aws_ec2": ("per hour for each instance", "per month for each"),
        "public/call_centre": (
            "year starts in feb",
            "per quarter",
            "per 28 days every 1 day",
            "per day",
        ),
        "public/aws_ec2_2008": ("per 365 days before claims.sent for each region",),
        "public/fastly": ("require incidents.responded .* of incidents.reported",),
        "public/campus_mail": ("month starts on day 15", "per month split", "at start prorated"),
    },
    {
        "hosting": ("counted from onset", "counted from notices.sent where"),
        "public/ovh": ("counted from tickets.opened where part == network",),
    },
    {
        "hosting": ("where announced <= starts - 72h", "at most 4h per month", "for all"),
        "public/slack": ("where announced <= starts - 48h", "at most 10h per year"),
        "public/linode": ("where announced <= starts - 24h",),
        "public/call_centre": ("windows of 30min where offered > 30 at most 2 per month",),
    },
    {
        "public/github": ("above 99.0% and below 99.9%: 10% of fee at most 99.0%: 25% of fee",),
        "public/azure_vm": ("credit each match lowest {",),
        "public/ovh": ("for every 10min begun of network_lost", "for every 1h begun of machine_"),
        "public/slack": ("credit once 10 \\* fee during down",),
        "public/aws_ec2": ("without claim",),
        "public/google_workspace": ("below 99.9%: 3 days of service",),
        "public/leased_line": (
            r"greatest of { on availability .* on speed {",
            r"\(100% - availability\) of fee in month before",
            "instead of service",
            "returned if met for 3 months",
        ),
        "public/field_service": (
            "credit each 1 day of fee for every 1h begun of lateness, at most 100% of fee",
            "charge each 95.00 GBP for tickets where kind == break_fix",
        ),
    },
    {
        "public/aws_s3": ("10% of spend", "paid only above 1.00 USD"),
        "public/aws_ec2": ("sum of amount in charges where not one_time",),
        "public/atlassian": ("cap credits at 100% of fee per month",),
        "public/github": ("cap credits at 90 days of fee per quarter",),
        "public/google_workspace": ("cap credits at 15 days of service per month",),
        "public/google_compute": ("cap credits at 50% of bill per month",),
        "public/ovh": ("at most 100% of fee",),
        "hosting": ("cap credits at 3 months of fee per year",),
    },
    {
        "hosting": ("within 30 days of end of period by notices",),
        "public/aws_rds": ("claim by end of 2 months after end of period by claims",),
        "public/atlassian": ("claim within 15 days of end of period by claims",),
        "public/leased_line": (
            "claim within 5 days in workdays of onset by notices where kind ==",
        ),
    },
    {
        "hosting": ("breached in 3 of 6 months", "within 60 days"),
        "public/fastly": (
            "lost > 7.2h in 1 month",
            "lost > 43.8min in 3 months in a row",
            "respond breached 3 times in 3 months",
            "within 30 days",
        ),
    },
    {
        "public/atlassian": ("rounded half up to 0.1%",),
        "public/google_compute": ("rounded down to 1min",),
        "hosting": ("rounding half even to 0.01 EUR",),
    },
    {
        "public/fastly": ('closed on holidays of all "US", "GB", "JP"',),
        "service_desk": ("pausing: ", "in: "),
        "public/field_service": (
            "by 17:00 on 1 workday after tickets.opened in workshop on id == ticket",
            "calendar anywhere = london or california or tokyo",
            "closed from 2025-08-01T12:00 to 2025-08-11T00:00",
        ),
        "public/managed_desk": (
            "match impact and urgency {",
            "in: match class { P1: always, otherwise: office }",
            "pausing: asked on id == ticket",
            "last of changes by id, placed at opened",
        ),
    },
    {
        "public/call_centre": ("of_waiting >= 80% per month require of_patient >= 80% per month",),
        "public/managed_desk_warehouse": ('based on "managed_desk.sla"',),
    },
    {
        "hosting": ("amendment a1 .* signed 2026-03-20 from 2026-04-01", "plan gold {"),
        "public/atlassian": ("plan premium {", "plan enterprise {"),
        "public/twilio": ("plan standard {", "plan enterprise {"),
        "public/azure_vm": ("measured during spans of running",),
        "public/linode": ("members of created by server",),
    },
    {
        "hosting": ("missing data counts as down", "records of acme decide"),
        "public/atlassian": ("missing data counts as up", "records of atlassian decide"),
    },
]


def features() -> list[tuple[str, list[str]]]:
    """The features in the reference, each with the policies that are named."""
    page = (ROOT / "grammar" / "README.md").read_text("utf-8")
    table = page.partition("## What published agreements need")[2].partition("\n## ")[0]
    rows = [re.split(r"(?<!\\)\|", line) for line in table.splitlines() if line.startswith("|")]
    return [(row[1].strip(), re.findall(r"`([^`]+)`", row[3])) for row in rows[2:]]


def test_seventeen_features_are_named_and_shipped() -> None:
    assert [set(named) for _, named in features()] == [set(row) for row in FEATURES]
    assert len(FEATURES) == 17


@pytest.mark.parametrize(
    ("name", "clause"),
    sorted({(name, c) for row in FEATURES for name, clauses in row.items() for c in clauses}),
)
def test_a_policy_says_what_the_reference_names_it_for(name: str, clause: str) -> None:
    path = POLICIES / f"{name}.sla"
    policy = contract_of(path).policy
    texts = [path.read_text("utf-8"), *(library.text for library in policy.libraries)]
    declared = "".join(re.sub(r"#[^\n]*", "", t).partition("\ntest ")[0] for t in texts)
    assert re.search(clause, " ".join(declared.split())), clause
