"""Agreements as text, made up at random: every clause that `eval` can carry out.

A draft is a text and what rows have to be like to hit its edges: which streams there are, the
instants at which something changes, the lengths that a threshold names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from generate.alerts import Alerts
from generate.amended_duties import amended_duties
from generate.duties import Duties
from generate.exclusions import Exclusions
from generate.failing import Failing
from generate.fleet import Fleet
from generate.fractions import Fractions
from generate.life import lived
from generate.money import Notices, caps, claims_of_others, key_of, of_metrics, payments
from generate.served import in_service
from generate.services import each_service, limited
from generate.shapes import FieldShape, StreamShape
from generate.soon import decided_soon
from generate.targets import targets
from generate.touches import Touches
from generate.weights import Weights, counted

__all__ = ["Draft", "FieldShape", "StreamShape", "drafts"]


@dataclass
class Draft:
    """A policy and what its rows may look like. `head` is all but obligations and caps."""

    head: str
    clauses: list[str]
    zone: str
    start: date
    end: date
    streams: list[StreamShape]
    lengths: list[int] = field(default_factory=list)  # seconds, of thresholds and windows
    features: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        """The whole policy."""
        return "\n".join([self.head, *self.clauses])


#: Zones, and dates around which their clocks change (Kathmandu and UTC: never).
ZONES = {
    "UTC": ["2026-02-27"],
    "Europe/Amsterdam": ["2026-03-27", "2026-10-23"],
    "America/New_York": ["2026-03-06", "2026-10-30"],
    "Australia/Lord_Howe": ["2026-04-03", "2026-10-02"],
    "Asia/Kathmandu": ["2026-01-30"],
    "Africa/Cairo": ["2026-04-22", "2026-10-28"],
}
SHARES = ["0%", "33.3%", "50%", "66.6%", "75%", "90%", "100%"]
LENGTHS = {"30min": 1800, "1h": 3600, "2h": 7200, "90min": 5400, "8h": 28800, "26h": 93600}

#: Fields that may be missing: a count of rows filtered by them is not final (test_oracle).
OPTIONAL = ("replied", "resolved", "solved", "answered", "wait", "load", "priority")

TICKETS = ("priority", "vip", "site", "reopened")
CHECKS = ("kind", "site")


class _Draw:
    """Draws by name, so that the text below reads as what it makes."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.features: set[str] = set()
        self.lengths: list[int] = []
        self.count = 0
        self.start = date.min
        #: whether rows may be recorded too late
        self.late = random.random() < 0.33
        #: times of rows that periods may lie before, and metrics that no windows are part of
        self.trails: list[str] = []
        self.plain: set[str] = set()

    def one(self, *options: str) -> str:
        return self.random.choice(options)

    def maybe(self, feature: str = "") -> bool:
        found = self.random.random() < 0.5
        if found and feature:
            self.features.add(feature)
        return found

    def seldom(self, feature: str = "") -> bool:
        found = self.random.random() < 0.25
        if found and feature:
            self.features.add(feature)
        return found

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def length(self) -> str:
        found = self.one(*LENGTHS)
        self.lengths.append(LENGTHS[found])
        return found

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def saw(self, *features: str) -> None:
        self.features.update(features)


@dataclass
class _Made:
    """A metric to require something of: how it compares, and by what it may be grouped."""

    name: str
    kind: str  # percent count duration money size number
    groups: tuple[str, ...]
    values: dict[str, tuple[str, ...]]
    adds_up: bool = False  # whether its figure for a whole is the sum of those for its parts


VALUES = {
    "priority": ("P1", "P2", "P3"), "vip": ("true", "false"), "kind": ("web", "mail"),
    "level": ("L1", "L2"), "site": ("a", "b"), "number": ("i1", "i2"),
}  # fmt: skip


