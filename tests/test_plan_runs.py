"""A compiled plan gives what its policy gives, byte for byte; one that is damaged is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import Result
from commands import FIXTURES, POLICIES, ROOT, codes, sladsl, valid

SETS = [
    pytest.param(path.parent, run, id=f"{path.parent.parent.name}-{path.parent.name}-{number}")
    for path in sorted(FIXTURES.glob("*/*/expected.json"))
    for number, run in enumerate(json.loads(path.read_text("utf-8"))["runs"])
]
STORE = POLICIES / "object_storage.sla"
QUICK = FIXTURES / "object_storage" / "quickstart"
DESK = POLICIES / "service_desk.sla"
CALLS = FIXTURES / "service_desk" / "calls"


def compiled(policy: Path, into: Path, *names: str) -> Path:
    """The plan of a policy's obligations, in a file with a name that says nothing of it."""
    into.mkdir(exist_ok=True)
    target = into / "compiled"
    options = [f"--obligation={name}" for name in names]
    done = sladsl("compile", policy, *options, f"--output=json={target}")
    assert done.exit_code == 0, done.output
    printed = sladsl("compile", "--json", policy, *options)
    assert printed.stdout_bytes == target.read_bytes()
    return target


def alike(policy: Path, plan: Path, *options: str | Path, status: int | None = None) -> Result:
    """What a plan gives, which is what its policy gives, in every form."""
    for command in ("eval", "gate"):
        for form in ("text", "json"):
            more = (*options, f"--format={form}")
            by_policy, by_plan = sladsl(command, policy, *more), sladsl(command, plan, *more)
            assert by_plan.stdout_bytes == by_policy.stdout_bytes
            assert by_plan.exit_code == by_policy.exit_code
            assert by_plan.stderr == by_policy.stderr
            if status is not None:
                assert by_plan.exit_code == status
    return by_plan


@pytest.mark.parametrize(("data", "run"), SETS)
def test_shipped_policies(data: Path, run: dict[str, Any], tmp_path: Path) -> None:
    policy, name = POLICIES / f"{data.parent.name}.sla", run["obligation"]
    plan = compiled(policy, tmp_path / "p", name)
    options = (f"--data={data}", f"--as-of={run['as_of']}", f"--obligation={name}")
    done = alike(policy, plan, *options)
    assert done.exit_code in (0, 1, 3)
    assert "verdicts" in valid(done.stdout)


def test_the_example_of_the_readme(tmp_path: Path) -> None:
    data = FIXTURES / "web_shop" / "quarter"
    policy = POLICIES / "web_shop.sla"
    plan = compiled(policy, tmp_path)
    alike(policy, plan, f"--data={data}", "--as-of=2026-04-01", status=1)
    alike(policy, plan, f"--data={data}", "--period=2026-02", status=0)


def test_leads(tmp_path: Path) -> None:
    policy, data = POLICIES / "leads.sla", FIXTURES / "leads" / "targets"
    plan = compiled(policy, tmp_path, "supply")
    alike(policy, plan, f"--data={data}", "--obligation=supply", "--as-of=2026-06-01")


def test_options_narrow_a_plan_as_they_do_a_policy(tmp_path: Path) -> None:
    plan = compiled(STORE, tmp_path)
    given = (f"--data={QUICK}", "--as-of=2026-04-01T00:00:00Z")
    everything = valid(alike(STORE, plan, *given).stdout)
    for names in (("available",), ("responsive",), ("responsive", "available")):
        chosen = valid(alike(STORE, plan, *given, *(f"--obligation={n}" for n in names)).stdout)
        assert {v["obligation"] for v in chosen["verdicts"]} == set(names)
    period = everything["verdicts"][0]["period"]["label"]
    region = everything["verdicts"][0]["group"]["region"]
    alike(STORE, plan, *given, f"--period={period}", f"--group=region={region}")
    alike(STORE, plan, *given, "--from=2026-01-01", "--to=2026-02-01")
    alike(STORE, plan, f"--data={QUICK}")
    alike(STORE, plan, *given, "--period=1999-01", status=2)
    alike(STORE, plan, *given, "--group=nowhere", status=2)
    alike(STORE, plan, *given, "--obligation=availble", status=2)
    alike(STORE, plan, "--as-of=yesterday", f"--data={QUICK}", status=2)
    alike(STORE, plan, status=2)
    part = compiled(DESK, tmp_path / "desk", "reply", "answer")
    only = (f"--data={CALLS}", "--obligation=answer", "--as-of=2026-01-01T00:00:00Z")
    alike(DESK, part, *only)


