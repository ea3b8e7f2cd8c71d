"""Hand-written Polars queries: several forms for each work, of which the fastest counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import polars as pl
from intervals import uptime
from works import BOUNDS, FAST, HOLD, HOUR, TEXTS, WITHIN, month_of_hours, office_hours

Rows = list[tuple[Any, ...]]
Form = Callable[["Rival"], Rows]

TIME = pl.col("time").to_physical()
NEED = ("time", "ok", "latency", "region")


class Rival:
    """The rows to read: a lazy scan of a file, or a frame in memory."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.source = source
        self.rows = pl.LazyFrame()
        self.engine: Any = "streaming"

    def sources(self) -> list[str]:
        """Where the rows may be taken from, and by which engine."""
        return ["streaming", "in-memory"]

    def load(self, where: str, form: str) -> None:
        """Make the rows ready; not timed."""
        self.engine = where
        before, opened = office_hours()
        self.before = pl.Series("b", before, pl.Int64)
        self.opened = pl.Series("o", opened, pl.Int64)
        self.months = pl.Series("m", month_of_hours(), pl.Int8)
        if self.source == "parquet":
            self.rows = pl.scan_parquet(self.path)
        elif self.source == "csv":
            schema = {
                "time": pl.String,
                "ok": pl.Boolean,
                "latency": pl.Int32,
                "region": pl.String,
            }
            made = pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms")
            self.rows = pl.scan_csv(self.path, schema=schema)
            if not form.startswith("text"):
                self.rows = self.rows.with_columns(made)
        else:
            self.rows = pl.read_parquet(self.path).rechunk().lazy()

    def ask(self, query: pl.LazyFrame) -> pl.DataFrame:
        """The answer to a query."""
        return query.collect(engine=self.engine)


# ---- the month of a row ----


def _by_halves(rival: Rival, low: int = 0, high: int = 11) -> pl.Expr:
    if low == high:
        return pl.lit(low, pl.Int8)
    middle = (low + high + 1) // 2
    less, more = _by_halves(rival, low, middle - 1), _by_halves(rival, middle, high)
    return pl.when(BOUNDS[middle] > TIME).then(less).otherwise(more)


def _by_text(rival: Rival, low: int = 0, high: int = 11) -> pl.Expr:
    """The same, with times as a CSV file writes them: they needn't be parsed."""
    if low == high:
        return pl.lit(low, pl.Int8)
    middle = (low + high + 1) // 2
    less, more = _by_text(rival, low, middle - 1), _by_text(rival, middle, high)
    return pl.when(pl.col("time") < TEXTS[middle]).then(less).otherwise(more)


def _by_search(rival: Rival) -> pl.Expr:
    bounds = pl.lit(pl.Series(BOUNDS[1:12]))
    return bounds.search_sorted(TIME, side="right").cast(pl.Int8)