def drafts(random: Random) -> Draft:
    """An agreement over one or two kinds of streams."""
    d = _Draw(random)
    zone = d.one(*ZONES, "Asia/Kathmandu")
    start = date.fromisoformat(d.one(*ZONES[zone]))
    days = random.choice([3, 3, 4, 4, 10, 10, 35, 75, 400])
    if days > 10:
        start = start.replace(day=random.choice([1, 10, start.day]))
    end = start + timedelta(days=days)
    d.saw(f"zone {zone}")
    parts: list[str] = []
    shapes: list[StreamShape] = []
    metrics: list[_Made] = []
    families = [_checks, _tickets, _events, _calls]
    chosen = random.sample([*families, _tickets, _tickets], random.randint(1, 2))
    if chosen[0] is chosen[-1]:
        chosen = chosen[:1]
    if _checks not in chosen and d.maybe():
        chosen = [_checks, *chosen]
    d.start = start
    for family in chosen:
        family(d, parts, shapes, metrics, days)
    weights = Weights(Random("weights".join(parts)), parts, shapes, d.length)
    parts += weights.made
    metrics += [_Made(name, kind, groups, VALUES) for name, kind, groups in weights.metrics]
    touches = Touches(Random("touches".join(parts)), shapes)  # a draw of its own
    parts += touches.parts
    shapes += touches.shapes
    metrics += [_Made(name, kind, (), {}) for name, kind in touches.metrics]
    fractions = Fractions(Random("fractions".join(parts)), shapes, start)
    parts += fractions.parts
    metrics += [_Made(name, kind, (), {}) for name, kind in fractions.metrics]
    exclusions = Exclusions(random, d.length)
    exclusions.windows(parts)
    parts += exclusions.parts
    shapes += exclusions.shapes
    _over_each(d, parts, metrics)
    _services(d, parts, shapes, days)
    notices = Notices(random, start, parts)
    parts += notices.parts
    shapes += notices.shapes
    duties = Duties(random, d.length, parts, exclusions)
    parts += duties.parts
    shapes += duties.shapes
    obligations = in_service(_obligations(d, metrics, days, exclusions, notices))
    obligations = decided_soon(parts, obligations)
    obligations = of_metrics(obligations, [m.name for m in metrics if m.kind == "money"])
    obligations = targets(obligations, parts, start, VALUES)
    obligations = each_service(obligations, parts, start, days)
    parts = counted(parts)
    head = "\n".join(["language 1", _agreement(d, zone, start, end), *parts])
    head, obligations = lived(random, head, obligations, start, end)
    if duties.some and any(text.startswith("amendment") for text in obligations):
        obligations = amended_duties(obligations, duties.obligations)
    else:
        obligations = duties.obligations(obligations)
    obligations = claims_of_others(obligations)
    return Draft(head, obligations, zone, start, end, shapes, d.lengths, d.features)


def _agreement(d: _Draw, zone: str, start: date, end: date) -> str:
    lines = ["agreement a {", '  provider vendor "V"', '  customer client "C"']
    if d.seldom("open term"):
        lines.append(f"  term from {start}")
    elif d.maybe():
        lines.append(f"  term from {start}T{d.number(0, 23):02d}:30:00 to {end}")
        d.saw("clipped term")
    else:
        lines.append(f"  term from {start} through {end - timedelta(days=1)}")
    lines += [f'  timezone "{zone}"', "  currency EUR"]
    if d.late:
        lines.append(f"  late data accepted for {d.one('2h', '1 days', '3 days', '1 weeks')}")
    prorated = " prorated" if d.random.random() < 0.25 else ""
    fee = f"{d.one('1000.00', '99.99', '0.07')} EUR per {d.one('month', 'quarter')}"
    lines.append(f"  fee {fee}{prorated}")
    if d.maybe("rounding"):
        mode = d.one("half even", "half up", "half down", "up", "down")
        lines.append(f"  rounding {mode} to {d.one('0.01', '0.05', '1.00', '0.50')} EUR")
    if d.seldom("week starts"):
        lines.append(f"  week starts {d.one('sun', 'wed')}")
    if d.seldom("month starts"):
        lines.append(f"  month starts on day {d.number(2, 28)}")
    if d.seldom("year starts"):
        lines.append(f"  year starts in {d.one('feb', 'apr', 'dec')}")
    if d.random.random() < 0.4:
        lines.append("  percentile method linear")
    return "\n".join([*lines, "}"])


# ---- conditions --------------------------------------------------------------------------------


def _condition(d: _Draw, atoms: list[str], depth: int = 2) -> str:
    if depth and d.seldom("not"):
        return f"not ({_condition(d, atoms, depth - 1)})"
    if depth and d.seldom():
        word = d.one("and", "or")
        d.saw(word)
        return f"({_condition(d, atoms, depth - 1)}) {word} ({_condition(d, atoms, depth - 1)})"
    return d.one(*atoms)


def _where(d: _Draw, atoms: list[str]) -> str:
    return f" where {_condition(d, atoms)}" if d.maybe("where") else ""


