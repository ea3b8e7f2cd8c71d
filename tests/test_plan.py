"""Plans: what passes over the streams have to do, parts of plans, and plans as documents."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from commands import POLICIES
from generate.policies import drafts
from hypothesis import given, settings
from hypothesis import strategies as st

from sladsl.pipeline import examine
from sladsl.plan import json as documents
from sladsl.plan import model as p
from sladsl.plan.compile import compile_contract
from sladsl.plan.json import Unusable, dump, load
from sladsl.plan.narrow import narrowed, obligations
from sladsl.plan.passes import Pass, passes
from sladsl.plan.untouched import untouched
from sladsl.plan.uses import as_of_matters, listings, named, sources, streams_in, wanted_fields
from sladsl.reports.plan_text import render_plan
from sladsl.source import Source

Named = dict[tuple[str, ...], p.Plan]


def plans(text: str, name: str = "a.sla") -> Named:
    """The plans of all sets of a policy's obligations (of many: of each and of all)."""
    contract, findings = examine(Source(name, text))
    assert contract is not None, findings
    names = tuple(contract.obligations)
    sets = [names, *((name,) for name in names)]
    if len(names) <= 4:
        sets = [s for k in range(1, len(names) + 1) for s in itertools.combinations(names, k)]
    found = {some: compile_contract(contract, some)[0] for some in sets}
    return {some: plan for some, plan in found.items() if plan is not None}


def plan_of(text: str) -> p.Plan:
    contract, findings = examine(Source("a.sla", text))
    assert contract is not None, findings
    plan, refused = compile_contract(contract)
    assert plan is not None, refused
    return plan


HEAD = """\
language 1

agreement a {
  provider vendor "V"
  customer client "C"
  term     from 2026-01-01 through 2026-12-31
  timezone "Europe/Amsterdam"
  currency EUR
  fee      100.00 EUR per month
}
"""
STORE = plan_of((POLICIES / "object_storage.sla").read_text("utf-8"))


# ---- laws --------------------------------------------------------------------------------------


def hold(found: Named) -> None:
    """A plan comes back from its document; a part of it is the plan of that part."""
    for some, plan in found.items():
        assert obligations(plan) == some
        data = dump(plan)
        assert load(data) == plan
        assert dump(load(data)) == data
        assert data.isascii()
        for fewer, part in found.items():
            if set(fewer) <= set(some):
                assert narrowed(plan, fewer) == part
        agree(plan)


def agree(plan: p.Plan) -> None:
    """What passes say is consistent, and can be told."""
    order = passes(plan)
    assert {one.stream for one in order} == {s.name for s in sources(plan)}
    seen: set[str] = set()
    counted: set[tuple[str | int, tuple[p.GroupField, ...], int]] = set()
    for one in order:
        assert set(one.after) <= seen, "in order of dependency"
        seen.add(one.stream)
        source = named(plan, one.stream)
        assert source.event in one.wanted
        assert set(one.wanted) <= {f.name for f in source.fields}
        for tally in one.tallies:
            assert not set(tally.counted) & set(tally.valued)
            assert {t.aggregate for t in tally.thresholds} == set(tally.shown)
            assert {g.name for g in tally.groups} <= set(one.wanted)
            counted |= {(tally.per, tally.groups, index) for index in tally.aggregates}
            for threshold in tally.thresholds:
                assert threshold.test in one.tests
    rows = {i for i, a in enumerate(plan.aggregates) if isinstance(a, p.RowAggregate)}
    assert {index for _, _, index in counted} == rows
    text = render_plan(plan)
    assert all(r.metric in text for r in plan.requirements)
    assert all(len(line) <= 100 or " " not in line.strip() for line in text.splitlines())


@pytest.mark.parametrize("path", sorted(POLICIES.glob("*.sla")), ids=lambda path: path.stem)
def test_laws_of_shipped_policies(path: Path) -> None:
    hold(plans(path.read_text("utf-8")))


@pytest.mark.parametrize("name", ["calls", "incidents", "probes"])
def test_laws_of_real_agreements(name: str, shared_file: Callable[[str], Path]) -> None:
    found = plans(shared_file(f"acceptance/{name}/agreement.sla").read_text("utf-8"))
    assert found
    hold(found)


