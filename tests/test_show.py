"""`show`: every clause has words, whatever the state; a policy that says the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from commands import POLICIES, ROOT, codes, sladsl
from generate.policies import drafts
from hypothesis import given, settings
from hypothesis import strategies as st

from fences import fences
from sladsl.contract.model import Contract
from sladsl.pipeline import examine
from sladsl.prose.describe import describe
from sladsl.prose.document import Heading, Items, Paragraph, Table, free, markdown, plain
from sladsl.prose.in_force import consolidated, in_force
from sladsl.records import fields
from sladsl.source import Source
from sladsl.syntax import nodes as n

PAGE = ROOT / "tests" / "cases" / "show" / "every_clause.md"
EVERY = next(f.text for f in fences(PAGE.read_text("utf-8")) if f.kind == "sla")

#: What is said because it is there, or from what `check` found out, and not from the node itself.
FROM_CONTRACT = {
    n.Agreement: {
        "internal", "timezone", "currency", "plan", "week_starts", "month_starts", "year_starts",
        "percentile",
    },
    n.Stream: {"event", "spans", "fields"},
    n.Exclusion: {"for_all"},
    n.Call: {"function"},  # there is one
    n.Plan: {"name", "doc"},
    n.Binding: {"name"},
}  # fmt: skip


class Looked(dict[int, Any]):
    """What names stand for; keeps which were asked for."""

    def __init__(self, refs: Mapping[int, Any], looked: set[int]) -> None:
        super().__init__(refs)
        self.looked = looked

    def get(self, key: int, default: Any = None) -> Any:
        self.looked.add(key)
        return super().get(key, default)


def contract_of(text: str) -> Contract:
    contract, findings = examine(Source("a.sla", text))
    assert contract is not None, findings
    return contract


def children(node: n.Node) -> Iterator[tuple[str, n.Node]]:
    for field in fields(node):
        value = getattr(node, field)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, n.Node):
                yield field, part


def below(node: n.Node) -> Iterator[n.Node]:
    """A node and what is said of it from the nodes below."""
    yield node
    for field, part in children(node):
        keyword = isinstance(part, n.Ref) and part.name in ("time", "windows")
        if not keyword and field not in FROM_CONTRACT.get(type(node), ()):
            yield from below(part)


def kinds_in(node: n.Node) -> Iterator[type]:
    yield type(node)
    for _, part in children(node):
        yield from kinds_in(part)


def all_of(contract: Contract) -> tuple[n.Node, ...]:
    return (*contract.policy.imports, *contract.policy.declarations)


def test_the_page_has_every_sort_of_node() -> None:
    contract = contract_of(EVERY)
    found = {kind for d in all_of(contract) for kind in kinds_in(d)}
    known = {
        kind for kind in vars(n).values()
        if isinstance(kind, type) and issubclass(kind, n.Node) and kind is not n.Node
    }  # fmt: skip
    assert known - found == set()


def test_no_node_goes_without_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every node of the policy is looked at where its words are made."""
    contract = contract_of(EVERY)
    state = in_force(contract, "then", len(contract.amended))
    chosen = state.contract.agreement.plan
    wanted = [
        part
        for declaration in state.declarations
        if not isinstance(declaration, n.Enum)
        if not (isinstance(declaration, n.Plan) and declaration.name.text != chosen)
        for part in below(declaration)
    ]
    looked: set[int] = set()
    seen = state.contract.but(refs=Looked(state.contract.refs, looked))
    plain_look = object.__getattribute__

    def look(self: n.Node, name: str) -> object:
        if not name.startswith("__"):
            looked.add(id(self))
        return plain_look(self, name)

    monkeypatch.setattr(n.Node, "__getattribute__", look, raising=False)
    describe(state.but(contract=seen))
    monkeypatch.undo()
    missed = [part for part in wanted if id(part) not in looked]
    assert [f"{part.span.place} {part.span.text}" for part in missed] == []


def words_of(text: str, amendments: int) -> str:
    contract = contract_of(text)
    return plain(describe(in_force(contract, "then", amendments)), 100)


def test_what_the_contract_holds_is_said_too() -> None:
    said = words_of(EVERY, 0)
    wanted = "Europe/Berlin|EUR|`gold`|Sunday|day 5|April|linear|`seen`|`starts`|`latency`|`south`"
    for word in wanted.split("|"):
        assert word in said, word


def texts() -> Iterator[object]:
    paths = [*POLICIES.glob("*.sla"), *(ROOT / "tests" / "cases" / "cli").glob("*.sla")]
    for path in sorted(paths):
        contract, _ = examine(Source(path.name, path.read_text("utf-8")))
        if contract is not None:
            yield pytest.param(path.read_text("utf-8"), id=path.stem)
    yield pytest.param(EVERY, id="every")