def _aggregate_of(
    d: _Draw, stream: str, where: list[str], good: list[str], values: dict[str, str]
) -> tuple[str, str]:
    """An aggregate over rows, and the kind of its figure."""
    function = d.one(
        "share", "share", "share", "count", "sum", "mean", "min", "max", "median", "p80", "p95.5"
    )
    d.saw("percentile" if function in ("median", "p80", "p95.5") else function)
    if function == "share":
        return f"share of {stream}{_where(d, where)} with {_condition(d, good)}", "percent"
    if function == "count":
        sure = [atom for atom in where if not any(name in atom for name in OPTIONAL)]
        return f"count of {stream}{_where(d, sure) if sure else ''}", "count"
    value = d.one(*values)
    kind = values[value]
    if kind == "percent" and function == "sum":
        function = "mean"
    if function == "mean" and kind == "count":
        kind = "number"
    return f"{function} of {value} in {stream}{_where(d, where)}", kind


def _aggregates(
    d: _Draw, parts: list[str], metrics: list[_Made], groups: tuple[str, ...],
    stream: str, where: list[str], good: list[str], values: dict[str, str],
) -> None:  # fmt: skip
    for _ in range(d.number(1, 2)):
        text, kind = _aggregate_of(d, stream, where, good, values)
        name = d.name("m")
        d.plain.add(name)
        parts.append(f"metric {name} = {text}{_rounded(d, kind)}")
        sums = text.startswith(("count of", "sum of"))
        metrics.append(_Made(name, kind, groups, VALUES, adds_up=sums))
    if d.seldom("formula"):
        name = d.name("f")
        first = f"(count of {stream}{_where(d, where)})"
        second = f"(count of {stream}{_where(d, where)})"
        form, kind = {
            0: (f"{first} / {second}", "number"),
            1: (f"100% - (share of {stream} with {_condition(d, good)})", "percent"),
            2: (f"{first} - 2 * {second} + 1", "count"),
        }[d.number(0, 2)]
        parts.append(f"metric {name} = {form}")
        metrics.append(_Made(name, kind, groups, VALUES))


def _windows(
    d: _Draw, parts: list[str], metrics: list[_Made], groups: tuple[str, ...],
    stream: str, where: list[str], good: list[str], values: dict[str, str], days: int,
) -> None:  # fmt: skip
    if days > 10 or d.seldom():
        return
    inner = d.name("w")
    text, kind = _aggregate_of(d, stream, where, good, values)
    parts.append(f"metric {inner} = {text}")
    length = d.one("30min", "1h", "6h", "15min")
    d.lengths.append({"30min": 1800, "1h": 3600, "6h": 21600, "15min": 900}[length])
    name = d.name("m")
    if d.maybe():
        length += f" in {_office(d, parts)}"
    if d.seldom("share of windows"):
        condition = f"{inner} {d.one('>=', '<=', '<', '>')} {_figure(d, kind)}"
        if d.seldom():
            condition = f"not ({condition}) or {inner} {d.one('>=', '<')} {_figure(d, kind)}"
        asked = Random("\n".join([*parts, condition]))  # so that other examples stay as they were
        if asked.random() < 0.5:
            condition = asked.choice([
                f"{inner} is missing", f"{inner} is present", f"{condition} or {inner} is missing",
                f"({condition}) and not ({inner} is missing)", f"not ({inner} is present)",
            ])  # fmt: skip
        parts.append(f"metric {name} = share of windows of {length} with {condition}")
        kind = "percent"
    else:
        function = d.one("mean", "min", "max", "max")
        empty = f", empty as {_figure(d, kind)}" if d.random.random() < 0.7 else ""
        measure = f"{function} of {inner} over windows of {length}{empty}"
        parts.append(f"metric {name} = {measure}{_rounded(d, kind)}")
        if kind == "count" and function == "mean":
            kind = "number"
    metrics.append(_Made(name, kind, groups, VALUES))


def _rounded(d: _Draw, kind: str) -> str:
    """How a metric is rounded before anything is compared with it, seldom."""
    if not d.seldom():
        return ""
    step = {
        "percent": d.one("0.1%", "10%", "33.3%"), "count": "2", "number": d.one("0.5", "1"),
        "duration": d.one("1h", "10min"), "money": "2.50 EUR", "size": "1 kB",
    }[kind]  # fmt: skip
    return f" rounded {d.one('half even', 'half up', 'half down', 'up', 'down')} to {step}"


def _figure(d: _Draw, kind: str) -> str:
    match kind:
        case "percent":
            return d.one(*SHARES)
        case "count":
            return str(d.number(0, 4))
        case "number":
            return d.one("0", "1", "1.5", "2")
        case "duration":
            return d.length()
        case "money":
            return d.one("1.00 EUR", "2.50 EUR", "10.00 EUR")
        case _:
            return d.one("1 kB", "10 B")