def test_configuration_beside_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("policy", "plan"):
        shutil.copytree(QUICK, tmp_path / name / "rows")
        lines = [
            f'[sources.{path.name.partition(".")[0]}]\npath = "rows/{path.name}"\n'
            for path in sorted((tmp_path / name / "rows").glob("*.csv"))
        ]
        (tmp_path / name / "sladsl.toml").write_text("".join(lines), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shutil.copy(STORE, "policy/store.sla")
    sladsl("compile", "policy/store.sla", "--output=json=plan/store.plan")
    done = alike(Path("policy/store.sla"), Path("plan/store.plan"), "--as-of=2026-04-01T00:00:00Z")
    assert done.exit_code in (0, 1, 3), done.stderr


def test_a_plan_from_standard_input(tmp_path: Path) -> None:
    plan = compiled(STORE, tmp_path).read_bytes()
    given = (f"--data={QUICK}", "--as-of=2026-04-01T00:00:00Z")
    for document in (plan, b"\n " + plan):
        done = sladsl("eval", "-", *given, data=document)
        assert done.stdout == sladsl("eval", STORE, *given).stdout


def test_compiling_a_plan_gives_it_again(tmp_path: Path) -> None:
    plan = compiled(STORE, tmp_path)
    assert sladsl("compile", plan, "--json").stdout_bytes == plan.read_bytes()
    assert sladsl("compile", plan).stdout == sladsl("compile", STORE).stdout
    fewer = sladsl("compile", plan, "--json", "--obligation=available").stdout_bytes
    assert fewer == compiled(STORE, tmp_path / "fewer", "available").read_bytes()


@pytest.mark.parametrize("name", ["calls", "incidents", "probes"])
def test_real_measurements(name: str, shared_file: Callable[[str], Path], tmp_path: Path) -> None:
    policy = shared_file(f"acceptance/{name}/agreement.sla")
    shared_file("data")
    folder = shared_file("acceptance").parent
    plan = compiled(policy, tmp_path)
    beside = tmp_path / "root" / "acceptance" / name
    beside.mkdir(parents=True)
    shutil.copy(policy.parent / "sladsl.toml", beside)
    (tmp_path / "root" / "data").symlink_to(folder / "data")
    shutil.copy(plan, beside / "agreement.plan")
    results = [
        sladsl("eval", path, f"--allow-path={folder}", f"--allow-path={beside}", "--format=json")
        for path in (policy, beside / "agreement.plan")
    ]
    assert results[0].stdout_bytes == results[1].stdout_bytes
    assert results[0].exit_code == results[1].exit_code == 1


# ---- refused -----------------------------------------------------------------------------------


def damages(plan: bytes) -> dict[str, bytes]:
    later = plan.replace(b'"format_version": "1.0"', b'"format_version": "9.0"')
    return {
        "cut": plan[: len(plan) // 2],
        "brace": b"{",
        "edited": plan.replace(b'"month"', b'"week"', 1),
        "no digest": plan.replace(b'"digest": "sha256:', b'"digest": "sha256:0', 1),
        "later": later,
        "another document": b'{"format_version": "1.0", "verdicts": []}',
        "deep": b'{"format": ' + b"[" * 200_000,
        "bytes": b'{"\x00\xff\xfe',
        "large": b"{" + b" " * (17 << 20),
    }


def test_damaged_plans_are_refused(tmp_path: Path) -> None:
    whole = compiled(STORE, tmp_path).read_bytes()
    target = tmp_path / "damaged"
    for name, data in damages(whole).items():
        assert data != whole, name
        target.write_bytes(data)
        for command in ("eval", "gate", "compile"):
            more = () if command == "compile" else (f"--data={QUICK}",)
            done = sladsl(command, target, *more)
            assert (done.exit_code, done.stdout) == (2, ""), name
            assert codes(done) == ["SLA157"], name
            assert f"--> {target}\n" in done.stderr
            assert "  = help: " in done.stderr
        done = sladsl("eval", target, f"--data={QUICK}", "--format=json")
        assert [d["code"] for d in valid(done.stdout)["diagnostics"]] == ["SLA157"]


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    done = sladsl("compile", STORE, f"--output=json={tmp_path / 'gone' / 'plan'}")
    assert (done.exit_code, codes(done)) == (2, ["SLA152"])
    done = sladsl("compile", STORE, "--output=xml=plan")
    assert (done.exit_code, codes(done)) == (2, ["SLA155"])
    assert not list(tmp_path.iterdir())


def test_what_is_refused_as_a_policy(tmp_path: Path) -> None:
    bad = tmp_path / "bad.sla"
    bad.write_text("agreement {", encoding="utf-8")
    assert sladsl("compile", bad).exit_code == 2
    later = tmp_path / "later.sla"
    shop = (POLICIES / "web_shop.sla").read_text(encoding="utf-8")
    unknown = """
    stream visits {
      event at came  id text  asked time  came time
      wait duration, negative counts as zero = elapsed(asked, came)
    }
    metric soon = share of visits with wait <= 4h
    obligation answer { globex owes acme  require visits.came within 2h of visits.asked }
    obligation visit {
      acme owes globex
      require soon >= 95% per month
      excused while globex breaches answer on id == id
    }
    """
    later.write_text(shop + unknown, encoding="utf-8")
    assert codes(sladsl("compile", later, "--json"))[0] == "SLA600"
    assert sladsl("compile", tmp_path / "gone.sla").exit_code == 2


def test_names_steer_no_terminal(tmp_path: Path) -> None:
    text = (ROOT / "tests" / "cases" / "cli" / "shop.sla").read_text(encoding="utf-8")
    done = sladsl("compile", "-", data=text)
    assert done.exit_code == 0
    assert sladsl("compile", "-", "--color=always", data=text).stdout.count("\x1b[1m") > 3
    assert "\x1b" not in done.stdout
    whole = compiled(STORE, tmp_path).read_bytes()
    for name in (b"latency", b"requests", b"responsive", b"tail", b"region", b"standard"):
        document = json.loads(whole.replace(name, rb"\u001b[2J\u202e\n"))
        for command in ("compile", "eval"):
            more = (f"--data={QUICK}",) if command == "eval" else ()
            done = sladsl(command, "-", *more, data=sealed(document))
            assert not {"\x1b", "\u202e"} & set(done.output), (command, name)


def test_findings_on_plans_steer_no_terminal() -> None:
    done = sladsl("eval", "-", data=b'{"\\u001b[2J": 1, "\\u001b[2J": 2}')
    assert codes(done) == ["SLA157"]
    assert "\x1b" not in done.output


# ---- plans from elsewhere ----------------------------------------------------------------------


def sealed(document: Any) -> bytes:
    """A document with the digest that its content has now."""
    whole = [document["format"], document["format_version"], document["plan"]]
    text = json.dumps(whole, separators=(",", ":"))
    document["digest"] = "sha256:" + sha256(text.encode()).hexdigest()
    return json.dumps(document).encode()


def places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value in a document."""
    if path:
        yield path
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in inner:
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))
        else:
            yield (*path, key)


def at(node: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def altered(document: Any, random: Random) -> bytes:
    """A document with another value in one place, of the same form, and the digest of that."""
    ways = list(places(document["plan"], ("plan",)))[1:]
    way = random.choice(ways)
    old = at(document, way)
    others = [at(document, other) for other in random.sample(ways, min(len(ways), 80))]
    new = next((o for o in others if type(o) is type(old) and o != old), None)
    if type(old) is int and random.random() < 0.5:
        new = random.choice([-1, 0, 2, 10**9, -(10**18), 10**30, 2**63 - 1])
    if isinstance(old, list) and random.random() < 0.4:
        new = random.choice([[], old[:-1], old + old])
    at(document, way[:-1])[way[-1]] = json.loads(json.dumps(new))
    return sealed(document)


@pytest.mark.parametrize(
    ("policy", "data", "names"),
    [
        (STORE, QUICK, ()),
        (DESK, CALLS, ("reply", "answer")),
        (POLICIES / "web_shop.sla", FIXTURES / "web_shop" / "quarter", ()),
        (POLICIES / "leads.sla", FIXTURES / "leads" / "targets", ("supply",)),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) and value.suffix == ".sla" else "",
)
def test_no_plan_brings_a_fault_about(
    policy: Path, data: Path, names: tuple[str, ...], tmp_path: Path
) -> None:
    """Whatever a plan with the right digest says, it is run or refused with words."""
    whole = compiled(policy, tmp_path, *names).read_bytes()
    random = Random(f"plans of {policy.stem}")
    target = tmp_path / "altered"
    refused = 0
    for _ in range(60):
        target.write_bytes(altered(json.loads(whole), random))
        shown = sladsl("compile", target)
        if shown.exit_code:
            assert (codes(shown), shown.stdout) == (["SLA157"], "")
            refused += 1
        elif random.random() < 0.3:
            sladsl("eval", target, f"--data={data}", "--as-of=2026-04-01T00:00:00Z")
    assert 10 < refused < 60
