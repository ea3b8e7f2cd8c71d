"""One peer folds live events, 1,000 at a time, in a process of its own; prints what it took.

The work: outages of a minute or more of a target that is probed every second. What monitors of
temporal logic say of it is how often "it has failed for the last 60 probes" begins to hold. They
get their events as ready-made dicts: decoding isn't charged to them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from works import AS_OF, HERE

BATCH = 1_000
LASTING = 60  # probes

Work = Callable[[], Any]


def arrow_batches(path: str) -> list[Any]:
    """Record batches of 1,000 events, in memory."""
    import pyarrow as pa

    with pa.OSFile(path) as file:
        table = pa.ipc.open_file(file).read_all().combine_chunks()
    return list(table.to_batches(max_chunksize=BATCH))


def json_batches(path: str) -> list[bytes]:
    """Lines of 1,000 events, in memory."""
    lines = Path(path).read_bytes().splitlines(keepends=True)
    return [b"".join(lines[at : at + BATCH]) for at in range(0, len(lines), BATCH)]


def events(path: str, most: int) -> list[dict[str, bool]]:
    """The events as the monitors take them."""
    oks = (ok for batch in arrow_batches(path) for ok in batch["ok"].to_pylist())
    return [{"ok": ok} for ok, _ in zip(oks, range(most), strict=False)]


def expected(path: str, most: int) -> int:
    """How many runs of failure reach 60 probes, counted one by one."""
    found = length = 0
    for event in events(path, most):
        length = 0 if event["ok"] else length + 1
        found += length == LASTING
    return found


# ---- peers: each makes its work, which tells how many outages there were ----


def sladsl_arrow(request: dict[str, Any]) -> Work:
    """This project, from Arrow record batches."""
    import engine

    batches = arrow_batches(request["arrow"])
    return lambda: _outages(engine.live(HERE / "live.sla", "probes", batches, AS_OF))


def sladsl_json(request: dict[str, Any]) -> Work:
    """This project, from JSON lines."""
    import engine

    batches = json_batches(request["json"])
    return lambda: _outages(engine.live(HERE / "live.sla", "probes", batches, AS_OF))


def _outages(verdicts: list[Any]) -> int:
    (verdict,) = verdicts
    return int(verdict.value.value)


def reelay(request: dict[str, Any]) -> Work:
    """A monitor in C++ that answers where its answer changes."""
    import reelay

    ready = events(request["arrow"], request["most"])

    def work() -> int:
        pattern = f"historically[0:{LASTING - 1}]{{ok: false}}"
        monitor = reelay.discrete_timed_monitor(pattern=pattern, condense=True)
        found = 0
        for event in ready:
            answer = monitor.update(event)
            if answer:
                found += answer["value"]
        return found

    return work


def rtamt(request: dict[str, Any]) -> Work:
    """A monitor of signal temporal logic."""
    import rtamt

    ready = [("ok", float(event["ok"])) for event in events(request["arrow"], request["most"])]

    def work() -> int:
        monitor = rtamt.StlDiscreteTimeOnlineSpecification()
        monitor.declare_var("ok", "float")
        monitor.declare_var("out", "float")
        monitor.spec = f"out = historically[0:{LASTING - 1}](ok <= 0.5)"
        monitor.parse()
        found, was = 0, False
        for at, value in enumerate(ready):
            now = monitor.update(at, [value]) > 0
            found += now and not was
            was = now
        return found

    return work


def msgspec(request: dict[str, Any]) -> Work:
    """The least that JSON costs: lines decoded into typed events, and nothing done."""
    import msgspec

    class Probe(msgspec.Struct, gc=False):
        time: str
        target: str
        ok: bool

    decoder = msgspec.json.Decoder(Probe)
    batches = json_batches(request["json"])

    def work() -> None:
        for batch in batches:
            decoder.decode_lines(batch)

    return work


PEERS: dict[str, Callable[[dict[str, Any]], Work]] = {
    "sladsl_arrow": sladsl_arrow,
    "sladsl_json": sladsl_json,
    "reelay": reelay,
    "rtamt": rtamt,
    "msgspec": msgspec,
}


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Carry out a request."""
    if request["peer"] == "expected":
        return {"found": expected(request["arrow"], request["most"])}
    work = PEERS[request["peer"]](request)
    times, cpu = [], []
    found: Any = None
    for _ in range(request.get("runs", 1)):
        wall, spent = time.perf_counter(), time.process_time()
        found = work()
        cpu.append(time.process_time() - spent)
        times.append(time.perf_counter() - wall)
    return {"work": times, "cpu": cpu, "found": found}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
