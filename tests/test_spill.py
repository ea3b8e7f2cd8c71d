"""A store of samples gives them back sorted, in parts that fit, wherever they lie."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sladsl.folds.spill import Samples, Store

BYTES = 80  # of memory for one sample
#: Group, time, failing or not, place.
Row: TypeAlias = tuple[int, int, bool, int]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def samples(rows: list[Row]) -> Samples:
    return Samples(*(np.array(column) for column in zip(*rows, strict=True)))


def filled(store: Store, groups: list[int], times: np.ndarray, each: int = 50) -> Store:
    """The same times for each group, a few at once."""
    for group in groups:
        for at in range(0, len(times), each):
            own = times[at : at + each]
            store.add(Samples(np.full(len(own), group), own, own % 3 == 0, own))
    return store


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-3, 30), st.booleans()), max_size=40),
       st.integers(1, 9), st.data())  # fmt: skip
def test_a_store_gives_samples_back_sorted_in_parts(
    drawn: list[tuple[int, int, bool]], most: int, data: st.DataObject
) -> None:
    rows: list[Row] = [(*row, place) for place, row in enumerate(drawn)]
    stores = [Store(BYTES * most) for _ in range(data.draw(st.integers(1, 4)))]
    for at in range(0, len(rows), 2):
        data.draw(st.sampled_from(stores)).add(samples(rows[at : at + 2]))
    store = stores.pop()
    for other in stores:
        store.merge(other)
    for _ in range(2):  # as often as one likes
        given_back = [
            row for part in store.sorted() for row in zip(*(c.tolist() for c in part), strict=True)
        ]
        assert given_back == sorted(rows, key=lambda r: (r[0], r[1], r[3]))


def test_one_large_group_comes_in_parts() -> None:
    times = np.random.default_rng(1).permutation(5000)
    parts = [part.time for part in filled(Store(BYTES * 100), [0], times).sorted()]
    assert np.concatenate(parts).tolist() == list(range(5000))
    assert max(map(len, parts)) <= 100


def test_large_groups_are_cut_by_their_own_times() -> None:
    """Not by those of other groups as well: that would make more parts, and smaller ones."""
    alone = list(filled(Store(BYTES * 100), [0], np.arange(0, 4000, 2), each=100).sorted())
    store = Store(BYTES * 100)
    for at in range(0, 4000, 100):
        times = np.arange(at, at + 100)
        store.add(Samples(times % 2, times, times % 3 == 0, times))
    parts = list(store.sorted())
    assert [len(set(part.group.tolist())) for part in parts] == [1] * len(parts)
    assert max(len(part.time) for part in parts) <= 100
    assert len(parts) <= 2 * len(alone)


def test_parts_hold_as_many_groups_as_fit() -> None:
    store = filled(Store(BYTES * 100), list(range(10)), np.arange(30), each=30)
    parts = list(store.sorted())
    assert [sorted(set(part.group.tolist())) for part in parts] == [
        [0, 1, 2], [3, 4, 5], [6, 7, 8], [9],
    ]  # fmt: skip
    assert [len(part.time) for part in parts] == [90, 90, 90, 30]


def test_samples_of_one_time_are_never_apart() -> None:
    """However many they are: they may be about one moment of one group."""
    store = filled(Store(BYTES * 20), [0], np.repeat(np.arange(10), 50), each=20)
    parts = [part.time.tolist() for part in store.sorted()]
    assert [time for part in parts for time in part] == np.repeat(np.arange(10), 50).tolist()
    assert [len(set(part)) for part in parts] == [1] * 10


def test_what_fits_is_kept_in_memory(folder: Path) -> None:
    """A sample more than fits, and all go to the disk: a file for each column but the group."""
    store = filled(Store(BYTES * 10), [0], np.arange(10), each=5)
    assert not list(folder.iterdir())
    filled(store, [0], np.arange(1), each=1)
    (spilled,) = folder.iterdir()
    assert len(list(spilled.iterdir())) == 3
    filled(store, [0], np.arange(10), each=5)
    assert len(list(spilled.iterdir())) == 3
    assert sum(len(part.time) for part in store.sorted()) == 21


def test_a_store_of_next_to_nothing_holds_one_sample(folder: Path) -> None:
    store = Store(1)
    store.add(samples([(0, 5, True, 0)]))
    assert not list(folder.iterdir())
    store.add(samples([(0, 4, True, 1)]))
    assert len(list(folder.iterdir())) == 1
    assert [part.time.tolist() for part in store.sorted()] == [[4], [5]]
    assert not list(Store(1).sorted())


def test_many_groups_in_any_order(folder: Path) -> None:
    """Numbers of groups beyond 16 bits are sorted as numbers, too."""
    groups = [70_000, 65_536, 3, 65_535, 0]
    for limit in (1, 10**6):
        store = filled(Store(limit), groups, np.array([7, 2]), each=1)
        found = [(g, t) for part in store.sorted()
                 for g, t in zip(part.group.tolist(), part.time.tolist(), strict=True)]  # fmt: skip
        assert found == [(g, t) for g in sorted(groups) for t in (2, 7)]


def test_the_folder_goes_with_the_store(folder: Path) -> None:
    stores = [filled(Store(BYTES * 10), [number], np.arange(30), each=1) for number in range(2)]
    one, other = stores
    one.merge(other)
    del stores, other
    gc.collect()
    assert len(list(folder.iterdir())) == 2
    assert sum(len(part.time) for part in one.sorted()) == 60
    del one
    gc.collect()
    assert not list(folder.iterdir())
