"""The figures as Markdown: all of them, or the few that the README shows."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

Result = dict[str, Any]
RIVALS = ("duckdb", "polars", "pandas")
NAMES = {"duckdb": "DuckDB", "polars": "Polars", "pandas": "pandas"}


@dataclass(frozen=True)
class Goal:
    """How many times as fast as a peer this project is to be.

    `against` names a case whose peer is taken (none: the same case); `peers` empty: all rivals,
    of which the fastest counts; `form` narrows them to forms of that name, as they ran once.
    """

    case: str
    text: str
    wanted: float
    peers: tuple[str, ...] = RIVALS
    against: str = ""
    form: str = ""


GOALS = (
    Goal("w1", "the fastest query with p99", 2.0),
    Goal("w1", "the fastest quantile function", 2.0, form="quantile"),
    Goal("w1", "the fastest query that only counts", 1.6, against="w1_counts"),
    Goal("w1", "bare decoding", 0.7, ("decoding",)),
    Goal("w1_counts", "the fastest query that only counts", 1.6),
    Goal("w1_counts", "bare decoding", 0.8, ("decoding",)),
    Goal("w1_shuffled", "the fastest query with p99", 2.0),
    Goal(
        "w1_shuffled", "the fastest query that only counts", 1.6, against="w1_shuffled_counts"
    ),
    Goal("w1_shuffled", "bare decoding", 0.7, ("decoding",)),
    Goal("w1_memory", "the fastest query with p99", 5.0),
    Goal("w1_memory", "the fastest quantile function", 5.0, form="quantile"),
    Goal("w1_memory", "the fastest query that only counts", 3.0, against="w1_memory_counts"),
    Goal("w1_memory_counts", "the fastest query that only counts", 3.0),
    Goal("w1_csv", "Polars with p99", 1.2, ("polars",)),
    Goal("w1_csv", "Polars counting", 0.85, ("polars",), against="w1_csv_counts"),
    Goal("w1_csv", "bare decoding", 0.5, ("decoding",)),
    Goal("w1_text", "Polars without times, with p99", 1.2, ("polars",)),
    Goal(
        "w1_text", "Polars without times, counting", 0.85, ("polars",), against="w1_text_counts"
    ),
    Goal("w2", "Polars", 1.0, ("polars",)),
    Goal("w2", "DuckDB", 2.5, ("duckdb",)),
    Goal("w2", "bare decoding", 0.75, ("decoding",)),
    Goal("w2_interleaved", "Polars", 1.2, ("polars",)),
    Goal("w2_interleaved", "DuckDB", 1.2, ("duckdb",)),
    Goal("w2_interleaved", "bare decoding", 0.5, ("decoding",)),
    Goal("w3", "DuckDB", 2.2, ("duckdb",)),
    Goal("w3", "Polars", 8.0, ("polars",)),
    Goal("w3", "bare decoding", 0.5, ("decoding",)),
    Goal("live_arrow", "reelay", 20.0, ("reelay",)),
    Goal("live_json", "bare typed decoding by msgspec", 0.4, ("msgspec",)),
)  # fmt: skip


def _middle(values: list[float]) -> float | None:
    return median(values) if values else None


def _time(found: Result | None, what: str = "work") -> float | None:
    return None if found is None else _middle(found.get(what, []))


def _fastest(found: Result | None) -> float | None:
    return min(found.get("work", []), default=None) if found else None


def reached(results: list[Result]) -> list[dict[str, Any]]:
    """Each goal that something was measured for: ratio, wanted, by which peer."""
    cases = {(r["case"], r["rows"]): r for r in results}
    found = []
    for (name, rows), result in cases.items():
        mine = _time(result.get("peers", {}).get("sladsl"))
        if not mine:
            continue
        for goal in GOALS:
            if goal.case != name:
                continue
            other = cases.get((goal.against or name, rows))
            if other is None:
                continue
            times = {p: _best(other.get("peers", {}).get(p), goal.form) for p in goal.peers}
            there = {p: t for p, t in times.items() if t}
            if there:
                peer = min(there, key=lambda p: there[p])
                found.append(
                    {
                        "case": name,
                        "title": result["title"],
                        "rows": rows,
                        "against": goal.text,
                        "peer": peer,
                        "ratio": there[peer] / mine,
                        "cpu": None
                        if goal.form
                        else _ratio(other["peers"][peer], result["peers"]["sladsl"]),
                        "wanted": goal.wanted,
                    }
                )
    return found


def _best(found: Result | None, form: str) -> float | None:
    """The time of a peer, or of the fastest of its forms of some name."""
    if found is None or not form:
        return _time(found)
    return min((t for name, t in found.get("forms", {}).items() if form in name), default=None)


def _ratio(other: Result, mine: Result) -> float | None:
    """What another costs on all cores together, as many times as this project."""
    theirs, ours = _time(other, "cpu"), _time(mine, "cpu")
    return theirs / ours if theirs and ours else None


# ---- cells ----


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def _rate(rows: int, seconds: float | None) -> str:
    return f"{rows / seconds / 1e6:.1f}" if seconds and rows else ""


def _rows(count: int) -> str:
    millions = count / 1e6
    return f"{millions:g} M" if count >= 100_000 else f"{count:,}"


def _table(head: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    marks = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, tuple(marks), *lines))


# ---- pages ----


def page(found: Result) -> str:
    """Everything that was measured."""
    parts = ["# Figures", _about(found)]
    parts += [f"- {note}" for note in found["notes"]]
    parts.append("")
    for result in found["results"]:
        parts += [f"## {result['title']}, {_rows(result['rows'])}", _case(result), ""]
    goals = reached(found["results"])
    if goals:
        parts += ["## What is to be reached", _goals(goals), ""]
    return "\n".join(parts)


def _about(found: Result) -> str:
    libraries = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return (
        f"{found['date']}, {found['machine']}. `{found['command']}`. {libraries}. Medians of "
        f"{found['repeat']} rounds; "
        + ("all found the same.\n" if found["agree"] else "**NOT all found the same.**\n")
    )


def _case(result: Result) -> str:
    if "lines" in result:  # a table of its own
        return _table(tuple(result["head"]), [tuple(line) for line in result["lines"]])
    mine = _time(result["peers"].get("sladsl"))
    lines = []
    for peer, one in result["peers"].items():
        time = _time(one)
        ratio = f"{time / mine:.2f}" if time and mine else ""
        spread = f"{_seconds(min(one['work']))} to {_seconds(max(one['work']))}" if time else ""
        lines.append(
            (
                f"{peer} ({one['form']})",
                _seconds(time),
                spread,
                ratio,
                _rate(result["rows"], time),
                _seconds(_middle(one["cpu"])),
                _seconds(_middle(one.get("import", []))),
                _seconds(_middle(one.get("whole", []))),
                f"{_middle(one['peak']):.0f} MB" if one.get("peak") else "",
            )
        )
        if one.get("command"):
            whole = _middle(one["command"])
            lines.append(
                (
                    "`sladsl eval`, whole command", "", "", "", _rate(result["rows"], whole),
                    _seconds(_middle(one["command_cpu"])), "", _seconds(whole),
                    f"{_middle(one['command_peak']):.0f} MB",
                )
            )  # fmt: skip
    head = (
        "peer (form)", "work", "from, to", "x sladsl", "M rows/s", "CPU", "imports", "process",
        "peak",
    )  # fmt: skip
    text = _table(head, lines)
    tried = [
        f"{peer}: " + ", ".join(f"{name} {_seconds(t)}" for name, t in one["forms"].items())
        for peer, one in result["peers"].items()
        if len(one.get("forms", {})) > 1
    ]
    return text + ("\n\nForms, once each: " + "; ".join(tried) if tried else "")


def _goals(goals: list[dict[str, Any]]) -> str:
    lines = [
        (
            f"{g['title']}, {_rows(g['rows'])}, against {g['against']}",
            g["peer"],
            f"{g['ratio']:.2f}",
            f"{g['cpu']:.2f}" if g["cpu"] else "",
            f"{g['wanted']:g}",
            "yes" if g["ratio"] >= g["wanted"] else "**no**",
        )
        for g in goals
    ]
    return _table(("times as fast as", "peer", "is", "by CPU time", "wanted", "reached"), lines)


def readme(found: Result) -> str:
    """The table for the README: a line for each work, by the fastest round of each peer.

    On a machine that others use as well, the fastest rounds are those that were disturbed least.
    """
    lines = []
    some = [r for r in RIVALS if any(_fastest(o.get("peers", {}).get(r)) for o in found["results"])]
    for result in found["results"]:
        if "lines" in result:
            continue
        peers = result["peers"]
        mine = peers.get("sladsl")
        time = _fastest(mine)
        if mine is None or time is None:
            continue
        cells = []
        for rival in some:
            other = _fastest(peers.get(rival))
            cells.append(f"{other / time:.1f} x" if other else "")
        bare = _fastest(peers.get("decoding") or peers.get("msgspec"))
        peak = _middle(mine.get("peak", []))
        lines.append(
            (
                f"{result['title']}, {_rows(result['rows'])}",
                _seconds(time),
                _rate(result["rows"], time),
                *cells,
                f"{bare / time:.2f}" if bare else "",
                f"{peak:.0f} MB" if peak else "",
            )
        )
    head = (
        "work", "sladsl", "M rows/s", *(f"{NAMES[rival]} takes" for rival in some),
        "of bare decoding", "peak memory",
    )  # fmt: skip
    names = ("python", "pyarrow", "duckdb", "polars", "pandas")
    libraries = ", ".join(f"{n} {found['versions'][n]}" for n in names if n in found["versions"])
    return (
        _table(head, lines)
        + f"\n\n{found['date']}, {found['machine']}, `{found['command']}`; {libraries}."
    )