# ---- kinds of streams --------------------------------------------------------------------------


def _office(d: _Draw, parts: list[str]) -> str:
    name = d.name("c")
    zone = d.one(*ZONES)
    hours = d.one("09:00-17:00", "00:00-24:00", "01:30-02:30", "08:00-12:00, 13:00-24:00")
    lines = [f"calendar {name} {{", f'  timezone "{zone}"', f"  open mon..fri {hours}"]
    if d.maybe():
        lines.append(
            f"  open {d.one('sat', 'sun', 'sat, sun')} {d.one('00:00-03:00', '10:00-14:00')}"
        )
    region = d.one("US", "NL", "DE-BY", "AU-NSW")
    if d.maybe("holidays"):
        together = d.one("", f'of all "{d.one("US", "NL", "DE-BY")}", ')
        lines.append(f'  closed on holidays {together}"{region}"')
    if d.seldom():
        lines.append("  closed on 2026-04-06, 2026-10-26")
    if d.seldom():
        lines.append("  closed from 2026-03-30T12:00 to 2026-04-01T09:00")
    parts.append("\n".join([*lines, "}"]))
    if d.random.random() < 0.4:
        other, both = d.name("c"), d.name("c")
        parts.append(f'calendar {other} {{ timezone "UTC" open mon..sun 06:00-15:00 }}')
        parts.append(f"calendar {both} = {name} {d.one('and', 'or', 'without')} {other}")
        return both
    d.saw("calendar")
    return name


def _elapsed(d: _Draw, parts: list[str], a: str, b: str, match: str, pausing: str) -> str:
    inside = ""
    if d.random.random() < 0.7:
        calendar = _office(d, parts)
        inside = f", in: {calendar}"
        if match and d.random.random() < 0.8:
            subject, key = d.random.choice(
                ((match, "P1"), (match, "P1"), (f"{match} and vip", "P1 and true"))
            )
            inside = f", in: match {subject} {{ {key}: always, otherwise: {calendar} }}"
    if pausing and d.random.random() < 0.95:
        inside += f", pausing: {pausing}"
    d.saw("elapsed")
    return f"elapsed({a}, {b}{inside})"


def _limit(d: _Draw, match: str) -> str:
    if match and d.random.random() < 0.4:
        pairs = f"P1 and true: {d.length()}, P2 and false: {d.length()}"
        return f"match {match} and vip {{ {pairs}, otherwise: {d.length()} }}"
    if match and d.maybe():
        return f"match {match} {{ P1: {d.length()}, P2: {d.length()}, P3: {d.length()} }}"
    return d.length()


def _tickets(
    d: _Draw, parts: list[str], shapes: list[StreamShape], metrics: list[_Made], days: int
) -> None:
    parts.append("enum priority = P1, P2, P3")
    keyed = d.random.random() < 0.7
    recorded = (keyed and d.maybe("recorded")) or d.late
    optional = d.seldom("optional enum")
    d.trails += ["tickets where vip", "tickets.resolved where solved", "tickets.noted"]
    lines = ["stream tickets {", "  event at opened"]
    lines += ["  key id"] if keyed else []
    lines += ["  recorded noted"] if recorded else []
    lines += [
        "  id text", "  opened time", "  noted time", "  replied time?", "  resolved time?",
        f"  priority priority{'?' if optional else ''}", "  vip bool", "  site text",
        "  solved bool?", "  reopened int", "  cost money in EUR", "  effort duration in s",
        "}",
    ]  # fmt: skip
    parts.append("\n".join(lines))
    shapes.append(StreamShape(
        "tickets", "opened",
        (
            FieldShape("id", "text", values=("t1", "t2", "t3", "t4", "t5", "t6")),
            FieldShape("opened", "time"), FieldShape("noted", "time"),
            FieldShape("replied", "time", True), FieldShape("resolved", "time", True),
            FieldShape("priority", "enum", optional, ("P1", "P2", "P3")),
            FieldShape("vip", "bool"), FieldShape("site", "text", values=("a", "b", "ü")),
            FieldShape("solved", "bool", True), FieldShape("reopened", "int"),
            FieldShape("cost", "money"), FieldShape("effort", "duration"),
        ),
        ("id",) if keyed else (), "noted" if recorded else None,
    ))  # fmt: skip
    spans = ["waiting", "holding"][: d.random.choice((0, 1, *[2] * 12))]
    for name in spans:
        parts.append(
            f"stream {name} {{\n  span from asked to given\n  ticket text\n  asked time\n"
            "  given time?\n}"
        )
        shapes.append(StreamShape(
            name, "asked",
            (
                FieldShape("ticket", "text", values=("t1", "t2", "t3", "t4")),
                FieldShape("asked", "time"), FieldShape("given", "time", True),
            ), (), None, "given",
        ))  # fmt: skip
    pausing = ", pausing: ".join(f"{name} on id == ticket" for name in spans)
    match = "" if optional else "priority"
    compare = d.one("<=", "<=", "<", ">", ">=")
    good = [
        f"{_elapsed(d, parts, 'opened', 'resolved', match, pausing)} {compare} {_limit(d, match)}",
        f"{_elapsed(d, parts, 'opened', 'replied', match, '')} <= {_limit(d, match)}",
        "solved == true", "reopened == 0",
    ]  # fmt: skip
    where = [
        "priority in (P1, P2)", "priority != P1", "vip", "resolved is present",
        "resolved is missing", "reopened > 0", 'site == "a"', "solved == false",
        "cost >= 2.50 EUR", "resolved > opened + 1h",
    ]  # fmt: skip
    values = {
        "effort": "duration", "cost": "money", "reopened": "count",
        "(resolved - opened)": "duration", "elapsed(opened, resolved)": "duration",
    }  # fmt: skip
    good = [*good[:2], *good]  # clocks that still run make rows undecided
    good += _baselines(d, parts, metrics, "tickets", {"effort": "duration", "reopened": "count"})
    groups = TICKETS[1:] if optional else TICKETS
    _aggregates(d, parts, metrics, groups, "tickets", where, good, values)
    _windows(
        d, parts, metrics, groups, "tickets", where, good[4:] if d.maybe() else good, values, days
    )


