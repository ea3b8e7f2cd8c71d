"""A file as a whole."""

from __future__ import annotations

from typing import TypeAlias

from sladsl.records import Record
from sladsl.source import Source
from sladsl.syntax.node import aside
from sladsl.syntax.nodes.frame import Agreement, Language, Plan, Service
from sladsl.syntax.nodes.life import Amendment, Based, Import, Remedy
from sladsl.syntax.nodes.measures import Baseline, Metric
from sladsl.syntax.nodes.payments import Cap, Charge
from sladsl.syntax.nodes.promises import Obligation
from sladsl.syntax.nodes.schedules import Calendar, Exclusion, Outage
from sladsl.syntax.nodes.streams import Derived, Enum, Stream
from sladsl.syntax.nodes.trials import Test

__all__ = ["Declaration", "Policy"]


Declaration: TypeAlias = (
    Language
    | Based
    | Import
    | Plan
    | Agreement
    | Service
    | Stream
    | Derived
    | Enum
    | Calendar
    | Exclusion
    | Outage
    | Metric
    | Baseline
    | Obligation
    | Charge
    | Cap
    | Remedy
    | Amendment
    | Test
)


class Policy(Record):
    """A file: its declarations in order, and its comments (kept for the formatter)."""

    declarations: tuple[Declaration, ...]
    imports: tuple[Import, ...] = ()
    comments: tuple[str, ...] = aside(default=())
    #: the texts of what it is based on, the nearest first, once their declarations are taken
    levels: tuple[Source, ...] = aside(default=())
    #: the texts of the libraries that it imports, once their declarations are taken
    libraries: tuple[Source, ...] = aside(default=())
    source: Source = aside(kw_only=True)