@pytest.mark.parametrize("text", list(texts()))
def test_the_policy_at_a_date_says_the_same(text: str) -> None:
    """It parses, checks, is formatted, has no amendments, and shows the same words."""
    contract = contract_of(text)
    for amendments in range(len(contract.amended) + 1):
        state = in_force(contract, "then", amendments)
        policy = consolidated(state)
        again = contract_of(policy)
        assert not again.amended
        assert not again.tests
        alone = in_force(again, "then", 0)
        changed = state.but(changes=(), later=())
        assert plain(describe(alone), 100) == plain(describe(changed), 100)
        assert consolidated(alone) == policy


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_laws(seed: int) -> None:
    contract = contract_of(drafts(Random(seed)).text)
    for amendments in range(len(contract.amended) + 1):
        state = in_force(contract, "then", amendments)
        assert markdown(describe(state))
        alone = in_force(contract_of(consolidated(state)), "then", 0)
        changed = state.but(changes=(), later=())
        assert plain(describe(changed), 100) == plain(describe(alone), 100)


@pytest.mark.parametrize("text", list(texts()))
def test_lines_are_at_most_100_wide(text: str) -> None:
    assert max(map(len, words_of(text, 0).splitlines())) <= 100


def test_acceptance_policies(shared: Path) -> None:
    found = [*shared.glob("design/policies/*.sla"), *shared.glob("acceptance/**/*.sla")]
    for path in found:
        done = sladsl("show", path, "--quiet")
        assert done.exit_code == 0, done.stderr
        assert done.stdout.endswith("\n")


def policy(term: str, more: str = "") -> str:
    return (
        'agreement a { provider p "P"  customer c "C"  timezone "Europe/Berlin"\n'
        f"  term {term} }}\n"
        "stream s { event at t  t time  ok bool }\nmetric m = share of s with ok\n"
        f"obligation o {{ p owes c  require m >= 90% per month }}\n{more}"
    )


@pytest.mark.parametrize(
    ("term", "at", "works"),
    [
        ("from 2026-01-01 through 2026-01-31", "2026-01-31T23:59:59", True),
        ("from 2026-01-01 through 2026-01-31", "2026-02-01", False),
        ("from 2026-01-01 through 2026-01-31", "2025-12-31T23:00Z", True),
        ("from 2026-01-01 through 2026-01-31", "2025-12-31T22:59:59Z", False),
        ("from 2026-01-01T12:00 to 2026-02-01", "2026-01-01", False),
        ("from 2026-01-01 to 2026-02-01", "2026-01-31", True),
        ("from 2026-01-01 to 2026-02-01", "2026-02-01", False),
        ("from 2026-01-01", "2199-01-01", True),
        ("from 2026-01-01", "2026-02-30", False),
        ("from 2026-01-01", "now", False),
    ],
)
def test_dates(tmp_path: Path, term: str, at: str, works: bool) -> None:
    path = tmp_path / "a.sla"
    path.write_text(policy(term))
    done = sladsl("show", path, "--at", at)
    assert done.exit_code == (0 if works else 2)
    assert codes(done) == ([] if works else ["SLA155"])
    assert bool(done.stdout) is works


def test_an_amendment_counts_from_its_first_instant(tmp_path: Path) -> None:
    path = tmp_path / "a.sla"
    amendment = (
        "amendment x signed 2026-02-01 from 2026-03-01 {\n"
        "  obligation o { p owes c  require m >= 95% per month }\n}\n"
    )
    path.write_text(policy("from 2026-01-01", amendment))
    for at, target in (("2026-02-28T23:59:59.999", "90%"), ("2026-03-01", "95%")):
        assert f"at least {target}" in sladsl("show", path, "--at", at).stdout
    assert "the obligation `o` (changed: requires)" in " ".join(
        sladsl("show", path, "--at", "2026-03-01").stdout.split()
    )


def test_an_amendment_can_lengthen_the_term(tmp_path: Path) -> None:
    path = tmp_path / "a.sla"
    frame = policy("from 2026-01-01 through 2026-12-31").partition("stream")[0]
    amendment = f"amendment x signed 2026-02-01 from 2026-03-01 {{\n{frame}}}\n".replace(
        "2026-12-31", "2027-12-31"
    )
    path.write_text(policy("from 2026-01-01 through 2026-12-31", amendment))
    assert sladsl("show", path, "--at", "2027-06-01").exit_code == 0
    assert sladsl("show", path, "--at", "2028-01-01").exit_code == 2


