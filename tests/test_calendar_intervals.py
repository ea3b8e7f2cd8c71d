"""Sets of intervals against sets of whole numbers."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sladsl.calendar.intervals import Intervals

pairs = st.lists(st.tuples(st.integers(-20, 60), st.integers(-20, 60)), max_size=10)


def made(spans):
    return Intervals.of([a for a, _ in spans], [b for _, b in spans])


def points(spans):
    return {x for a, b in spans for x in range(a, b)}


def members(intervals):
    spans = list(zip(intervals.starts.tolist(), intervals.ends.tolist(), strict=True))
    assert all(a < b for a, b in spans)
    assert all(p[1] < q[0] for p, q in pairwise(spans))
    assert intervals.starts.dtype == intervals.ends.dtype == np.int64
    return points(spans)


@given(pairs, pairs)
def test_the_algebra_of_sets(left, right):
    a, b = made(left), made(right)
    p, q = points(left), points(right)
    assert members(a) == p
    assert members(a.union(b)) == p | q
    assert members(a.intersection(b)) == p & q
    assert members(a.difference(b)) == p - q
    assert a.total() == len(p)
    assert a.difference(b).union(a.intersection(b)) == a


@given(pairs, st.integers(-30, 70), st.integers(-30, 70))
def test_measures(spans, lo, hi):
    a, p = made(spans), points(spans)
    at = np.arange(-30, 70)
    assert a.measure(at).tolist() == [len([x for x in p if x < t]) for t in at]
    assert a.holds(at).tolist() == [int(t) in p for t in at]
    assert members(a.clip(lo, hi)) == {x for x in p if lo <= x < hi}


def test_the_empty_set():
    none = Intervals.none()
    assert len(none) == none.total() == 0
    assert none == Intervals.of([5], [5])
    assert none.measure(np.array([1, 2])).tolist() == [0, 0]
    assert none.union(Intervals.of([1], [2])) == Intervals.of([1], [2])
    assert none != Intervals.of([1], [2])
