"""The digest of a stream's content while other threads find new texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from sladsl.streams.digest import Digest
from sladsl.streams.model import Batch, Column, FieldSpec, Kind, StreamSpec, Vocabulary

SPEC = StreamSpec("s", tuple(FieldSpec(name, Kind.TEXT) for name in ("first", "second", "third")))
CODES = {
    "first": [0, 1, 0],
    "second": [1, 0, 1],
    "third": [2, 2, 0],
}


class Growing(Vocabulary):
    """Another thread finds a text whenever this one looks."""

    def __getattribute__(self, name: str) -> Any:
        if name == "texts":
            texts = super().__getattribute__("texts")
            texts.append(f"other {len(texts)}")
            return texts
        return super().__getattribute__(name)


def digest_of(vocabulary: Vocabulary) -> str:
    object.__getattribute__(vocabulary, "texts").extend(("a", "b", "c"))
    digest = Digest(SPEC, vocabulary)
    columns = {name: Column(np.array(codes, np.int32)) for name, codes in CODES.items()}
    digest.add(Batch(3, columns))
    return str(digest)


def test_texts_that_other_threads_find_change_nothing() -> None:
    assert digest_of(Growing()) == digest_of(Vocabulary())