def tiers(table: str) -> list[str]:
    """The rows of a table of credits, and what stands below it."""
    frame = policy("from 2026-01-01", "plan x { low = 85% }\n").replace(
        "  term", "  plan x  currency EUR\n  term"
    )
    text = frame.replace("per month }", f"per month for each ok  credit once {{ {table} }} }}")
    blocks = describe(in_force(contract_of(text), "then", 0))
    at = next(i for i, b in enumerate(blocks) if isinstance(b, Table) and b.head[1] == "credit")
    found = blocks[at]
    assert isinstance(found, Table)
    after = blocks[at + 1]
    return [*map(" | ".join, found.rows), *([after.text] if isinstance(after, Paragraph) else [])]


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (
            "below 90%: 1.00 EUR  below 80%: 2.00 EUR",
            ["below 90% and at least 80% | 1.00 EUR", "below 80% | 2.00 EUR"],
        ),
        (
            "at most 80%: 2.00 EUR  below 90%: 1.00 EUR",
            ["below 90% and above 80% | 1.00 EUR", "at most 80% | 2.00 EUR"],
        ),
        (
            "below 90%: 1.00 EUR  below plan.low - 5%: 2.00 EUR",
            [
                "below 90% and at least 85% (`plan.low`) minus 5% | 1.00 EUR",
                "below 85% (`plan.low`) minus 5% | 2.00 EUR",
            ],
        ),
        (
            "at least 80% and below 90%: 1.00 EUR  below 80%: 2.00 EUR",
            [
                "at least 80% and below 90% | 1.00 EUR",
                "below 80% | 2.00 EUR",
            ],
        ),
    ],
)
def test_tiers_are_ranges_that_exclude_each_other(table: str, rows: list[str]) -> None:
    assert tiers(table) == rows


def test_a_policy_with_errors_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.sla"
    path.write_text("agreement a { }")
    done = sladsl("show", path)
    assert (done.exit_code, done.stdout) == (2, "")


def test_comments_go_with_what_they_are_about() -> None:
    head = "# Of the whole.\nlanguage 1\n\n"
    more = '# Of the test.\n# Too.\ntest "x" { expect o met }  # of its end\n\n# Of nothing.\n'
    contract = contract_of(head + policy("from 2026-01-01") + more)
    text = consolidated(in_force(contract, "then", 0))
    assert "# Of the whole." in text
    assert "# Of nothing." in text
    assert "est" not in text.replace("timezone", "")


def test_comments_of_an_amendment_come_with_what_it_declares() -> None:
    amendment = (
        "amendment x signed 2026-02-01 from 2026-03-01 {\n  # Why.\n  # And how.\n"
        "  obligation o { p owes c  require m >= 95% per month }\n"
        "  # And one more.\n  metric k = count of s  metric l = count of s }\n"
    )
    contract = contract_of("# First.\n" + policy("from 2026-01-01", amendment))
    text = consolidated(in_force(contract, "then", 1))
    for words in (
        "# Why.\n# And how.\nobligation o { p owes c  require m >= 95%",
        "# And one more.\nmetric k = count of s\n",
        "metric l = count of s\n",
    ):
        assert words in text


# ---- how it is set -----------------------------------------------------------------------------


def test_free_text_is_escaped_in_markdown() -> None:
    hostile = "<script> | [a](b) `c` *d* \x1b[31m\x02"
    blocks = (
        Heading(1, free(hostile)), Paragraph(free("# no heading @you")),
        Items((free("- x"),)), Table(("a", "b"), ((free("x | y"), "`z`"),)),
    )  # fmt: skip
    text = markdown(blocks)
    assert "<script>" not in text.replace("\\<", "")
    assert "\\| y | `z` |" in text
    assert "\\# no heading \\@you" in text
    assert "- \\- x" in text
    assert "\x1b" not in text + plain(blocks, 100)
    assert "\x02" not in text + plain(blocks, 100)
    assert "<script> | [a](b)" in plain(blocks, 100)


def test_it_starts_without_numpy() -> None:
    for form in ("--markdown", "--policy"):
        program = (
            "import sys\nfrom sladsl.cli.main import cli\n"
            f"cli(['show', 'policies/hosting.sla', '{form}'], standalone_mode=False)\n"
        )
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", program],
            capture_output=True, encoding="utf-8", cwd=ROOT, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        for module in ("numpy", "pyarrow", "msgspec", "holidays", "jsonschema"):
            assert f" {module}\n" not in done.stderr