def _baselines(
    d: _Draw, parts: list[str], metrics: list[_Made], stream: str, values: dict[str, str]
) -> list[str]:
    """Figures of an earlier time, and conditions on rows that compare with them."""
    if d.random.random() < 0.7:
        return []
    field, kind = d.random.choice(list(values.items()))
    name = d.name("old")
    start = d.start - timedelta(days=d.random.choice((1, 2, 200)))
    end = start + timedelta(days=d.number(1, 4))
    function = d.one("p80", "mean", "max", "median")
    pinned = ""
    if d.seldom("pinned"):
        figure = d.one("1", "2.5") if kind == "count" else d.one("1h", "90min")
        pinned = f' pinned at {figure} "sha256:{64 * "0"}"'
    parts.append(
        f"baseline {name} = {function} of {field} in {stream} from {start} to {end}{pinned}"
    )
    more = d.name("more")
    parts.append(f"metric {more} = (mean of {field} in {stream}) / {name}")
    metrics.append(_Made(more, "number", (), {}))
    other = "1" if kind == "count" else "30min"
    word = d.one("<", "<=", ">", ">=", "==", "!=")
    return [f"{field} {word} {name}", f"{d.one('1.5', '2')} * {name} - {other} > {field}"] * 2


def _checks(
    d: _Draw, parts: list[str], shapes: list[StreamShape], metrics: list[_Made], days: int
) -> None:
    expected = d.maybe("expected")
    every = d.one("30min", "1h")
    d.trails.append('checks where kind == mail and site == "a"')
    lines = ["stream checks {", "  event at seen"]
    if expected:
        lines.append(f"  expected every {every}")
        d.lengths += [{"30min": 2700, "1h": 5400}[every]]
    lines += ["  recorded noted", "  noted time"] if d.late else []
    lines += [
        "  seen time", "  site text", "  kind one of web, mail", "  up bool",
        "  latency duration in ms", "  load percent?", "  size size in B", "}",
    ]  # fmt: skip
    parts.append("\n".join(lines))
    shapes.append(StreamShape(
        "checks", "seen",
        (
            FieldShape("seen", "time"), FieldShape("site", "text", values=("a", "b", "c d")),
            FieldShape("kind", "enum", values=("web", "mail")), FieldShape("up", "bool"),
            FieldShape("latency", "duration"), FieldShape("load", "percent", True),
            FieldShape("size", "size"), *([FieldShape("noted", "time")] if d.late else []),
        ),
        ("seen", "site", "kind"),
    ))  # fmt: skip
    where = ["up", "kind == web", 'site != "a"', "load > 50%", "load is missing", "not up"]
    good = ["up", "latency <= 1h", "load <= 90%", "kind in (web)", "size < 1 kB"]
    values = {"latency": "duration", "load": "percent", "size": "size"}
    alerts, failing, fleet = Alerts(d.random), Failing(d.random), Fleet(d.random)
    parts += alerts.parts + failing.parts + fleet.parts
    shapes += alerts.shapes + failing.shapes + fleet.shapes
    for _ in range(d.number(2, 3)):
        _outage(d, parts, metrics, expected, alerts, failing, fleet)
    if d.seldom():
        _aggregates(d, parts, metrics, CHECKS, "checks", where, good, values)
    _windows(d, parts, metrics, CHECKS, "checks", where, good, values, days)


