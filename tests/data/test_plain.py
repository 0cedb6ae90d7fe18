"""Text without quotes, read in one pass, is what the general reader makes of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data import readers
from terrain.data.reading import plain
from terrain.data.reading.plain import read_plain

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.data.readers import Rows

FIELD = st.sampled_from(
    ["", "1", "-2.5", "NA", "nan", "true", "False", "north", "süd", "2024-01-01", " x ", "9" * 20]
)
ROWS = st.lists(st.lists(FIELD, min_size=3, max_size=3), min_size=1, max_size=30)


def general(path: Path) -> Rows:
    with patch.object(readers, "read_plain", lambda *_: None):
        return readers.read([str(path)])


def same(one: Rows, other: Rows) -> bool:
    """Return whether two readings agree in all but how text is numbered."""
    assert str(one.table.to_pylist()) == str(other.table.to_pylist())
    assert one.table.schema == other.table.schema
    assert one.line.tolist() == other.line.tolist()
    return (one.sources, one.warnings, one.notes) == (other.sources, other.warnings, other.notes)


@given(
    rows=ROWS,
    ended=st.booleans(),
    separator=st.sampled_from([",", "\t", ";"]),
    marked=st.booleans(),
    head=st.integers(4, 40),
    block=st.integers(1, 60),
)
def test_it_is_what_the_general_reader_reads(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    rows: list[list[str]],
    ended: bool,
    separator: str,
    marked: bool,
    head: int,
    block: int,
) -> None:
    path = tmp_path_factory.mktemp("plain") / "t.csv"
    lines = [separator.join(row) for row in [["a", "b", "c"], *rows]]
    text = "\n".join(lines) + "\n" * ended
    path.write_bytes(b"\xef\xbb\xbf" * marked + text.encode())
    # smaller than some headers, and blocks of a few lines
    with patch.object(plain, "HEAD", head), patch.object(plain, "BLOCK", block):
        assert same(readers.read([str(path)]), general(path))


@pytest.mark.parametrize("ended", [True, False])
def test_most_texts_are_read_in_one_pass(tmp_path: Path, *, ended: bool) -> None:
    path = tmp_path / "t.csv"
    content = b'"a","b"\n' + b"1,x\n" * 400_000 + b"2,y" + b"\n" * ended
    path.write_bytes(content)
    found = read_plain(str(path), None)
    assert found is not None
    assert (found.part.table.num_rows, found.size) == (400_001, len(content))
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.part.line is not None
    assert found.part.line[[0, -1]].tolist() == [2, 400_002]
    assert same(readers.read([str(path)]), general(path))


FAR = "1,x\n" * 400_000
"""More than is looked at first."""


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n",
        "a,b",
        "a,b\r\n1,x\r\n",
        'a,b\n1,"x"\n',
        "a,b\n1,x\n\n2,y\n",
        f'a,b\n{FAR}1,"x\ny"\n',
        f"a,b\n{FAR}1,x\r2,y\n",
        f"a,b\n{FAR}\n\n1,x\n",
        "a,b\n99999999999999999999,x\n",
        f"a,b\n{FAR}99999999999999999999,x\n",
    ],
    ids=lambda text: repr(text[:12] + text[-24:]),
)
def test_other_texts_are_left_to_the_general_reader(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8", newline="")
    assert read_plain(str(path), None) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a\0b\n1\n",
        b"a,b\n1\n",
        b"a,a\n1,2\n",
        b"a,b\n\xff,1\n",
        b"PAR1",
        b"\x1f\x8b",
        b"{}\n",
    ],
)
def test_what_is_wrong_is_said_by_the_general_reader(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert read_plain(str(path), None) is None
    assert read_plain(str(tmp_path / "missing.csv"), None) is None
