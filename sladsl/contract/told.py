"""What tells apart what an obligation judges: fields of rows, of groups, of what is broken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from sladsl.contract.anchors import anchor_of
from sladsl.contract.model import FieldInfo
from sladsl.contract.scope import Scope
from sladsl.syntax import nodes as n

__all__ = ["About", "told_apart_by"]

#: Fields by name.
About: TypeAlias = Mapping[str, FieldInfo | None]


def told_apart_by(
    s: Scope, require: n.AnyRequire, seen: frozenset[str] = frozenset()
) -> list[About]:
    """What tells apart what a requirement judges: fields of rows, of groups, or nothing.

    Figures may be made of several streams and outages; none where these have errors.
    """
    if isinstance(require, n.Require):
        info = s.metrics.get(require.metric.text)
        if info is None:
            return []
        found: list[About] = [s.fields[name] for name in info.streams if name in s.fields]
        for name in info.outages:
            if name in s.outages and s.outages[name].stream in s.fields:
                fields, each = s.fields[s.outages[name].stream], s.here.outages[name].each
                found.append({f.text: fields[f.text] for f in each if f.text in fields})
        return found
    anchor = anchor_of(require)
    if anchor is not None and anchor.member is not None:
        return [s.fields[anchor.name.text]] if anchor.name.text in s.fields else []
    if anchor is not None and anchor.of is not None and anchor.name.text == "breach":
        return [_groups(s, anchor.of.text, seen)]
    return [{}]


def _groups(s: Scope, obligation: str, seen: frozenset[str]) -> About:
    """What the breaches of an obligation are about: groups, or what triggers are called by."""
    found: dict[str, FieldInfo | None] = {}
    if obligation not in s.here.obligations or obligation in seen:
        return found
    for require in s.here.obligations[obligation].requires:
        anchor = anchor_of(require)
        if isinstance(require, n.Require):
            for about in told_apart_by(s, require, seen):
                found |= {x.text: about[x.text] for x in require.each if x.text in about}
        elif anchor is not None and anchor.of is not None and anchor.name.text == "breach":
            found |= _groups(s, anchor.of.text, seen | {obligation})
        elif anchor is not None and anchor.member is not None:
            stream = s.streams.get(anchor.name.text)
            if stream is not None:
                found |= {name: stream.fields[name] for name in stream.key}
    return found
