"""Targets by two fields, and of what was reached before: in place of some figures of a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

__all__ = ["targets"]

_REQUIRE = re.compile(r"^  require (\w+) ([<>]=?) ([^\s({]+(?: EUR| kB)?) (per .*)$", re.MULTILINE)
#: What a metric may be made of, to be a figure of an earlier time, too.
_PLAIN = re.compile(r"(?:share|count|sum|mean|min|max|median|p80|p95\.5) of .*")
_EDGES = re.compile(r"\b(?:below|above|at most \d|at least \d)")


def targets(
    obligations: list[str], parts: list[str], start: date, values: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """The obligations, with baselines beside `parts`; by draws of their own."""
    found = []
    for text in obligations:
        random = Random(f"targets {text}")
        one = _REQUIRE.search(text)
        single = text.startswith("obligation ob") and text.count("  require ") == 1
        if one is None or not single or _EDGES.search(text):
            found.append(text)
            continue
        metric, operator, figure, per = one.groups()
        each = re.search(r"^    for each (.*)$", text, re.MULTILINE)
        fields = [] if each is None else [f for f in each[1].split(", ") if f in values]
        fields = [field for field in fields if field != "number"]
        target = figure
        measure = next((p for p in parts if p.startswith(f"metric {metric} = ")), "")
        plain = measure.partition(" = ")[2]
        plainly = _PLAIN.fullmatch(plain) and " rounded " not in plain and " over " not in plain
        if plainly and random.random() < 0.25:
            target = _of_old(random, metric, plain, figure, parts, start)
        if fields and random.random() < 0.6:
            target = _chosen(random, fields, values, target, figure)
        if operator in (">", "<") and target != figure:
            operator += "="
        said = f"  require {metric} {operator} {target} {per}"
        found.append(text.replace(one[0], said, 1))
    return found


def _of_old(
    random: Random, metric: str, measure: str, figure: str, parts: list[str], start: date
) -> str:
    """One or two figures of an earlier time, and what is made of them."""
    names = []
    for number in range(random.choice((1, 2, 2))):
        since = start - timedelta(days=random.choice((1, 2, 200)))
        until = since + timedelta(days=random.randint(1, 4))
        name = f"then{number}_{metric}"
        if f"baseline {name} = {measure}" not in "\n".join(parts):
            parts.append(f"baseline {name} = {measure} from {since} to {until}")
        names.append(name)
    first, other = names[0], names[-1]
    if first == other:
        more = first if figure.endswith("%") else f"1.5 * {first}"
        return random.choice((more, more, f"({first} + {figure}) / 2"))
    return random.choice((
        f"({first} + {other}) / 2", f"{first} + {first} / 3 - {other}",
        f"{first} / 2 + {other} - {figure}",
        f"{first} / 2 + {other} / 3",
    ))  # fmt: skip


def _key(field: str, value: str) -> str:
    return f'"{value}"' if field == "site" else value


def _chosen(
    random: Random, fields: list[str], values: Mapping[str, tuple[str, ...]], one: str, other: str
) -> str:
    """One figure or another, by one field or by two of them."""
    first, last = fields[0], fields[-1]
    key, second = (_key(field, random.choice(values[field])) for field in (first, last))
    if first == last:
        return f"(match {first} {{ {key}: {one}, otherwise: {other} }}) / 2"
    if random.random() < 0.5:
        return f"match {first} and {last} {{ {key} and {second}: {one}, otherwise: {other} }}"
    times = f"(match {last} {{ {second}: 2, otherwise: 1 }})"
    return f"(match {first} {{ {key}: {one}, otherwise: {other} }}) * {times} / 3"