LAWS = [f"{'first' if part < 3 else 'later'}-{part}" for part in range(8)]


@pytest.mark.parametrize("part", range(8), ids=LAWS)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32))
def test_laws(part: int, seed: int) -> None:
    found = plans(drafts(Random(f"{part} {seed}")).text)
    assert found
    hold(found)


# ---- which fields are used ---------------------------------------------------------------------

STREAMS = (
    HEAD
    + """
stream calls {
  event at queued
  queued   time
  answered time?
  ended    time
  wait     duration = (answered ?? ended) - queued
  note     text
  site     text
  cost     money in EUR
  score    int
}
stream shifts {
  event at begun
  begun time
  late  bool
  site  text
  boss  text
}
stream tickets {
  event at opened
  key   id
  id     text
  opened time
  done   time?
  other  int
}
stream holds {
  span from asked to given
  asked  time
  given  time?
  ticket text
  by     text
}
metric quick = share of calls with wait <= 20s
metric cheap = share of calls where score > 1 with cost <= 3.00 EUR
metric tidy  = share of shifts with not late
metric done  = share of tickets with elapsed(opened, done, pausing: holds on id == ticket) <= 4h
"""
)


def owed(*clauses: str) -> p.Plan:
    lines = "".join(f"  require {clause}\n" for clause in clauses)
    return plan_of(f"{STREAMS}\nobligation o {{\n  vendor owes client\n{lines}}}\n")


def test_wanted_fields() -> None:
    plan = owed("quick >= 9% per month", "tidy >= 9% per month for each site")
    assert wanted_fields(plan, "calls") == ("queued", "answered", "ended", "wait")
    assert wanted_fields(plan, "shifts") == ("begun", "late", "site")
    # a computed duration may be negative, and its row can't be used then
    plan = owed("cheap >= 9% per month for each site")
    assert wanted_fields(plan, "calls") == (
        "queued", "answered", "ended", "wait", "site", "cost", "score",
    )  # fmt: skip
    plan = owed("done >= 9% per month")
    assert wanted_fields(plan, "tickets") == ("id", "opened", "done", "other")
    assert wanted_fields(plan, "holds") == ("asked", "given", "ticket")
    assert [one.stream for one in passes(plan)] == ["holds", "tickets"]


def test_where_as_of_matters() -> None:
    plan = owed("quick >= 9% per month", "tidy >= 9% per month", "done >= 9% per month")
    assert as_of_matters(plan, "calls")
    assert not as_of_matters(plan, "shifts")
    assert as_of_matters(plan, "tickets")
    assert as_of_matters(plan, "holds")
    assert not as_of_matters(STORE, "requests")


def test_streams_of_a_figure() -> None:
    uptime, fast, _ = STORE.requirements
    assert streams_in(STORE, uptime.formula) == ("requests",)
    assert streams_in(STORE, fast.formula) == ("requests",)


def test_what_no_late_row_has_a_part_in() -> None:
    """The streams that say when rows were recorded, and what is listed of them, are touched."""
    late = STREAMS.replace(
        "span from asked to given\n", "span from asked to given\n  recorded noted\n"
    )
    late = late.replace("  asked  time\n", "  asked  time\n  noted  time\n")
    late = late.replace("currency EUR\n", "currency EUR\n  late data accepted for 1 days\n")
    plan = plan_of(
        late + "obligation o {\n  vendor owes client\n"
        "  require quick >= 9% per 7 days before shifts where late\n"
        '  require quick >= 9% per 7 days before holds.asked where ticket == "a"\n'
        "  require done >= 9% per month\n  require tidy >= 9% per month\n}\n"
    )
    same = untouched(plan)
    assert same.streams == {"calls", "shifts", "tickets"}
    assert {listing.stream for listing in same.listings} == {"shifts"}
    assert {listing.stream for listing in listings(plan)} == {"shifts", "holds"}


# ---- which limits decide a percentile ----------------------------------------------------------


