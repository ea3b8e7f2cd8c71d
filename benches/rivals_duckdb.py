"""Hand-written DuckDB queries: several forms for each work, of which the fastest counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
from intervals import uptime
from works import BOUNDS, FAST, HOLD, HOUR, TEXTS, WITHIN, month_of_hours, office_hours

Rows = list[tuple[Any, ...]]
Form = Callable[["Rival"], Rows]


class Rival:
    """A connection and the rows to read: a call that reads a file, or a table in memory."""

    def __init__(self, path: str, source: str) -> None:
        self.base = duckdb.connect(config={"threads": 2})
        self.base.execute("set timezone = 'UTC'")
        self.path = path
        self.source = source
        self.rows = ""

    def sources(self) -> list[str]:
        """Where the rows may be taken from."""
        return {"parquet": ["file"], "csv": ["file"], "memory": ["table", "arrow"]}[self.source]

    def load(self, where: str, form: str) -> None:
        """Make the rows and the table of hours ready; not timed."""
        if form in ("hours", "joined", "joined where needed", "looked up"):
            self.table_of_hours()
        if self.source == "parquet":
            self.rows = f"read_parquet('{self.path}')"
        elif self.source == "csv":
            time = "VARCHAR" if form.startswith("text") else "TIMESTAMPTZ"
            columns = (
                f"{{'time': '{time}', 'ok': 'BOOLEAN', 'latency': 'INTEGER', 'region': 'VARCHAR'}}"
            )
            self.rows = (
                f"read_csv('{self.path}', header = true, delim = ',', quote = '', escape = '', "
                f"auto_detect = false, columns = {columns})"
            )
        elif where == "arrow":
            import pyarrow.parquet as pq

            self.table = pq.read_table(self.path, read_dictionary=["region"])
            self.base.register("requests", self.table)
            self.rows = "requests"
        else:
            self.base.execute("create type region as enum ('ap', 'eu', 'sa', 'us')")
            self.base.execute(
                "create table requests as select time, ok, latency, region::region as region "
                f"from read_parquet('{self.path}')"
            )
            self.rows = "requests"

    def table_of_hours(self) -> None:
        """For each hour of UTC: its month, the business time before it, whether it is open."""
        import pyarrow as pa

        before, opened = office_hours()
        months = month_of_hours()
        months += [11] * (len(before) - len(months))
        first = BOUNDS[0] // HOUR
        self.hours = pa.table(
            {
                "h": pa.array(range(first, first + len(before)), pa.int64()),
                "b": pa.array(before, pa.int64()),
                "o": pa.array([int(is_open) for is_open in opened], pa.int64()),
                "m": pa.array(months, pa.int32()),
            }
        )
        self.base.register("hours_given", self.hours)
        self.base.execute("create table hours as select * from hours_given")
        lists = {"b": before, "o": self.hours["o"].to_pylist(), "m": months}
        for name, values in lists.items():
            self.base.execute(f"set variable {name} = {values}")

    def ask(self, query: str) -> Rows:
        """All rows of an answer."""
        return self.base.execute(query.replace("ROWS", self.rows)).fetchall()

    def arrays(self, query: str) -> dict[str, Any]:
        """The columns of an answer."""
        return self.base.execute(query.replace("ROWS", self.rows)).fetchnumpy()


# ---- the month of a row ----

_HOURS = "(epoch_ms(time) // 3600000)"


def _by_case() -> str:
    """One comparison after the other."""
    whens = " ".join(
        f"when time < to_timestamp({bound // 1000}) then {month}"
        for month, bound in enumerate(BOUNDS[1:12])
    )
    return f"(case {whens} else 11 end)"


def _by_halves(low: int = 0, high: int = 11) -> str:
    """A tree of comparisons: four at most."""
    if low == high:
        return str(low)
    middle = (low + high + 1) // 2
    bound = f"to_timestamp({BOUNDS[middle] // 1000})"
    less, more = _by_halves(low, middle - 1), _by_halves(middle, high)
    return f"(case when time < {bound} then {less} else {more} end)"


def _by_text(low: int = 0, high: int = 11) -> str:
    """The same, with times as the file writes them: they needn't be parsed."""
    if low == high:
        return str(low)
    middle = (low + high + 1) // 2
    less, more = _by_text(low, middle - 1), _by_text(middle, high)
    return f"(case when time < '{TEXTS[middle]}' then {less} else {more} end)"


def _by_calendar() -> str:
    """What one would write at first: the zone's own calendar."""
    return "(month(time at time zone 'Europe/Amsterdam') - 1)"


def _counts(month: str, tail: str = "") -> str:
    return (
        f"select {month} as m, region, count(*), count(*) filter (ok), "
        f"count(*) filter (latency <= {FAST}){tail} from ROWS group by m, region"
    )


def by(how: Callable[[], str], rival: Rival) -> Rows:
    """Counts, with a way to find the month."""
    return rival.ask(_counts(how()))


def quantile(how: Callable[[], str], rival: Rival) -> Rows:
    """Counts and the percentile itself."""
    return rival.ask(_counts(how(), ", quantile_disc(latency, 0.99)"))


def by_hours(rival: Rival) -> Rows:
    """Counts by hours, added up by month."""
    return rival.ask(
        "select m, region, sum(n), sum(good), sum(fast) from ("
        f" select {_HOURS} as h, region, count(*) as n, count(*) filter (ok) as good,"
        f" count(*) filter (latency <= {FAST}) as fast from ROWS group by h, region)"
        " join hours using (h) group by m, region"
    )