def _by_lookup(rival: Rival) -> pl.Expr:
    hour = (TIME // HOUR - BOUNDS[0] // HOUR).cast(pl.UInt32)
    return pl.lit(rival.months).gather(hour)


def _by_calendar(rival: Rival) -> pl.Expr:
    zoned = pl.col("time").dt.replace_time_zone(None).dt.replace_time_zone("UTC")
    return zoned.dt.convert_time_zone("Europe/Amsterdam").dt.month() - 1


Month = Callable[[Rival], pl.Expr]

_COUNTS = (
    pl.len().alias("n"),
    pl.col("ok").sum().alias("o"),
    (pl.col("latency") <= FAST).sum().alias("f"),
)


def by(month: Month, rival: Rival) -> Rows:
    """Counts, with a way to find the month."""
    rows = rival.rows.select(*NEED).group_by(month(rival).alias("m"), "region").agg(*_COUNTS)
    return rival.ask(rows).rows()


def by_hours(rival: Rival) -> Rows:
    """Counts by hours, added up by month."""
    hours = rival.rows.group_by((TIME // HOUR).alias("h"), "region").agg(*_COUNTS)
    month = pl.lit(rival.months).gather(pl.col("h") - BOUNDS[0] // HOUR)
    rows = hours.with_columns(month.alias("m")).group_by("m", "region")
    return rival.ask(rows.agg(pl.col("n", "o", "f").sum())).rows()


def by_ranges(tail: bool, rival: Rival) -> Rows:
    """A query for each month, so that row groups out of it aren't read."""
    more = (_rank(),) if tail else ()
    parts = []
    for month, (low, high) in enumerate(pairwise(BOUNDS)):
        kind = rival.rows.collect_schema()["time"]
        edges = [pl.lit(at, pl.Int64).cast(kind) for at in (low, high)]
        inside = (pl.col("time") >= edges[0]) & (pl.col("time") < edges[1])
        found = rival.rows.filter(inside).group_by("region").agg(*_COUNTS, *more)
        parts.append(found.select(pl.lit(month).alias("m"), pl.all()))
    frames = pl.collect_all(parts, engine=rival.engine)
    return pl.concat(frames).rows()


def _rank() -> pl.Expr:
    """The nearest-rank percentile itself."""
    return pl.col("latency").sort().get((pl.len() * 99 + 99) // 100 - 1).alias("p")


def quantile(month: Month, rival: Rival) -> Rows:
    """Counts and the percentile itself."""
    rows = rival.rows.select(*NEED).group_by(month(rival).alias("m"), "region")
    return rival.ask(rows.agg(*_COUNTS, _rank())).rows()


def histogram(month: Month, rival: Rival) -> Rows:
    """Rows for each value of the latency: the percentile is read off the few that there are."""
    cells = rival.rows.group_by(month(rival).alias("m"), "region", "latency").agg(
        pl.len().alias("n"), pl.col("ok").sum().alias("o")
    )
    return _read_off(rival.ask(cells))


def packed(month: Month, rival: Rival) -> Rows:
    """The same, with month, region and latency in one number."""
    region = pl.col("region").cast(pl.Enum(["ap", "eu", "sa", "us"])).to_physical().cast(pl.Int32)
    key = (month(rival).cast(pl.Int32) * 4 + region) * 65_536 + pl.col("latency")
    cells = rival.rows.group_by(key.alias("k")).agg(
        pl.len().alias("n"), pl.col("ok").sum().alias("o")
    )
    names = pl.Series(["ap", "eu", "sa", "us"])
    wide = rival.ask(cells).select(
        (pl.col("k") // 262_144).alias("m"),
        pl.lit(names).gather(pl.col("k") // 65_536 % 4).alias("region"),
        (pl.col("k") % 65_536).alias("latency"),
        "n",
        "o",
    )
    return _read_off(wide)


def _read_off(cells: pl.DataFrame) -> Rows:
    enough = pl.col("n").cum_sum() * 100 >= pl.col("n").sum() * 99
    found = cells.sort("latency").group_by("m", "region", maintain_order=True)
    return found.agg(
        pl.col("n").sum(),
        pl.col("o").sum(),
        pl.col("n").filter(pl.col("latency") <= FAST).sum().alias("f"),
        pl.col("latency").filter(enough).first().alias("p"),
    ).rows()


# ---- W2 ----


def _judged(rival: Rival, events: pl.LazyFrame) -> Rows:
    last = rival.rows.group_by("target").agg(pl.col("time").max().to_physical())
    found, newest = pl.collect_all([events, last], engine=rival.engine)
    found = found.sort("target", "time")
    return uptime(  # type: ignore[return-value]
        found["target"].cast(pl.String).to_numpy().astype("U"),
        found["time"].to_numpy(),
        found["ok"].to_numpy(),
        found["before"].fill_null(0).to_numpy(),
        dict(newest.rows()),
    )


def _events(rows: pl.LazyFrame, over: bool) -> pl.LazyFrame:
    """The rows that begin a run. `over`: the row before is sought for each target."""

    def shifted(name: str) -> pl.Expr:
        one = pl.col(name).shift(1)
        return one.over("target") if over else one

    wide = rows.select("target", pl.col("ok"), TIME.alias("time")).with_columns(
        shifted("time").alias("before"), shifted("ok").alias("was")
    )
    begins = (
        pl.col("before").is_null()
        | (pl.col("ok") != pl.col("was"))
        | (pl.col("time") - pl.col("before") > HOLD)
    )
    if not over:
        begins |= pl.col("target") != pl.col("target").shift(1)
    return wide.filter(begins).select("target", "time", "ok", "before")


def as_they_come(rival: Rival) -> Rows:
    """Rows sorted by target and time: the row before is the one before."""
    return _judged(rival, _events(rival.rows, over=False))


def over_targets(rival: Rival) -> Rows:
    """Any order of targets: the row before is sought for each target."""
    return _judged(rival, _events(rival.rows, over=True))


def sorted_first(rival: Rival) -> Rows:
    """Sorted by target, and then as above."""
    rows = rival.rows.sort("target", maintain_order=True)
    return _judged(rival, _events(rows, over=False))


def in_lists(rival: Rival) -> Rows:
    """The times of each target as a group, compared inside it."""
    time, ok = pl.col("time").to_physical(), pl.col("ok")
    begins = (ok != ok.shift(1)) | (time.diff() > HOLD) | time.shift(1).is_null()
    events = (
        rival.rows.group_by("target")
        .agg(
            time.filter(begins).alias("time"),
            ok.filter(begins).alias("ok"),
            time.shift(1).filter(begins).alias("before"),
        )
        .explode("time", "ok", "before")
    )
    return _judged(rival, events)


# ---- W3 ----


def _clock(rival: Rival, name: str) -> pl.Expr:
    """Business ms since the first bound."""
    time = pl.col(name).to_physical() - BOUNDS[0]
    hour = (time // HOUR).cast(pl.UInt32)
    before, opened = pl.lit(rival.before).gather(hour), pl.lit(rival.opened).gather(hour)
    return before + opened * (time % HOUR)


def _month(rival: Rival) -> pl.Expr:
    hour = (pl.col("opened").to_physical() // HOUR - BOUNDS[0] // HOUR).cast(pl.UInt32)
    return pl.lit(rival.months).gather(hour).alias("m")


def looked_up(rival: Rival) -> Rows:
    """The table of hours, asked by position."""
    spent = _clock(rival, "answered") - _clock(rival, "opened")
    rows = rival.rows.group_by(_month(rival), "priority")
    return rival.ask(rows.agg(pl.len(), (spent <= WITHIN).sum())).rows()


def looked_up_before(rival: Rival) -> Rows:
    """The same, worked out for all rows before they are grouped."""
    spent = _clock(rival, "answered") - _clock(rival, "opened")
    rows = rival.rows.select(_month(rival), "priority", (spent <= WITHIN).alias("good"))
    return rival.ask(rows.group_by("m", "priority").agg(pl.len(), pl.col("good").sum())).rows()


def joined(rival: Rival) -> Rows:
    """The table of hours, joined at both ends."""
    hours = pl.LazyFrame({"b": rival.before, "o": rival.opened}).with_row_index("h")
    months = pl.Series("m", [*rival.months, *[11] * (len(rival.before) - len(rival.months))])
    hours = hours.with_columns(pl.col("h").cast(pl.Int64), months)
    start, end = (pl.col(n).to_physical() - BOUNDS[0] for n in ("opened", "answered"))
    rows = rival.rows.select("priority", start.alias("a"), end.alias("z"))
    rows = rows.with_columns((pl.col("a") // HOUR).alias("i"), (pl.col("z") // HOUR).alias("j"))
    rows = rows.join(hours, left_on="i", right_on="h")
    later = hours.select("h", pl.col("b").alias("c"), pl.col("o").alias("q"))
    rows = rows.join(later, left_on="j", right_on="h", how="left")
    end = pl.col("c") + pl.col("q") * (pl.col("z") % HOUR)
    start = pl.col("b") + pl.col("o") * (pl.col("a") % HOUR)
    counted = rows.group_by("m", "priority").agg(pl.len(), (end - start <= WITHIN).sum())
    return rival.ask(counted).rows()


_MONTHS: dict[str, Month] = {
    "halves": _by_halves,
    "search": _by_search,
    "lookup": _by_lookup,
    "calendar": _by_calendar,
}
FORMS: dict[str, dict[str, Form]] = {
    "w1_counts": {
        **{name: partial(by, month) for name, month in _MONTHS.items()},
        "hours": by_hours,
        "ranges": partial(by_ranges, False),
    },
    "w1": {
        "quantile": partial(quantile, _by_halves),
        "quantile in ranges": partial(by_ranges, True),
        "histogram": partial(histogram, _by_halves),
        "packed histogram": partial(packed, _by_halves),
    },
    "w1_csv_counts": {
        **{name: partial(by, month) for name, month in _MONTHS.items()},
        "hours": by_hours,
    },
    "w1_text_counts": {"text": partial(by, _by_text)},
    "w1_csv": {
        "quantile": partial(quantile, _by_halves),
        "histogram": partial(histogram, _by_halves),
    },
    "w1_text": {
        "text, quantile": partial(quantile, _by_text),
        "text, histogram": partial(histogram, _by_text),
        "text, packed histogram": partial(packed, _by_text),
    },
    "w2": {
        "as they come": as_they_come,
        "over targets": over_targets,
        "in lists": in_lists,
    },
    "w2_interleaved": {
        "over targets": over_targets,
        "sorted first": sorted_first,
        "in lists": in_lists,
    },
    "w3": {
        "looked up": looked_up,
        "looked up before": looked_up_before,
        "joined": joined,
    },
}