def _outage(
    d: _Draw, parts: list[str], metrics: list[_Made], expected: bool, alerts: Alerts,
    failing: Failing, fleet: Fleet,
) -> None:  # fmt: skip
    name = d.name("down")
    each = d.one("", "site", "kind", "kind, site")
    lines = [f"outage {name} {{"]
    lines += [f"  for each {each}"] if each else []
    clauses = failing.clauses()
    where = d.one("not up", "not up", "latency > 2h", "not up or load > 90%", "load <= 50%")
    lines += [f"  {clause}" for clause in clauses] or [f"  samples of checks where {where}"]
    if not clauses and (not expected or d.maybe()):
        holds = d.one("until the next", "for at most 1h", "for at most 5h")
        lines.append(f"  each sample holds {holds}")
        d.saw(f"holds {holds}")
    lines += _at_once(Random("".join((*parts, *lines))), each)
    if not d.seldom():
        d.saw("lasting")
        lines.append(f"  lasting at least {d.length()}")
    if d.seldom():
        mode = d.one("half even", "half up", "half down", "up", "down")
        lines.append(f"  rounded {mode} to {d.one('1min', '1h', '90min')}")
    lines += [*fleet.clause(each), *alerts.clause()]
    missing = d.one("up", "down", "excluded")
    d.saw(f"missing {missing}")
    lines += [] if clauses else [f"  missing data counts as {missing}"]
    parts.append("\n".join([*lines, "}"]))
    groups = tuple(part for part in each.split(", ") if part)
    for _ in range(2):
        metric = d.name("o")
        kind = d.one("time", "time", "time", "count", "count", "sum", "mean", "min", "max", "p80")
        d.saw("outage " + kind)
        text, unit = f"{kind} of duration in {name}", "duration"
        if kind == "time":
            text, unit = f"share of time outside {name}", "percent"
            if d.seldom():
                text += f" of {d.one('12h', '1 days', '2 weeks', '30 days')}"
        elif kind == "count":
            text, unit = f"count of {name}", "count"
        parts.append(f"metric {metric} = {text}{_rounded(d, unit)}")
        metrics.append(_Made(metric, unit, groups, VALUES))


def _at_once(random: Random, each: str) -> list[str]:
    """How many of what an outage has no groups of must fail at the same time; or nothing."""
    free = [name for name in CHECKS if name not in each.split(", ")]
    if not free or random.random() < 0.5:
        return []
    some = random.sample(free, random.randint(1, len(free)))
    much = ("every", "every", "at least 1", "at least 2")
    return [f"  at once for {random.choice(much)} {name}" for name in some]


def _events(
    d: _Draw, parts: list[str], shapes: list[StreamShape], metrics: list[_Made], days: int
) -> None:
    sequence = d.maybe("sequence")
    where = d.one("state == held", "state in (held, fresh)", "level == L1")
    lines = ["stream events {", "  event at updated"]
    lines += ["  sequence changes"] if sequence else []
    lines += [
        "  changes int", "  number text", "  state one of fresh, held, done", "  opened time",
        "  updated time", "  resolved time?", "  level one of L1, L2", "}",
        "stream incidents = last of events by number, placed at opened",
        f"stream held = spans of events by number where {where}",
    ]  # fmt: skip
    parts.append("\n".join(lines))
    shapes.append(StreamShape(
        "events", "updated",
        (
            FieldShape("changes", "int"),
            FieldShape("number", "text", values=("i1", "i2", "i3", "i4")),
            FieldShape("state", "enum", values=("fresh", "held", "done")),
            FieldShape("opened", "time"), FieldShape("updated", "time"),
            FieldShape("resolved", "time", True),
            FieldShape("level", "enum", values=("L1", "L2")),
        ),
    ))  # fmt: skip
    d.saw("last of", "spans of")
    pausing = "held on number == number"
    good = [
        f"{_elapsed(d, parts, 'opened', 'resolved', '', pausing)} <= {d.length()}",
        f"elapsed(opened, resolved, pausing: {pausing}) <= {d.length()}",
        "state == done", "changes <= 2",
    ]  # fmt: skip
    where_rows = ["resolved is present", "level == L1", "state != held", "changes > 1"]
    values = {
        "changes": "count",
        f"elapsed(opened, resolved, pausing: {pausing})": "duration",
    }
    good = [*good[:2], *good]
    groups = ("level", "number")
    stream = d.one("incidents", "incidents", "events")
    _aggregates(d, parts, metrics, groups, stream, where_rows, good, values)
    _windows(d, parts, metrics, groups, stream, where_rows, good, values, days)