def tail(require: str, credit: str = "", aggregate: str = "p95 of cost in calls") -> Pass:
    text = f"{STREAMS}\nmetric tail = {aggregate}\n"
    text += f"obligation o {{\n  vendor owes client\n  {require}\n  {credit}\n}}\n"
    (one,) = passes(plan_of(text))
    return one


def limits(one: Pass) -> list[tuple[p.Fraction2, bool, int]]:
    found = []
    for threshold in one.tallies[0].thresholds:
        assert isinstance(threshold.test.right, p.Const)
        found.append((threshold.limit, threshold.below, threshold.test.right.value))
    return found


def test_limits_of_targets_and_tiers() -> None:
    one = tail("require tail <= 2.50 EUR per month")
    assert limits(one) == [((5, 2), False, 2_500_000)]
    assert one.tallies[0].counted == one.tallies[0].shown == (0,)
    credit = "credit { above 2.50 EUR: 5% of fee  above 7.00 EUR: 10% of fee }"
    one = tail("require tail <= 2.50 EUR per month", credit)
    assert limits(one) == [((5, 2), False, 2_500_000), ((7, 1), False, 7_000_000)]
    one = tail("require tail < 2.50 EUR per month")
    assert limits(one) == [((5, 2), True, 2_499_999)]
    one = tail("require tail >= 2.50 EUR per month")
    assert limits(one) == [((5, 2), True, 2_499_999)]


def test_limits_between_units_of_a_value() -> None:
    one = tail("require tail <= 2.5 per month", aggregate="p95 of score in calls")
    assert limits(one) == [((5, 2), False, 2)]
    one = tail("require tail < 2.5 per month", aggregate="p95 of score in calls")
    assert limits(one) == [((5, 2), True, 2)]
    one = tail("require tail < 2 per month", aggregate="p95 of score in calls")
    assert limits(one) == [((2, 1), True, 1)]


def test_percentiles_that_need_their_values() -> None:
    one = tail("require tail <= 5.00 EUR per month", aggregate="2 * (p95 of cost in calls)")
    assert not one.tallies[0].thresholds
    assert one.tallies[0].valued == (0,)
    linear = STREAMS.replace("  currency EUR", "  currency EUR\n  percentile method linear")
    text = "\nmetric tail = p95 of cost in calls\nobligation o {\n  vendor owes client\n"
    (one,) = passes(plan_of(f"{linear}{text}  require tail <= 5.00 EUR per month\n}}\n"))
    assert one.tallies[0].valued == (0,)
    assert not one.tallies[0].thresholds


@pytest.mark.parametrize(
    ("term", "period", "said"),
    [
        ("from 1678-01-01 through 2261-12-31", "month", "years too far"),
        ("from 1679-01-01 through 2260-12-31", "hour", "too many to be judged"),
        ("from 2260-12-31", "hour", "too far"),
        ("from 2026-01-01", "hour", "8,760"),
    ],
)
def test_any_term_can_be_told_of(term: str, period: str, said: str) -> None:
    text = STREAMS.replace("from 2026-01-01 through 2026-12-31", term)
    text += '\ncalendar office { open mon..fri 09:00-17:00  closed on holidays "DE" }\n'
    text += "metric late = share of tickets with elapsed(opened, done, in: office) <= 4h\n"
    text += f"obligation o {{\n  vendor owes client\n  require late >= 9% per {period}\n}}\n"
    found = render_plan(plan_of(text))
    assert said in found.partition("PERIODS")[2]
    assert "CALENDARS" in found


# ---- what is refused ---------------------------------------------------------------------------


def refused(data: bytes) -> str:
    with pytest.raises(Unusable) as caught:
        load(data)
    assert caught.value.help
    return str(caught.value)


def sealed(document: Any) -> bytes:
    """A document with the digest that its content has now."""
    whole = [document["format"], document["format_version"], document["plan"]]
    text = json.dumps(whole, separators=(",", ":"))
    document["digest"] = "sha256:" + sha256(text.encode()).hexdigest()
    return json.dumps(document).encode()


