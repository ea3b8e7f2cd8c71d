"""Libraries: where they may lie, and that an import says what its text would say in its place."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from commands import POLICIES, codes, sladsl

import sladsl as package
from sladsl.cli.files import bases, read_policy
from sladsl.contract.model import Contract
from sladsl.pipeline import compiled, examine
from sladsl.records import fields
from sladsl.syntax import nodes as n

SHIPPED = sorted((Path(package.__file__).parent / "library").glob("*.sla"))
FRAME = 'agreement a { provider p  customer c  term from 2026-01-01  timezone "UTC" }\n'
LIBRARY = "enum level = high, low\n"
POLICY = f'import "levels"\n{FRAME}stream s {{ event at t  t time  l level }}\n'


def write(folder: Path, **texts: str) -> Path:
    """Files by their names, without their ending; the policy is `a`."""
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.sla"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
    return folder / "a.sla"


def contract_of(path: Path) -> Contract:
    contract, findings = examine(read_policy(str(path)), bases(str(path)))
    assert contract is not None, findings
    return contract


# ---- where they lie ----


@pytest.mark.parametrize(
    "name", ["../levels", "x/../../levels", "/levels", "{folder}/levels", "link", "down/levels"]
)
def test_nothing_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    write(tmp_path, levels=LIBRARY, down__levels=LIBRARY)
    path = write(inside, a=POLICY.replace("levels", name.replace("{folder}", str(tmp_path))))
    (inside / "link.sla").symlink_to(tmp_path / "levels.sla")
    (inside / "down").symlink_to(tmp_path / "down")
    (inside / "x").mkdir()
    done = sladsl("check", path)
    assert done.exit_code == 2
    assert codes(done) == ["SLA159"]
    assert "it isn't in the policy's folder" in done.stderr


def test_a_library_of_a_library_stays_in_the_folder_too(tmp_path: Path) -> None:
    write(tmp_path, levels=LIBRARY)
    path = write(tmp_path / "inside", a=POLICY.replace("levels", "sub/more"))
    write(tmp_path / "inside", sub__more='import "../levels"\n')
    assert codes(sladsl("check", path)) == ["SLA159"]


@pytest.mark.parametrize("name", ["", ".", "levels.txt", "levels/", "a\\\\b", "nul"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, a=POLICY.replace("levels", name))
    (tmp_path / "levels.sla").mkdir()
    done = sladsl("check", path)
    assert done.exit_code == 2
    assert codes(done) == ["SLA159"]


def test_a_policy_on_standard_input_imports_what_ships(tmp_path: Path) -> None:
    taken = sladsl("check", "-", data=f'import "library/service_desk"\n{FRAME}')
    assert taken.exit_code == 0
    refused = sladsl("check", "-", data=POLICY)
    assert codes(refused) == ["SLA159"]
    assert "the policy has no folder" in refused.stderr


def test_what_ships_is_not_shadowed(tmp_path: Path) -> None:
    path = write(tmp_path, a=f'import "library/service_desk"\n{FRAME}')
    assert sladsl("check", path).exit_code == 0
    write(tmp_path, library__service_desk=LIBRARY)
    done = sladsl("check", path)
    assert codes(done) == ["SLA159"]
    assert "it ships with sladsl" in done.stderr


def test_libraries_are_counted(tmp_path: Path) -> None:
    many = {f"l{number}": f"enum e{number} = x{number}\n" for number in range(101)}
    for count, code in ((100, []), (101, ["SLA159"])):
        imports = "".join(f'import "l{number}"\n' for number in range(count))
        done = sladsl("check", write(tmp_path, a=imports + FRAME, **many))
        assert codes(done) == code


def test_a_long_chain_is_followed(tmp_path: Path) -> None:
    chain = {f"l{number}": f'import "l{number + 1}"\n' for number in range(99)}
    path = write(tmp_path, a=POLICY.replace("levels", "l0"), l99=LIBRARY, **chain)
    assert sladsl("check", path).exit_code == 0
    write(tmp_path, l99='import "l42"\n')
    done = sladsl("check", path)
    assert done.stderr.count("SLA159") == 1
    assert "a circle" in done.stderr


@pytest.mark.parametrize("form", ["./a.sla", "../{name}/a.sla"])
def test_a_circle_through_the_policy_is_seen_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    write(tmp_path, a=POLICY, levels='import "a"\n')
    monkeypatch.chdir(tmp_path)
    done = sladsl("check", form.format(name=tmp_path.name))
    assert codes(done) == ["SLA159"]
    assert "a circle" in done.stderr


# ---- what they say ----


@pytest.mark.parametrize(
    ("library", "code"),
    [
        ("enum level = ", "SLA119|SLA100|SLA131|SLA124"),
        ("language 2\nenum level = high\n", "SLA211"),
        (f"enum level = high\n{FRAME}", "SLA159"),
        ('enum level = high\ntest "x" { expect o in 2026 met }\n', "SLA159"),
        ('based on "a.sla"\n', "SLA159"),
        ("amendment x signed 2026-01-01 from 2026-01-02 { enum level = high }\n", "SLA159"),
        ("stream s { event at t  t time }\nenum level = high\n", "SLA202"),
        ("outage s { samples of s where l == high }\nenum level = high\n", "SLA202"),
        ("enum level = high, high\n", "SLA214"),
        ("\ufeff\u202eenum level = high\n", "SLA102"),
    ],
)
def test_what_is_wrong_in_a_library(tmp_path: Path, library: str, code: str) -> None:
    done = sladsl("check", "--format=json", write(tmp_path, a=POLICY, levels=library))
    assert done.exit_code == 2
    found = json.loads(done.stdout)["diagnostics"]
    assert found[0]["code"] in code.split("|")
    places = [one["file"] for one in found]
    places += [also["file"] for one in found for also in one["related"]]
    assert [place for place in places if place.endswith("levels.sla")]


def test_an_import_says_what_its_text_would_say_in_its_place(tmp_path: Path) -> None:
    """Whichever declarations stand in the library, and however they are cut into two of them."""
    policy = (POLICIES / "hosting.sla").read_text("utf-8")
    plain = contract_of(POLICIES / "hosting.sla")
    # of exclusions, obligations and payments the order counts
    movable = [
        node.span for node in plain.policy.declarations
        if isinstance(node, n.Enum | n.Stream | n.Outage | n.Calendar | n.Metric)
    ]  # fmt: skip
    random = Random(7)
    for number in range(6):
        moved = [span for span in movable if random.random() < 0.6]
        texts = ["", ""]
        rest = policy
        for span in reversed(moved):
            rest = rest[: span.start] + rest[span.end :]
            texts[random.random() < 0.5] += f"{span.text}\n"
        texts[0] += 'import "two"\n'
        folder = tmp_path / str(number)
        path = write(folder, a=f'import "one"\nimport "two"\n{rest}', one=texts[0], two=texts[1])
        found = contract_of(path)
        assert done_by(found) == done_by(plain)
        assert set(found.policy.declarations) == set(plain.policy.declarations)


def done_by(contract: Contract) -> str:
    """The plan of a contract as text, without places and digests."""
    return repr(without_places(compiled(contract, digested=False)))


def without_places(node: object) -> object:
    if isinstance(node, tuple):
        return tuple(map(without_places, node))
    if hasattr(node, "but"):
        return (type(node), *(without_places(getattr(node, f)) for f in fields(node) if f != "at"))
    return node


def test_the_digest_is_of_what_is_imported(tmp_path: Path) -> None:
    def digest(library: str, name: str = "levels") -> str:
        policy = f"{POLICY}metric m = count of s\nobligation o {{ p owes c  require m <= 9 }}\n"
        policy = policy.replace("m <= 9", "m <= 9 per month").replace("levels", name)
        path = write(tmp_path, **{"a": policy, name.replace("/", "__"): library})
        return compiled(contract_of(path)).digest

    known = digest(LIBRARY)
    assert digest(f"# a comment\n{LIBRARY}") == known
    assert digest(LIBRARY, "sub/levels") == known
    assert digest("enum level = high, low, none\n") != known


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_checked_formatted_and_read(path: Path, tmp_path: Path) -> None:
    done = sladsl("check", path)
    assert done.exit_code == 0, done.output
    assert done.output.endswith(": ok, a library\n")
    assert sladsl("fmt", "--check", path).exit_code == 0
    taken = write(tmp_path, a=f'import "library/{path.stem}"\n{FRAME}')
    assert sladsl("check", taken).exit_code == 0
    assert "<sladsl>/library/" in sladsl("show", taken).stdout
    alone = sladsl("show", "--policy", taken).stdout
    assert "import" not in alone.replace("importance", "")
    assert sladsl("check", "-", data=alone).exit_code == 0
