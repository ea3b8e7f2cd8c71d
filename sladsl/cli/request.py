"""What is asked of an evaluation: from options to a plan, its sources and what is chosen."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sladsl.cli.files import standard_input
from sladsl.cli.moments import moment, within
from sladsl.cli.output import Console, refuse
from sladsl.cli.plans import Planned, plan_of
from sladsl.cli.refusals import bad_option
from sladsl.pipeline import Options
from sladsl.plan.uses import streams_at_any_time
from sladsl.records import Record

if TYPE_CHECKING:
    from sladsl.plan.model import Plan
    from sladsl.streams.sources import SourceSpec
    from sladsl.verdicts.model import Verdict

__all__ = ["Asked", "Request", "asked_of", "in_groups", "period_filter"]


class Request(Record):
    """The options of a command that evaluates, by name."""

    command: str
    policy: str
    data: tuple[str, ...] = ()
    as_of: str | None = None
    period: str | None = None
    from_: str | None = None
    to: str | None = None
    obligation: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    allow_path: tuple[str, ...] = ()
    max_rejected: str | None = None
    max_groups: int = 100_000
    rejects: str | None = None
    on_undecided: str | None = None
    format_: str = "text"
    color: str = "auto"
    quiet: bool = False
    fail_on: str = "breach"
    advisory: bool = False
    statement: bool = False
    with_fee: bool = False

    @staticmethod
    def of(options: Mapping[str, Any], command: str) -> Request:
        """The request that a command's options make."""
        known = set(Request.__annotations__)
        return Request(command, **{k: v for k, v in options.items() if k in known})


class Asked(NamedTuple):
    """What is evaluated, on what, and how."""

    plan: Plan
    sources: dict[str, SourceSpec]
    options: Options


def asked_of(request: Request, console: Console, *, digested: bool) -> Asked | int:
    """What a request asks for, or the exit status where its policy can't be evaluated.

    Raises `Refused`. `digested`: whether the plan is to know its policy's digest.
    """
    # NumPy's library for matrices starts a thread on each core; no matrix is ever multiplied
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    planned = plan_of(request.policy, request.obligation, console, digested=digested)
    if isinstance(planned, tuple):
        return refuse(console, planned, request.format_, request.command)
    plan = planned.plan
    asked = Asked(plan, _sources(planned, request), _options(plan, request))
    import sladsl.runners.local  # noqa: F401 - NumPy and Arrow, before what they made is set aside

    gc.freeze()  # modules and tables stay: not looked through again
    gc.enable()
    return asked


def _sources(planned: Planned, request: Request) -> dict[str, SourceSpec]:
    """Where each stream is: `sladsl.toml`, and over it `--data`."""
    from sladsl.runners.local import stream_spec
    from sladsl.streams.config import load_config
    from sladsl.streams.sources import parse_data

    specs = {s.name: stream_spec(s) for s in streams_at_any_time(planned.plan)}
    policy = Path.cwd() / "-" if request.policy == "-" else Path(request.policy)
    config = load_config(policy, specs, allow_paths=request.allow_path, unread=planned.streams)
    sources = parse_data(request.data, specs, config)
    given = [name for name, source in sources.items() if source.path == "-"]
    if len(given) > (request.policy != "-"):
        help = "standard input is one policy or one stream; name files for the others"
        raise bad_option("--data", f"{given[-1]}=-", help)
    return sources


def _options(plan: Plan, request: Request) -> Options:
    """What a request chooses of an evaluation. Raises `Refused`."""
    return Options(
        as_of=None if request.as_of is None else moment(request.as_of, plan.zone, "--as-of"),
        max_rejected=_max_rejected(request.max_rejected),
        max_groups=request.max_groups,
        stdin=standard_input(),
        digested=False,
    )


def _max_rejected(text: str | None) -> int | str | None:
    if text is None:
        return None
    if re.fullmatch(r"\d{1,18}", text):
        return int(text)
    if re.fullmatch(r"\d{1,3}(\.\d{1,18})?%", text):
        return text
    raise bad_option("--max-rejected", text, "write a number of rows, or a share such as 1%")


def period_filter(request: Request, plan: Plan) -> Callable[[int, int, str], bool]:
    """Whether a period, by start, end (ns) and label, is one that was asked for.

    What lies in the period that was named is asked for, too: of the agreement's own calendar,
    where its months, or its years, begin on another day.
    """
    from sladsl.trials.periods import named

    zone = plan.zone
    low, high = -(1 << 63), 1 << 63
    if request.period is not None and request.period != "term":
        low, high = within(request.period, zone, "--period")
        if re.fullmatch(r"\d{4}(-\d\d|-Q\d)?", request.period):
            own = named(plan, request.period)
            low, high = (low, high) if own is None else (own.start, own.end)
    if request.from_ is not None:
        low = max(low, moment(request.from_, zone, "--from"))
    if request.to is not None:
        high = min(high, moment(request.to, zone, "--to"))
    only_term = request.period == "term"

    def keep(start: int, end: int, label: str) -> bool:
        if label == request.period or label.startswith(f"{request.period} "):
            return True  # of deadlines that are due at once the labels say more
        return low <= start and end <= high and not only_term

    return keep


def in_groups(verdict: Verdict, asked: tuple[str, ...]) -> bool:
    """Whether a verdict's group has one of the values asked for, for each field named."""
    wanted: dict[str, set[str]] = {}
    for text in asked:
        field, mark, value = text.partition("=")
        wanted.setdefault(field if mark else "", set()).add(value if mark else field)
    group = dict(verdict.group)
    for field, values in wanted.items():
        have = set(group.values()) if not field else {group.get(field, "")}
        if not have & values:
            return False
    return True