def test_the_digest_covers_the_plan() -> None:
    document = json.loads(dump(STORE))
    assert load(sealed(document)) == STORE
    document["plan"]["zone"] = "Europe/Berlin"
    assert "edited or damaged" in refused(json.dumps(document).encode())
    assert load(sealed(document)).zone == "Europe/Berlin"


def test_layout_is_no_part_of_a_plan() -> None:
    document = json.loads(dump(STORE))
    assert load(json.dumps(document, indent=7).encode()) == STORE


@pytest.mark.parametrize("cut", [1, 2, 100, 5000, -20, -3])
def test_cut_off(cut: int) -> None:
    assert "cut off or damaged" in refused(dump(STORE)[:cut])


def test_each_byte_counts() -> None:
    data = dump(STORE)
    random = Random(7)
    for _ in range(400):
        at = random.randrange(len(data))
        damaged = data[:at] + bytes([random.randrange(32, 127)]) + data[at + 1 :]
        try:
            assert load(damaged) == STORE
        except Unusable:
            continue


def changed(*path: str | int, to: Any) -> bytes:
    document = json.loads(dump(STORE))
    at = document
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = to
    return sealed(document) if "format" in document else json.dumps(document).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{}", "no plan"),
        (b"[1]", "no plan"),
        (b'{"format": "sladsl plan"}', "no version"),
        (changed("format", to="openslo"), "no plan"),
        (changed("format_version", to="2.0"), "format is 2.0"),
        (changed("format_version", to=1), "no version"),
        (changed("more", to=1), "unknown field `more`"),
        (changed("plan", "more", to=1), "plan has an unknown field `more`"),
        (changed("plan", "zone", to=5), "plan.zone isn't"),
        (changed("plan", "zone", to="\ud800"), "plan.zone isn't"),
        (changed("plan", "week_starts", to=True), "plan.week_starts isn't"),
        (changed("plan", "week_starts", to=1.5), "isn't whole"),
        (changed("plan", "week_starts", to=float("nan")), "isn't whole"),
        (changed("plan", "term", to=[1]), "plan.term isn't"),
        (changed("plan", "streams", 0, "fields", 1, "values", to="ab"), "fields[1].values isn't"),
        (changed("plan", "aggregates", 0, "type", to="Col"), "plan.aggregates[0] isn't"),
        (changed("plan", "aggregates", 0, "type", to=["Col"]), "plan.aggregates[0] isn't"),
        (changed("plan", "aggregates", 0, "type", to="Exception"), "plan.aggregates[0] isn't"),
        (changed("plan", "aggregates", 3, "good", to={"type": "Number"}), "[3].good isn't"),
        (b'{"format": 1, "format": 2}', "stands twice"),
        (b'{"a": ' + b"9" * 5000 + b"}", "cut off or damaged"),
        (b'{"a": ' + b"[" * 100_000, "nested"),
        (b'{"a": "\xff"}', "cut off or damaged"),
        (b"{" + b" " * documents.MAX_BYTES, "larger than 16 MB"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_strictly(data: bytes, words: str) -> None:
    assert words in refused(data)


def test_a_field_that_is_missing() -> None:
    document = json.loads(dump(STORE))
    del document["plan"]["aggregates"][0]["stream"]
    assert "plan.aggregates[0] lacks `stream`" in refused(sealed(document))


def test_nesting_is_limited() -> None:
    inner: Any = {"type": "Number", "value": [1, 1]}
    for _ in range(300):
        inner = {"type": "Negate", "operand": inner}
    assert "nested" in refused(changed("plan", "requirements", 0, "formula", to=inner))
    formula: p.Formula = p.Number((1, 1))
    for _ in range(300):
        formula = p.Negate(formula)
    first, *rest = STORE.requirements
    with pytest.raises(Unusable, match="nested"):
        dump(STORE.but(requirements=(first.but(formula=formula), *rest)))


def test_large_numbers_are_kept() -> None:
    first, *rest = STORE.requirements
    target = p.Target((((), p.Number((10**40 + 1, 10**40))),))
    plan = STORE.but(requirements=(first.but(target=target), *rest))
    assert load(dump(plan)) == plan
