"""One peer does one work, in a process of its own; prints what it found and what it took.

    python benches/worker.py '{"peer": "duckdb", "case": "w1", "form": "file: quantile", ...}'

Times are seconds: `import` is what loading the libraries took, `work` each run of the work
itself, `cpu` what these runs cost on all cores together.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from works import AS_OF, CASES, Case, from_counts, from_report

PEERS = {
    "duckdb": "rivals_duckdb",
    "polars": "rivals_polars",
    "pandas": "rivals_pandas",
    "decoding": "decoding",
}


def forms_of(module: Any, case: Case) -> dict[str, Any]:
    """The forms that a peer has for a case, by name."""
    found = {}
    for name in (case.name, case.work, case.source):
        if name in module.FORMS:
            found = module.FORMS[name]
            break
    if case.name.startswith("w1_text") and "w1" in module.FORMS and case.name not in module.FORMS:
        return {}  # a rival without a form of its own for that
    return dict(found)


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Carry out a request."""
    case = next(c for c in CASES if c.name == request["case"])
    begun = time.perf_counter()
    ours = request["peer"].startswith("sladsl")
    if ours:
        import engine

        make = engine.remembered if case.source == "memory" else engine.evaluated_later
        digested = request["peer"] == "sladsl_digest"
        work = make(case.policy, case.stream, request["path"], AS_OF, digested=digested)

    else:
        module = __import__(PEERS[request["peer"]])
        rival = module.Rival(request["path"], case.source)
        if request["form"] is None:  # which forms there are
            names = forms_of(module, case)
            return {"forms": [f"{w}: {n}" for w in rival.sources() for n in names]}
        where, _, name = request["form"].partition(": ")
        form = forms_of(module, case)[name]

    imported = time.perf_counter() - begun
    if not ours:
        rival.load(where, name)

        def work() -> Any:
            return form(rival)

    times, cpu = [], []
    found: Any = None
    for _ in range(request.get("runs", 1)):
        wall, spent = time.perf_counter(), time.process_time()
        found = work()
        cpu.append(time.process_time() - spent)
        times.append(time.perf_counter() - wall)
    answer: dict[str, Any] = {"import": imported, "work": times, "cpu": cpu}
    if ours:
        report = json.loads(found)
        answer["facts"] = from_report(report)
        answer["rows"] = sum(i["rows"] for i in report["inputs"])
    elif request["peer"] == "decoding":
        answer["rows"] = found
    else:
        answer["facts"] = from_counts(case.work, found)
    return answer


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