def by_ranges(tail: str, rival: Rival) -> Rows:
    """A query for each month, so that row groups out of it aren't read."""
    parts = [
        f"select {month} as m, region, count(*), count(*) filter (ok), "
        f"count(*) filter (latency <= {FAST}){tail} from ROWS "
        f"where time >= to_timestamp({low // 1000}) and time < to_timestamp({high // 1000}) "
        "group by region"
        for month, (low, high) in enumerate(pairwise(BOUNDS))
    ]
    return rival.ask(" union all ".join(parts))


def histogram(how: Callable[[], str], rival: Rival) -> Rows:
    """Rows for each value of the latency: the percentile is read off the few that there are."""
    return rival.ask(
        "with cells as ("
        f" select {how()} as m, region, latency as v, count(*) as n, count(*) filter (ok) as o"
        " from ROWS group by m, region, v),"
        " summed as (select *, sum(n) over w as upto, sum(n) over (partition by m, region) as every"
        " from cells window w as (partition by m, region order by v))"
        f" select m, region, sum(n), sum(o), sum(n) filter (v <= {FAST}),"
        " min(v) filter (upto * 100 >= every * 99) from summed group by m, region"
    )


# ---- W2 ----

_EVENTS = (
    "select target, epoch_ms(time) as time, ok, epoch_ms(before) as before from ("
    " select target, time, ok, lag(time) over w as before, lag(ok) over w as was{also}"
    " from ROWS window w as ({window}))"
    " where before is null or ok <> was{differs}"
    f" or time - before > interval {HOLD} milliseconds"
)
_LAST = "select target, epoch_ms(max(time)) from ROWS group by target"


def _judged(rival: Rival, query: str) -> Rows:
    found = rival.arrays(query)
    time = np.asarray(found["time"]).astype(np.int64)
    before = np.ma.filled(found["before"], 0).astype(np.int64)
    target = np.asarray(found["target"], dtype=object).astype("U")
    order = np.lexsort((time, target))
    last = dict(rival.ask(_LAST))
    ok = np.asarray(found["ok"])
    return uptime(target[order], time[order], ok[order], before[order], last)  # type: ignore[return-value]


def partitioned(rival: Rival) -> Rows:
    """Any order of rows: the row before by a window over each target."""
    window = "partition by target order by time"
    return _judged(rival, _EVENTS.format(window=window, also="", differs=""))


def as_they_come(rival: Rival) -> Rows:
    """Rows sorted by target and time: the row before is the one before."""
    also, differs = ", lag(target) over w as whose", " or target <> whose"
    return _judged(rival, _EVENTS.format(window="", also=also, differs=differs))


# ---- W3 ----


def joined(rival: Rival) -> Rows:
    """A table of hours, joined at both ends."""
    return rival.ask(
        "select p.m, priority, count(*), count(*) filter (answered is not null and"
        " (q.b + q.o * (epoch_ms(answered) % 3600000))"
        f" - (p.b + p.o * (epoch_ms(opened) % 3600000)) <= {WITHIN})"
        " from ROWS join hours p on p.h = epoch_ms(opened) // 3600000"
        " left join hours q on q.h = epoch_ms(answered) // 3600000 group by p.m, priority"
    )


def joined_where_needed(rival: Rival) -> Rows:
    """The second join only where the wall clock doesn't decide already."""
    return rival.ask(
        "with near as (select *, epoch_ms(opened) as a, epoch_ms(answered) as z from ROWS),"
        " counted as (select a // 3600000 as h, priority, count(*) as n,"
        f" count(*) filter (z - a <= {WITHIN}) as quick from near group by h, priority),"
        " longer as (select p.m, priority, count(*) as slow from near"
        " join hours p on p.h = a // 3600000 join hours q on q.h = z // 3600000"
        f" where z - a > {WITHIN} and (q.b + q.o * (z % 3600000))"
        f" - (p.b + p.o * (a % 3600000)) <= {WITHIN} group by p.m, priority)"
        " select m, priority, sum(n), sum(quick) + coalesce(any_value(slow), 0)"
        " from counted join hours using (h) left join longer using (m, priority)"
        " group by m, priority"
    )


def looked_up(rival: Rival) -> Rows:
    """The table of hours as lists, asked by position."""
    first = BOUNDS[0] // HOUR - 1

    def clock(time: str) -> str:
        hour = f"(epoch_ms({time}) // 3600000 - {first})::int"
        return (
            f"(getvariable('b')[{hour}] + getvariable('o')[{hour}] * (epoch_ms({time}) % 3600000))"
        )

    return rival.ask(
        f"select getvariable('m')[(epoch_ms(opened) // 3600000 - {first})::int] as month, priority,"
        f" count(*), count(*) filter ({clock('answered')} - {clock('opened')} <= {WITHIN})"
        " from ROWS group by month, priority"
    )


_TAIL = ", quantile_disc(latency, 0.99)"
FORMS: dict[str, dict[str, Form]] = {
    "w1_counts": {
        "case": partial(by, _by_case),
        "halves": partial(by, _by_halves),
        "calendar": partial(by, _by_calendar),
        "hours": by_hours,
        "ranges": partial(by_ranges, ""),
    },
    "w1": {
        "quantile": partial(quantile, _by_halves),
        "quantile in ranges": partial(by_ranges, _TAIL),
        "histogram": partial(histogram, _by_halves),
    },
    "w1_csv_counts": {
        "case": partial(by, _by_case),
        "halves": partial(by, _by_halves),
        "calendar": partial(by, _by_calendar),
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
    },
    "w2": {"partitioned": partitioned, "as they come": as_they_come},
    "w2_interleaved": {"partitioned": partitioned},
    "w3": {
        "joined": joined,
        "joined where needed": joined_where_needed,
        "looked up": looked_up,
    },
}
