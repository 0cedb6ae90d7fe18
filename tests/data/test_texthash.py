"""Texts have the hash that pandas gives them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pandas.util import hash_array

from terrain.data.split import _mixed
from terrain.data.texthash import hashes_of

TEXTS = st.lists(st.text(max_size=40) | st.sampled_from(["", "a", "ä" * 9, "8 bytes.", "\0"]))


@given(TEXTS)
def test_texts_have_the_hash_of_pandas(texts: list[str]) -> None:
    expected = hash_array(np.array([*texts, ""], dtype=object), categorize=False)
    assert _mixed(hashes_of([*texts, ""])).tolist() == expected.tolist()


def test_many_texts() -> None:
    texts = [f"customer {i}" * (i % 3) for i in range(30_000)]
    expected = hash_array(np.array(texts, dtype=object), categorize=False)
    assert _mixed(hashes_of(texts)).tolist() == expected.tolist()
    assert hashes_of([]).tolist() == []
