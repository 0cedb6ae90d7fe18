"""Line numbers equal those of Python's csv reader, whatever the text."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.reading import lines
from terrain.data.reading.lines import occurrences, record_lines

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def _small_chunks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_CHUNK", 7)
        patch.setattr(lines, "_FEW", 2)
        yield


def oracle(text: str) -> list[int]:
    reader = csv.reader(io.StringIO(text, newline=""))
    found, line = [], 1
    for fields in reader:
        if fields:
            found.append(line)
        line = reader.line_num + 1
    return found


fields = st.text(alphabet='ab",\n\r é', max_size=6)


@given(
    records=st.lists(st.lists(fields, min_size=1, max_size=3), min_size=1, max_size=12),
    end=st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"]),
    finished=st.booleans(),
)
def test_written_csv_gives_the_lines_of_the_csv_reader(
    *, records: list[list[str]], end: str, finished: bool
) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end).writerows(records)
    text = file.getvalue() if finished else file.getvalue().rstrip("\r\n")
    expected = oracle(text)
    found = record_lines(text.encode(), 0, first=1, records=len(expected), separator=",")
    assert found is not None
    assert found.tolist() == expected


@given(st.text(alphabet='a",\n\r', max_size=30))
def test_any_text_gives_the_lines_of_the_csv_reader_or_none(text: str) -> None:
    expected = oracle(text)
    found = record_lines(text.encode(), 0, first=1, records=len(expected), separator=",")
    assert found is None or found.tolist() == expected


def test_quotes_inside_an_unquoted_field_are_left_to_a_field_by_field_reader() -> None:
    text = b'5" x\n"a\nb"\n\n6" y\n'
    assert record_lines(text, 0, first=1, records=3, separator=",") is None


def test_quotes_mean_nothing_without_a_separator() -> None:
    text = b'{"a": "5"}\n\n{"a": "\\""}\n'
    found = record_lines(text, 0, first=1, records=2, separator=None)
    assert found is not None
    assert found.tolist() == [1, 3]


@given(
    text=st.binary(max_size=30), byte=st.sampled_from([b"\n", b"\r", b'"', b"\0"]), data=st.data()
)
def test_bytes_are_counted_as_python_counts_them(
    text: bytes, byte: bytes, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    assert occurrences(text, byte, start) == text.count(byte, start)