def _calls(
    d: _Draw, parts: list[str], shapes: list[StreamShape], metrics: list[_Made], days: int
) -> None:
    zero = ", negative counts as zero" if d.maybe() else ""
    noted = "  recorded noted\n  noted time\n" if d.late else ""
    parts.append(
        "stream calls {\n  event at queued\n  queued time\n  answered time?\n  ended time?\n"
        f"{noted}  solved bool?\n  wait duration?{zero} = (answered ?? ended) - queued\n}}"
    )
    shapes.append(StreamShape(
        "calls", "queued",
        (
            FieldShape("queued", "time"), FieldShape("answered", "time", True),
            FieldShape("ended", "time", True), FieldShape("solved", "bool", True),
            *([FieldShape("noted", "time")] if d.late else []),
        ),
    ))  # fmt: skip
    where = ["answered is present", "wait > 1h", "answered is present or wait > 30min", "solved"]
    good = ["wait <= 1h", "solved == true", "answered is missing", "wait <= 2h and solved"]
    values = {"wait": "duration"}
    _aggregates(d, parts, metrics, (), "calls", where, good, values)
    _windows(d, parts, metrics, (), "calls", where, good, values, days)


def _over_each(d: _Draw, parts: list[str], metrics: list[_Made]) -> None:
    """One of the metrics over each value of some of the fields that it may be grouped by."""
    some = [metric for metric in metrics if metric.groups]
    if not some or not d.maybe():
        return
    metric = d.random.choice(some)
    each = d.random.sample(metric.groups, d.number(1, min(2, len(metric.groups))))
    name = d.name("e")
    function = d.one("mean", "min", "max")
    parts.append(f"metric {name} = {function} of {metric.name} over each {', '.join(each)}")
    kind = "number" if (function, metric.kind) == ("mean", "count") else metric.kind
    made = _Made(name, kind, metric.groups, VALUES)
    metrics.append(made)
    # by a draw of its own, so that other examples stay as they were
    random = Random("".join(parts))
    if random.random() < 0.4:
        outer = random.sample(made.groups, random.randint(1, min(2, len(made.groups))))
        function = random.choice(["mean", "min", "max"])
        parts.append(f"metric e{name} = {function} of {name} over each {', '.join(outer)}")
        kind = "number" if (function, kind) == ("mean", "count") else kind
        metrics.append(_Made(f"e{name}", kind, metric.groups, VALUES))


def _services(d: _Draw, parts: list[str], shapes: list[StreamShape], days: int) -> None:
    """Groups that exist from the start: one that rows have, and one that they don't; or later."""
    # by a draw of its own, so that other examples stay as they were
    random = Random("".join(parts))
    fields = {f.name for shape in shapes for f in shape.fields}
    if "site" in fields and d.seldom():
        more = "  of kind web" if "kind" in fields and d.maybe() else ""
        parts.append(f'service first {{ of site "a", "elsewhere"{more} }}')
    if "number" in fields and d.seldom():
        parts.append('service second "Another" { of number "i1", "i9" }')
    if random.random() < 0.6:
        more, streams = limited(random, fields, d.start, days)
        parts += more
        shapes += streams


# ---- promises ----------------------------------------------------------------------------------


