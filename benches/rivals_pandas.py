"""Hand-written pandas: row groups one by one, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from intervals import uptime
from works import BOUNDS, FAST, HOLD, HOUR, WITHIN, month_of_hours, office_hours

Rows = list[tuple[Any, ...]]
Form = Callable[["Rival"], Rows]


class Rival:
    """The rows to read, as frames."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.source = source
        self.ready: list[pd.DataFrame] = []

    def sources(self) -> list[str]:
        """Where the rows may be taken from."""
        return ["frames"]

    def load(self, where: str, form: str) -> None:
        """Make the rows ready; not timed."""
        if self.source == "memory":
            self.ready = [pq.read_table(self.path, read_dictionary=["region"]).to_pandas()]

    def frames(self) -> Iterator[pd.DataFrame]:
        """Parts of the rows."""
        if self.source == "memory":
            yield from self.ready
        elif self.source == "csv":
            kinds: dict[str, Any] = {"latency": "int32", "region": "category"}
            parts = pd.read_csv(self.path, dtype=kinds, engine="c", chunksize=1 << 20)
            for frame in parts:
                frame["time"] = pd.to_datetime(frame["time"], format="ISO8601")
                yield frame
        else:
            file = pq.ParquetFile(self.path)
            for number in range(file.num_row_groups):
                yield file.read_row_group(number, use_threads=True).to_pandas()


def _ms(column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    return column.to_numpy("datetime64[ms]").view(np.int64)


def _month(column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    return np.searchsorted(BOUNDS[1:12], _ms(column), side="right").astype(np.int8)


def counts(rival: Rival) -> Rows:
    """Grouped counts, added up."""
    found = []
    for frame in rival.frames():
        wide = pd.DataFrame(
            {
                "m": _month(frame["time"]),
                "region": frame["region"],
                "ok": frame["ok"],
                "fast": frame["latency"] <= FAST,
            }
        )
        grouped = wide.groupby(["m", "region"], observed=True)
        found.append(grouped.agg(n=("ok", "size"), o=("ok", "sum"), f=("fast", "sum")))
    every = pd.concat(found).groupby(level=[0, 1], observed=True).sum()
    return [(m, r, *row) for (m, r), row in zip(every.index, every.to_numpy(), strict=True)]


def histogram(rival: Rival) -> Rows:
    """Rows for each value of the latency: the percentile is read off the few that there are."""
    found = []
    for frame in rival.frames():
        keys = [pd.Series(_month(frame["time"]), name="m"), frame["region"], frame["latency"]]
        grouped = frame["ok"].groupby(keys, observed=True)
        found.append(grouped.agg(["size", "sum"]))
    every = pd.concat(found).groupby(level=[0, 1, 2], observed=True).sum().sort_index()
    rows: Rows = []
    for (month, region), cells in every.groupby(level=[0, 1], observed=True):
        size, latency = cells["size"].to_numpy(), cells.index.get_level_values(2).to_numpy()
        at = np.searchsorted(size.cumsum() * 100, size.sum() * 99)
        fast = size[latency <= FAST].sum()
        rows.append((month, region, size.sum(), cells["sum"].sum(), fast, latency[at]))
    return rows


def events(rival: Rival) -> Rows:
    """The rows that begin a run, sorted by target first."""
    found = []
    last: dict[Any, int] = {}
    kept = None
    for frame in rival.frames():
        part = pd.DataFrame({"target": frame["target"].astype(str), "ok": frame["ok"]})
        part["time"] = _ms(frame["time"])
        last |= part.groupby("target")["time"].max().to_dict()
        if kept is not None:
            part = pd.concat([kept, part])
        part = part.sort_values("target", kind="stable")
        same = part["target"].eq(part["target"].shift())
        part["before"] = part["time"].shift(fill_value=0)
        begins = ~same | part["ok"].ne(part["ok"].shift()) | (part["time"] - part["before"] > HOLD)
        # the last row of each target goes before the next part, where it begins nothing
        known = set() if kept is None else set(kept["target"])
        begins &= same | ~part["target"].isin(known)
        found.append(part[begins])
        kept = part.groupby("target").tail(1)[["target", "ok", "time"]]
    every = pd.concat(found).sort_values(["target", "time"])
    return uptime(  # type: ignore[return-value]
        every["target"].to_numpy().astype("U"),
        every["time"].to_numpy(),
        every["ok"].to_numpy(bool),
        every["before"].to_numpy(np.int64),
        last,
    )


def tickets(rival: Rival) -> Rows:
    """The table of hours, asked by position."""
    before, opened = (np.array(column) for column in office_hours())
    months = np.array(month_of_hours())
    found = []
    for frame in rival.frames():
        start = _ms(frame["opened"]) - BOUNDS[0]
        there = frame["answered"].notna().to_numpy()
        end = np.where(there, _ms(frame["answered"]) - BOUNDS[0], 0)
        spent = before[end // HOUR] + opened[end // HOUR] * (end % HOUR)
        spent = spent - before[start // HOUR] - opened[start // HOUR] * (start % HOUR)
        good = pd.Series(there & (spent <= WITHIN))
        keys = [pd.Series(months[start // HOUR], name="m"), frame["priority"]]
        found.append(good.groupby(keys, observed=True).agg(["size", "sum"]))
    every = pd.concat(found).groupby(level=[0, 1], observed=True).sum()
    return [(m, p, *row) for (m, p), row in zip(every.index, every.to_numpy(), strict=True)]


FORMS: dict[str, dict[str, Form]] = {
    "w1_counts": {"groupby": counts},
    "w1": {"histogram": histogram},
    "w2": {"events": events},
    "w3": {"looked up": tickets},
}
