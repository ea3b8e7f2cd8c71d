"""What `check` fills into a contract, and laws that hold for every text."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sladsl.contract.check import check
from sladsl.contract.currencies import CURRENCIES, minor_unit
from sladsl.contract.functions import AGGREGATES
from sladsl.contract.kinds import describe
from sladsl.contract.model import Contract, Kind, RefKind, Type
from sladsl.diagnostics import Severity, render
from sladsl.records import fields
from sladsl.source import Source
from sladsl.syntax import nodes as n
from sladsl.syntax.parse import parse

ROOT = Path(__file__).parent.parent
POLICIES = sorted((ROOT / "policies").glob("*.sla"))


@cache
def contract(path: Path) -> Contract:
    policy, _ = parse(Source(path.name, path.read_text(encoding="utf-8")))
    assert policy is not None
    found, findings = check(policy)
    assert [f.message for f in findings] == []
    assert found is not None
    return found


def named(name: str) -> Contract:
    return contract(ROOT / "policies" / f"{name}.sla")


def expressions(node: object) -> list[n.Expr]:
    """Every expression below a node, found by the attributes of nodes alone."""
    found: list[n.Expr] = []
    if isinstance(node, tuple):
        for item in node:
            found += expressions(item)
    elif isinstance(node, n.Node):
        if isinstance(node, n.Expr.__args__):  # type: ignore[attr-defined]
            found.append(node)
        for name in fields(node):
            if name not in ("span", "source"):
                found += expressions(getattr(node, name))
    return found


@pytest.mark.parametrize("path", POLICIES, ids=lambda p: p.stem)
def test_policies_that_ship_check_clean(path: Path) -> None:
    assert contract(path).agreement.name


@pytest.mark.parametrize("path", POLICIES, ids=lambda p: p.stem)
def test_every_name_in_an_expression_is_resolved(path: Path) -> None:
    known = contract(path)
    parts = [d for d in known.policy.declarations if not isinstance(d, n.Agreement | n.Test)]
    for node in expressions(tuple(parts)):
        if isinstance(node, n.Ref) and node.text != "onset":
            assert id(node) in known.refs, node.text


@pytest.mark.parametrize("path", POLICIES, ids=lambda p: p.stem)
def test_every_value_has_a_type(path: Path) -> None:
    known = contract(path)
    for metric in known.metrics.values():
        for node in expressions(metric.node.value):
            whole = isinstance(node, n.Ref) and known.refs[id(node)].kind in (
                RefKind.STREAM, RefKind.OUTAGE, RefKind.TIME, RefKind.WINDOWS,
            )  # fmt: skip
            assert whole or id(node) in known.types, node
    for obligation in known.obligations.values():
        for require in obligation.requires:
            if isinstance(require, n.Require):
                assert known.type_of(require.target).kind
        for node in expressions(obligation.payments):
            if isinstance(node, n.Ref):
                assert known.type_of(node).kind


@pytest.mark.parametrize("shared_name", ["calls", "incidents", "probes"])
def test_acceptance_policies_check_clean(shared: Path, shared_name: str) -> None:
    path = shared / "acceptance" / shared_name / "agreement.sla"
    assert contract(path).agreement.parties


def test_tables() -> None:
    hosting, desk = named("hosting"), named("service_desk")
    assert hosting.agreement.zone == "Europe/Amsterdam"
    assert hosting.agreement.parties == ("acme", "globex")
    assert hosting.agreement.rounding_to == (1, 100)
    assert set(hosting.agreement.plans) == {"gold", "silver"}
    assert hosting.streams["checks"].key == ("target", "seen")
    assert hosting.streams["incidents"].spans == ("starts", "ends")
    assert hosting.outages["down"].each == ("target",)
    assert hosting.metrics["availability"].outages == ("down",)
    assert hosting.metrics["availability"].streams == ()
    assert hosting.metrics["repair_time"].type == Type(Kind.DURATION)
    assert desk.metrics["resolved_in_time"].streams == ("tickets",)
    assert desk.streams["calls"].fields["wait"].computed is not None
    assert desk.enums["priority"].values == ("P1", "P2", "P3", "P4")
    assert named("object_storage").metrics["uptime_pct"].type.kind is Kind.PERCENT
    assert named("object_storage").metrics["mean_size"].type.kind is Kind.SIZE


def test_amended_terms_stand_beside_those_as_written() -> None:
    hosting = named("hosting")
    [(amendment, amended)] = hosting.amended
    assert amendment.name.text == "a1"
    before = hosting.agreement.plans["gold"]["uptime_target"]
    after = amended.agreement.plans["gold"]["uptime_target"]
    assert isinstance(before, n.Quantity)
    assert isinstance(after, n.Quantity)
    assert (before.text, after.text) == ("99.95%", "99.99%")
    assert amended.agreement.plans["silver"] == hosting.agreement.plans["silver"]
    assert amended.types is hosting.types


def test_the_minor_units_of_currencies() -> None:
    assert minor_unit("EUR") == (1, 100)
    assert minor_unit("JPY") == (1, 1)
    assert minor_unit("BHD") == (1, 1000)
    assert all(re.fullmatch("[A-Z]{3}", code) for code in CURRENCIES)


def test_no_table_lacks_a_row() -> None:
    assert all(describe(Type(kind)) for kind in Kind)
    assert set(AGGREGATES) == {"share", "count", "sum", "mean", "min", "max", "median", "pNN"}


def test_one_bad_declaration_does_not_hide_the_next() -> None:
    text = (ROOT / "policies" / "hosting.sla").read_text(encoding="utf-8")
    bad = text.replace("latency in checks", "latncy in checks").replace("Amsterdam", "Amsterdm")
    bad = bad.replace("credits at 50%", "credit at 50%").replace("breaches", "")
    policy, _ = parse(Source("bad.sla", bad))
    assert policy is not None
    found, findings = check(policy)
    assert found is None
    assert [f.code for f in findings] == ["SLA450", "SLA201", "SLA412"]
    assert "did you mean `latency`?" in findings[1].help


def test_check_is_quick_and_imports_little() -> None:
    code = (
        "import sys; import sladsl.contract.check; "
        "print(sorted({'numpy', 'pyarrow', 'lark', 'click', 'holidays'} & set(sys.modules)))"
    )
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "[]\n"
    policy = named("hosting").policy
    times = []
    for _ in range(5):
        start = time.perf_counter()
        check(policy)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05  # 3 ms where nothing else runs


TOKEN = re.compile(r'"[^"\n]*"|[A-Za-z_]\w*|\d[\w.%:-]*(?: [A-Z]{3})?|[^\w\s]')
TEXTS = [path.read_text(encoding="utf-8") for path in POLICIES]


def sort_of(token: str) -> str:
    """Tokens of one sort stand for each other without breaking the grammar too often."""
    if token[0] == '"':
        return "text"
    if token[0].isdigit():
        return "quantity" if re.fullmatch(r"[\d.]+(%|[a-zA-Z]+| [A-Z]{3})?", token) else "time"
    return "name" if token[0].isalpha() else token


SORTS: dict[str, list[str]] = {}
for _text in TEXTS:
    for _token in TOKEN.findall(_text):
        SORTS.setdefault(sort_of(_token), []).append(_token)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        lines = text.split("\n")
        tokens = list(TOKEN.finditer(text))
        way = draw(st.sampled_from(["swap", "swap", "delete", "double", "line", "lines"]))
        if way == "line":
            del lines[draw(st.integers(0, len(lines) - 1))]
            text = "\n".join(lines)
        elif way == "lines":
            a, b = (draw(st.integers(0, len(lines) - 1)) for _ in "ab")
            lines.insert(b, lines[a])
            text = "\n".join(lines)
        else:
            token = draw(st.sampled_from(tokens))
            other = draw(st.sampled_from(SORTS[sort_of(token.group())]))
            new = {"swap": other, "delete": "", "double": f"{token.group()} {token.group()}"}[way]
            text = text[: token.start()] + new + text[token.end() :]
    return text


@settings(deadline=None)
@given(mutated())
def test_check_returns_whatever_the_text(text: str) -> None:
    policy, _ = parse(Source("mutated.sla", text))
    if policy is None:
        return
    found, findings = check(policy)
    assert (found is None) == any(f.severity is Severity.ERROR for f in findings)
    assert check(policy)[1] == findings
    for finding in findings:
        assert finding.code in render(finding)