def _obligations(
    d: _Draw, metrics: list[_Made], days: int, exclusions: Exclusions, notices: Notices
) -> list[str]:
    found = []
    for number, metric in enumerate(metrics):
        per = _per(d, days)
        plain = metric.name[0] in "o" or metric.name in d.plain
        if plain and d.trails and d.random.random() < 0.1:
            d.saw("trailing")
            per = f"{d.one('1 days', '3 days', '2 weeks', '1 months')} before {d.one(*d.trails)}"
        own = Random(f"{metric.name} {per} {d.start}")  # so that other examples stay as they were
        chance = 0.15 if metric.name[0] == "o" else 0.07 if plain else 0.2
        if d.trails and own.random() < chance:
            length = own.choice(["1 days", "3 days", "2 weeks", "1 months"])
            per = f"{length} before {own.choice(d.trails)}"
        each = tuple(name for name in metric.groups if d.random.random() < 0.4)
        operator = d.one(">=", "<=", ">", "<")
        target = _target(d, metric, operator, each)
        if (operator, target) in ((">", "100%"), ("<", "0%")):  # nothing can reach it
            operator += "="
        lines = [f"obligation ob{number} {{", "  vendor owes client"]
        lines.append(_require(d, metric, operator, target, per, each))
        on = beside = ""
        if d.random.random() < 0.15:
            other = d.random.choice(metrics)
            second = d.one(">=", "<=")
            lines.append(_require(d, other, second, _figure(d, other.kind), _per(d, days), ()))
            if other is not metric and not set(each):
                on, beside = f"on {metric.name} ", other.name
        single = len(lines) == 3
        if single:
            lines += exclusions.clause(metric.name, metric.groups, each)
            lines += _applies(d, metrics, each) if " before " not in per else []
        if (single and " before " not in per) or on:
            lines += payments(
                d, metric, metrics, operator, target, each, on, beside, notices, number
            )
            lines += notices.clause(each, outage=metric.name.startswith("o"))
        found.append("\n".join([*lines, "}"]))
    found += caps(d)
    return found


def _applies(d: _Draw, metrics: list[_Made], each: tuple[str, ...]) -> list[str]:
    """What the figures have to be for the promise to be judged at all."""
    known = [m for m in metrics if set(each) <= set(m.groups) and m.kind in ("count", "percent")]
    if not known or d.random.random() > 0.12:
        return []
    parts = []
    for _ in range(d.number(1, 2)):
        metric = d.random.choice(known)
        parts.append(f"{metric.name} {d.one('>=', '<', '>')} {_figure(d, metric.kind)}")
    joined = d.one(" and ", " or ")
    asked = Random("".join(parts))  # so that other examples stay as they were
    if asked.random() < 0.4:
        metric = asked.choice(known)
        word = asked.choice(["is missing", "is present"])
        parts = asked.choice([[f"{metric.name} {word}"], [*parts, f"{metric.name} {word}"]])
    return [f"  applies where {joined.join(parts)}"]


def _per(d: _Draw, days: int) -> str:
    if d.random.random() < 0.12:
        return _rolling(d, days)
    if days <= 4:
        return d.one("hour", "day", "day", "week", "month", "quarter", "year", "term")
    kinds = ("day", "week", "month", "quarter", "year", "term")
    return d.one(*(kinds if days <= 75 else kinds[1:]))


def _rolling(d: _Draw, days: int) -> str:
    """Periods that overlap, or leave gaps, or just follow one another."""
    d.saw("rolling")
    if days <= 10:
        return d.one("2 days every 1 day", "3 days every 1 day", "1 days every 2 days")
    if days < 75:
        return d.one("7 days every 1 day", "1 weeks every 5 days", "10 days every 1 week")
    return d.one(
        "30 days every 1 week", "1 months every 10 days", "2 months every 1 month",
        "1 quarters every 1 month", "1 years every 1 month", "14 days every 1 month",
    )  # fmt: skip


def _require(
    d: _Draw, metric: _Made, operator: str, target: str, per: str, each: tuple[str, ...]
) -> str:
    d.saw(*([f"per {per}"] if " " not in per else []), *(f"each {name}" for name in each))
    if len(each) > 1:
        d.saw("several group fields")
    clause = f"\n    for each {', '.join(each)}" if each else ""
    prorated = ""
    if metric.adds_up and " " not in per and Random(f"{target} {per}").random() < 0.6:
        prorated = " prorated"  # by a draw of its own, so that other examples stay as they were
    return f"  require {metric.name} {operator} {target} per {per}{prorated}{clause}"


def _target(d: _Draw, metric: _Made, operator: str, each: tuple[str, ...]) -> str:
    by = [name for name in each if name in VALUES and name != "number"]
    if by and d.seldom("match target"):
        subject = d.one(*by)
        figures = [_figure(d, metric.kind) for _ in range(2)]
        if metric.kind == "percent":  # every figure can be kept, and broken
            figures = [f for f in figures if f not in ("0%", "100%")] or ["50%"]
        others = f", otherwise: {figures[-1]}" if len(VALUES[subject]) > 1 else ""
        found = f"match {subject} {{ {key_of(VALUES, subject)}: {figures[0]}{others} }}"
        way = Random(f"{metric.name} {found}").random()  # a draw of its own
        return found if way < 0.6 else f"({found}) / 2" if way < 0.8 else f"1.5 * ({found}) / 3"
    return _figure(d, metric.kind)
