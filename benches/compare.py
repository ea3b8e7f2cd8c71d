"""Compares this project with queries that an expert would write by hand for the same work.

    python benches/compare.py --size small
    python benches/compare.py --size full --only w1,w2 --repeat 5 --out /tmp/figures

Each peer runs in a process of its own, in turn (A B C A B C ...); all must find the same. Each
rival has several forms: all run once, and the fastest of them takes part in the rounds that are
counted. `benches/README.md` says what is measured; what can't be imported is left out and named.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import startup
import table
from measure import HERE, Run, run
from works import AS_OF, CASES, Case, differences, from_report

MILLION = 1_000_000
#: rows by size and set; a case runs once for each number
SIZES: dict[str, dict[str, tuple[int, ...]]] = {
    "tiny": {
        "requests": (20_000,),
        "requests_shuffled": (20_000,),
        "requests_csv": (10_000,),
        "probes": (20_000,),
        "probes_interleaved": (20_000,),
        "tickets": (20_000,),
        "live": (20_000,),
    },
    "small": {
        "requests": (MILLION,),
        "requests_shuffled": (MILLION,),
        "requests_csv": (300_000,),
        "probes": (MILLION,),
        "probes_interleaved": (MILLION,),
        "tickets": (300_000,),
        "live": (200_000,),
    },
    "full": {
        "requests": (10 * MILLION, 100 * MILLION),
        "requests_shuffled": (10 * MILLION, 100 * MILLION),
        "requests_csv": (10 * MILLION,),
        "probes": (52_560_000,),
        "probes_interleaved": (52_560_000,),
        "tickets": (2 * MILLION, 20 * MILLION),
        "live": (2 * MILLION,),
    },
}
PEERS = ("sladsl", "sladsl_digest", "duckdb", "polars", "pandas", "decoding")
MODULES = {"decoding": "pyarrow", "sladsl_digest": "sladsl"}
#: beyond that many rows a peer doesn't take part: it only would hold up the others
MOST = {"pandas": 20 * MILLION, "rtamt": 50_000}
LIVE = (
    ("live_arrow", "Live events, Arrow batches of 1,000", ("sladsl_arrow", "reelay", "rtamt")),
    ("live_json", "Live events, JSON lines by 1,000", ("sladsl_json", "msgspec")),
)
MOST_MEMORY = 20 * MILLION  # rows that a case from memory is made for

Result = dict[str, Any]


class Comparison:
    """What was asked for, and what has been found so far."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.python = sys.executable
        self.said: list[str] = []
        self.peers = [p for p in PEERS if p in given.peers and self._there(p)]
        self.wrong = False
        #: by case and peer: the forms that are tried again at larger sizes
        self.worth: dict[tuple[str, str], set[str]] = {}

    def _there(self, peer: str) -> bool:
        name = MODULES.get(peer, peer)
        if importlib.util.find_spec(name) is not None:
            return True
        self.note(f"{peer}: left out, {name} isn't installed")
        return False

    def note(self, text: str) -> None:
        """Something that the reader of the figures must know."""
        if text not in self.said:
            self.said.append(text)
            print(f"# {text}", file=sys.stderr, flush=True)

    # ---- processes ----

    def made(self, name: str, rows: int) -> str:
        """The path of a set, which is written if it isn't there."""
        command = [self.python, str(HERE / "measurements.py"), "--data", str(self.given.data)]
        command += ["--set", name, "--rows", str(rows), "--seed", str(self.given.seed)]
        done = run(command)
        if done.status:
            raise SystemExit(done.err.decode())
        return done.out.decode().strip()

    def ask(
        self, request: dict[str, Any], module: str = "worker", patience: float | None = None
    ) -> tuple[Any, Run]:
        """The answer of a worker; None where it failed, which is said."""
        command = [self.python, str(HERE / f"{module}.py"), json.dumps(request)]
        done = run(command, timeout=patience or self.given.timeout)
        if done.status:
            lines = done.err.decode(errors="replace").strip().splitlines()
            lines = lines or [f"ended after {done.wall:.0f} s"]
            what = " ".join(str(request[k]) for k in ("case", "peer", "form") if request.get(k))
            self.note(f"{what}: failed: {lines[-1][:200]}")
            return None, done
        return json.loads(done.out), done

    # ---- a case ----

    def case(self, case: Case, rows: int) -> Result:
        """All peers on one work at one size."""
        self._say(f"{case.title}, {rows:,} rows")
        path = self.made(case.set, rows)
        engine_path = self.made(case.engine_set, rows) if case.engine_set else path
        contenders: dict[str, list[Result]] = {}
        for peer in self.peers:
            if rows > MOST.get(peer, rows):
                self.note(f"{case.name}, {rows:,} rows: {peer} left out beyond {MOST[peer]:,} rows")
                continue
            found = self._heat(case, peer, engine_path if peer.startswith("sladsl") else path)
            if found:
                contenders[peer] = found
        for _ in range(self.given.repeat):
            for found in contenders.values():
                for one in found:
                    self._once(one)
            if "sladsl" in contenders and not case.engine_set:
                self._command(case, engine_path, contenders["sladsl"][0])
        peers = {
            peer: min(found, key=lambda one: median(one["work"] or [float("inf")]))
            for peer, found in contenders.items()
        }
        self._agree(case, peers)
        for one in peers.values():
            del one["request"], one["facts"]
        return {"case": case.name, "title": case.title, "rows": rows, "peers": peers}

    # ---- live events ----

    def live(self, rows: int) -> list[Result]:
        """Batches of 1,000 events, from Arrow beside the monitors and from JSON beside msgspec."""
        paths = {"arrow": self.made("live", rows), "json": self.made("live_json", rows)}
        results = []
        for name, title, peers in LIVE:
            self._say(f"{title}, {rows:,} events")
            found: dict[str, Result] = {}
            for peer in peers:
                module = peer.partition("_")[0]
                if module == "sladsl" and "sladsl" not in self.peers:
                    continue
                if not self._there(module):
                    continue
                most = min(rows, MOST.get(peer, rows))
                request = {"case": name, "peer": peer, "most": most, "runs": 3, **paths}
                answer, _ = self.ask(request, "live")
                if answer is not None:
                    found[module] = {
                        "form": peer, "forms": {}, "request": request, "rows": most,
                        "found": answer["found"], "work": [], "cpu": [], "whole": [], "peak": [],
                    }  # fmt: skip
            for _ in range(self.given.repeat):
                for one in found.values():
                    self._live_once(one, rows)
            for module, one in found.items():
                request = {**one.pop("request"), "peer": "expected"}
                answer, _ = self.ask(request, "live")
                if one["found"] is not None and one["found"] != answer["found"]:
                    self.wrong = True
                    self.note(f"{name}: {module} DISAGREES: {one['found']}, not {answer['found']}")
            results.append({"case": name, "title": title, "rows": rows, "peers": found})
        return results

    def _live_once(self, found: Result, rows: int) -> None:
        answer, done = self.ask(found["request"], "live")
        if answer is not None:
            share = rows / found["rows"]  # of one that took fewer events
            found["work"].append(median(answer["work"]) * share)
            found["cpu"].append(median(answer["cpu"]) * share)
            found["whole"].append(done.wall)
            found["peak"].append(done.peak)

    def _heat(self, case: Case, peer: str, path: str) -> list[Result]:
        """Each form once; the fastest, or the two if they are close, take part in the rounds."""
        runs = 5 if case.source == "memory" else 1
        base = {"peer": peer, "case": case.name, "path": path, "runs": runs, "form": None}
        forms: list[str | None] = [None]
        ours = peer.startswith("sladsl")
        if not ours:
            answer, _ = self.ask(base)
            forms = [] if answer is None else answer["forms"]
        taken: dict[str, float] = {}
        facts: dict[str, Any] = {}
        rows = 0
        worth = self.worth.get((case.name, peer))  # at a smaller size
        patience = self.given.timeout
        for form in forms:
            if worth is not None and form not in worth:
                continue
            answer, done = self.ask({**base, "form": form}, patience=patience)
            if answer is None:
                continue
            name = form or "pipeline"
            taken[name] = median(answer["work"])
            # a form that takes five times as long as another needn't come to its end
            patience = min(patience, max(20.0, 5 * done.wall))
            facts[name] = answer.get("facts")
            rows = answer.get("rows", rows)
        if not taken:
            return []
        order = sorted(taken, key=lambda name: taken[name])
        if not ours:
            self.worth[case.name, peer] = {n for n in order if taken[n] <= 1.6 * taken[order[0]]}
        close = [name for name in order[:2] if taken[name] <= 1.3 * taken[order[0]]]
        measured = ("work", "cpu", "import", "whole", "whole_cpu", "peak")
        return [
            {
                "form": name,
                "forms": taken,
                "request": {**base, "form": None if ours else name},
                "facts": facts,
                "rows": rows,
                **{what: [] for what in measured},
            }
            for name in close
        ]

    def _once(self, found: Result) -> None:
        answer, done = self.ask(found["request"])
        if answer is None:
            return
        found["facts"][f"{found['form']}, again"] = answer.get("facts")
        found["work"].append(median(answer["work"]))
        found["cpu"].append(median(answer["cpu"]))
        found["import"].append(answer["import"])
        found["whole"].append(done.wall)
        found["whole_cpu"].append(done.cpu)
        found["peak"].append(done.peak)

    def _command(self, case: Case, path: str, found: Result) -> None:
        """The whole command, as somebody types it."""
        command = [self.python, "-m", "sladsl", "eval", str(case.policy), "--format", "json"]
        command += ["--data", f"{case.stream}={path}", "--as-of", AS_OF]
        done = run(command, timeout=self.given.timeout)
        if done.status not in (0, 1, 3):
            self.note(f"{case.name}: the command failed: {done.err.decode()[-300:]}")
            return
        found["facts"]["command"] = from_report(json.loads(done.out))
        found.setdefault("command", []).append(done.wall)
        found.setdefault("command_cpu", []).append(done.cpu)
        found.setdefault("command_peak", []).append(done.peak)

    def _agree(self, case: Case, peers: dict[str, Result]) -> None:
        """All forms of all peers must have found the same."""
        expected = None
        for peer, found in peers.items():
            for form, facts in found["facts"].items():
                if facts is None:
                    continue
                if expected is None:
                    expected = facts
                wrong = differences(facts, expected)
                if wrong:
                    self.wrong = True
                    self.note(f"{case.name}: {peer}, {form} DISAGREES: {'; '.join(wrong[:3])}")
                found["agrees"] = found.get("agrees", True) and not wrong

    def _say(self, text: str) -> None:
        if not self.given.quiet:
            print(f"... {text}", file=sys.stderr, flush=True)


# ---- about the run ----


def machine() -> str:
    """What it ran on."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"


def versions() -> dict[str, str]:
    """The libraries that took part."""
    found = {"python": platform.python_version()}
    for name in ("sladsl", "numpy", "pyarrow", "duckdb", "polars", "pandas", "reelay", "rtamt"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def arguments(args: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sladsl-benches"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument(
        "--only", default="", help="cases, or beginnings of their names: w1,w2,w3,live,start"
    )
    parser.add_argument("--rows", default="", help="other sizes: 1000000 or requests=5000000,...")
    parser.add_argument("--repeat", type=int, default=3, help="rounds that are counted")
    parser.add_argument("--peers", default=",".join(PEERS), help="who takes part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=cache, help="where measurements are kept")
    parser.add_argument("--out", type=Path, help="folder for compare.md and compare.json")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds for one process")
    parser.add_argument("--readme", action="store_true", help="print the README's table only")
    parser.add_argument("--from", dest="from_", type=Path, help="show an earlier compare.json")
    parser.add_argument("--date", help="the date to show (default: today)")
    parser.add_argument("--machine", help="the machine to show (default: this one)")
    parser.add_argument("--quiet", action="store_true")
    given = parser.parse_args(args)
    given.peers = given.peers.split(",")
    return given


def sizes(given: argparse.Namespace) -> dict[str, tuple[int, ...]]:
    """How many rows each set has."""
    found = dict(SIZES[given.size])
    for part in filter(None, given.rows.split(",")):
        name, mark, rows = part.rpartition("=")
        for each in [name] if mark else list(found):
            if each not in found:
                raise SystemExit(f"--rows: no set `{each}`; there are {', '.join(found)}")
            found[each] = (int(rows),)
    return found


def asked(name: str, only: str) -> bool:
    """Whether a case is among those that were named."""
    return not only or any(name.startswith(part.strip().lower()) for part in only.split(","))


def compared(given: argparse.Namespace) -> Result:
    """Run everything that was asked for."""
    comparison = Comparison(given)
    given.data.mkdir(parents=True, exist_ok=True)
    rows = sizes(given)
    done: list[Result] = []
    for case in CASES:
        if asked(case.name, given.only):
            for count in rows[case.set]:
                if case.source == "memory" and count > MOST_MEMORY:
                    continue
                done.append(comparison.case(case, count))
                written(comparison, done)
    if asked("live", given.only):
        done += comparison.live(rows["live"][0])
    if asked("start", given.only):
        done += startup.results(comparison, 10_000)
    return written(comparison, done)


def written(comparison: Comparison, done: list[Result]) -> Result:
    """What has been found so far, also in the files that were asked for."""
    given = comparison.given
    if any(result["case"].startswith("w2") for result in done):
        comparison.note("W2: maintenance windows are left out by all, until `excluding` is judged")
    found = {
        "date": given.date or datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": given.machine or machine(),
        "command": " ".join(["python", "benches/compare.py", *given.words]),
        "versions": versions(),
        "repeat": given.repeat,
        "seed": given.seed,
        "notes": comparison.said,
        "agree": not comparison.wrong,
        "results": done,
    }
    if given.out is not None:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "compare.md").write_text(table.page(found), "utf-8")
        (given.out / "compare.json").write_text(json.dumps(found, indent=1), "utf-8")
    return found


def main(args: Sequence[str] | None = None) -> int:
    """Compare, print and write; 1 where peers don't find the same."""
    given = arguments(args)
    given.words = list(sys.argv[1:] if args is None else args)
    if given.from_ is not None:
        found = json.loads(given.from_.read_text("utf-8"))
    else:
        found = compared(given)
    text = table.readme(found) if given.readme else table.page(found)
    print(text)
    return 0 if found["agree"] else 1


if __name__ == "__main__":
    sys.exit(main())
