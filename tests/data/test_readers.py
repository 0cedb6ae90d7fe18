"""Every format is read into the same table, and every row knows its source."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from terrain.data.readers import Rows, read
from terrain.data.reading.delimited import MISSING
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = pa.dictionary(pa.int32(), pa.string())
TABLE = pa.table({"id": [1, 2, 3], "place": ["north", None, "süd"], "p": [0.5, None, 1.25]})
CSV = b"id,place,p\n1,north,0.5\n2,,NA\n3,s\xc3\xbcd,1.25\n"
ID = b"sixteen bytes !!"
JSON_LINES = "".join(json.dumps(row) + "\n" for row in TABLE.to_pylist()).encode()


def save(folder: Path, name: str, content: bytes | str) -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def read_text(folder: Path, text: bytes | str, name: str = "t.csv") -> Rows:
    return read([save(folder, name, text)])


def as_parquet(table: pa.Table = TABLE) -> bytes:
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


def as_arrow(table: pa.Table = TABLE, *, stream: bool = False) -> bytes:
    file = io.BytesIO()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def zstd(content: bytes) -> bytes:
    packed: bytes = pa.compress(content, "zstd", asbytes=True)
    return packed


FORMATS = [
    ("t.csv", CSV, True),
    ("T.CSV", CSV, True),
    ("t.tsv", CSV.replace(b",", b"\t"), True),
    ("t.txt", CSV.replace(b",", b"\t"), True),
    ("t.txt", CSV.replace(b",", b";"), True),
    ("t.csv", CSV.replace(b",", b"|"), True),
    ("t.csv", CSV.replace(b",", b"\t"), True),
    ("t.tsv", CSV, True),
    ("no-ending", CSV, True),
    ("t.csv.gz", gzip.compress(CSV, mtime=0), True),
    ("t.csv.gz", gzip.compress(CSV[:20], mtime=0) + gzip.compress(CSV[20:], mtime=0), True),
    ("t.tsv.zst", zstd(CSV.replace(b",", b"\t")), True),
    ("t.csv", gzip.compress(CSV, mtime=0), True),
    ("t.csv.gz", CSV, True),
    ("t.csv", b"\xef\xbb\xbf" + CSV, True),
    ("t.csv", CSV.decode().encode("utf-16"), True),
    ("t.csv", CSV.replace(b"\n", b"\r\n"), True),
    ("t.csv", CSV.replace(b"\n", b"\r"), True),
    ("t.csv", CSV.rstrip(b"\n"), True),
    ("t.jsonl", JSON_LINES, True),
    ("t.ndjson.gz", gzip.compress(JSON_LINES, mtime=0), True),
    ("t.json.zst", zstd(JSON_LINES), True),
    ("t.jsonl", b"\xef\xbb\xbf" + JSON_LINES, True),
    ("no-ending", JSON_LINES, True),
    ("no-ending", b"\xef\xbb\xbf" + JSON_LINES, True),
    ("t.parquet", as_parquet(), False),
    ("t.pq", as_parquet(), False),
    ("no-ending", as_parquet(), False),
    ("t.csv", as_parquet(), False),
    ("t.arrow", as_arrow(), False),
    ("t.feather", as_arrow(), False),
    ("t.ipc", as_arrow(stream=True), False),
    ("no-ending", as_arrow(), False),
]


@pytest.mark.parametrize(("name", "content", "has_lines"), FORMATS)
def test_every_format_gives_the_same_table(
    tmp_path: Path, name: str, content: bytes, *, has_lines: bool
) -> None:
    rows = read_text(tmp_path, content, name)
    assert rows.table.to_pydict() == TABLE.to_pydict()
    assert [column.type for column in rows.table.columns] == [pa.int64(), TEXT, pa.float64()]
    first = 1 if content.lstrip(b"\xef\xbb\xbf")[:1] == b"{" or "json" in name else 2
    assert rows.line.tolist() == ([first, first + 1, first + 2] if has_lines else [0, 0, 0])
    assert rows.record.tolist() == [0, 1, 2]
    assert rows.source.dtype == np.uint32
    assert rows.record.dtype == rows.line.dtype == np.int64
    assert (rows.warnings, rows.notes) == ((), ())


def test_the_source_is_noted(tmp_path: Path) -> None:
    path = save(tmp_path, "t.csv.gz", gzip.compress(CSV, mtime=0))
    os.utime(path, (0, 86_400))
    (source,) = read([path]).sources
    assert source.path == path
    assert source.sha256 == hashlib.sha256(Path(path).read_bytes()).hexdigest()
    assert source.bytes == Path(path).stat().st_size
    assert source.modified == "1970-01-02T00:00:00+00:00"
    assert source.instances == 3


@pytest.mark.parametrize("content", [CSV, as_parquet(), JSON_LINES, gzip.compress(CSV, mtime=0)])
def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    rows = read(["-"])
    assert rows.table.to_pydict() == TABLE.to_pydict()
    assert (rows.sources[0].path, rows.sources[0].modified) == ("-", None)


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(
    header=st.lists(names, min_size=2, max_size=4, unique=True),
    data=st.data(),
    # csv.writer quotes a lone carriage return only where a line ends with one
    style=st.sampled_from(
        [(csv.QUOTE_ALL, "\n"), (csv.QUOTE_ALL, "\r\n"), (csv.QUOTE_MINIMAL, "\r\n")]
    ),
)
def test_any_text_that_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    header: list[str],
    data: st.DataObject,
    style: tuple[Literal[0, 1], str],
) -> None:
    quoting, end = style
    record = st.lists(texts, min_size=len(header), max_size=len(header))
    records = [["text"] * len(header), *data.draw(st.lists(record, max_size=6))]
    file = io.StringIO(newline="")
    csv.writer(file, quoting=quoting, lineterminator=end).writerows([header, *records])
    rows = read_text(tmp_path_factory.mktemp("any"), file.getvalue(), "t.csv")

    def expected(field: str) -> str | None:
        return None if quoting == csv.QUOTE_MINIMAL and field in MISSING else field

    assert rows.table.column_names == header
    assert [tuple(row.values()) for row in rows.table.to_pylist()] == [
        tuple(expected(field) for field in record) for record in records
    ]
    reader = csv.reader(io.StringIO(file.getvalue(), newline=""))
    ends = [reader.line_num for _ in reader]
    assert rows.line.tolist() == [line + 1 for line in ends[:-1]]


def test_quotes_inside_unquoted_fields_do_not_move_the_lines(tmp_path: Path) -> None:
    rows = read_text(tmp_path, 'a,b\n5" x,1\n"two\nlines",2\n\n6" y,3\n')
    assert rows.table["a"].to_pylist() == ['5" x', "two\nlines", '6" y']
    assert rows.line.tolist() == [2, 3, 6]


def test_an_odd_number_of_quotes_is_read_where_none_is_open(tmp_path: Path) -> None:
    rows = read_text(tmp_path, 'a,b\n5" x,1\ny,2\n')
    assert rows.table.to_pydict() == {"a": ['5" x', "y"], "b": [1, 2]}


def test_a_header_may_span_lines(tmp_path: Path) -> None:
    rows = read_text(tmp_path, '\n"a\nb",c\n1,2\n\n3,4\n')
    assert rows.table.column_names == ["a\nb", "c"]
    assert rows.line.tolist() == [4, 6]


def test_missing_and_empty_differ(tmp_path: Path) -> None:
    rows = read_text(tmp_path, 'a,b\n"",1\n,2\n"NA",3\nNA,4\nx,5\n')
    assert rows.table["a"].to_pylist() == ["", None, "NA", None, "x"]


def test_numbers_may_be_quoted_and_missing(tmp_path: Path) -> None:
    rows = read_text(tmp_path, '"a","b","c"\n"1","0.5",""\n"","",""\n"3","","x"\n')
    assert rows.table.to_pydict() == {
        "a": [1, None, 3],
        "b": [0.5, None, None],
        "c": ["", "", "x"],
    }
    assert rows.table["a"].type == pa.int64()


@pytest.mark.parametrize("marker", MISSING)
def test_every_missing_marker_is_missing_among_numbers_and_text(
    tmp_path: Path, marker: str
) -> None:
    rows = read_text(tmp_path, f"a,b\n1,x\n{marker},{marker}\n2,y\n")
    assert rows.table.to_pydict() == {"a": [1, None, 2], "b": ["x", None, "y"]}


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        (["1", "-2"], [1, -2]),
        (["1", "2.5"], [1.0, 2.5]),
        (["1", "x"], ["1", "x"]),
        (["1", "true"], ["1", "true"]),
        (["007", "x"], ["007", "x"]),
        (["inf", "-inf", "1"], [float("inf"), float("-inf"), 1.0]),
        (["true", "False", "TRUE"], [True, False, True]),
        (["0.1", "12345678901234567"], [0.1, 12345678901234567.0]),
        (["9007199254740993"], [9007199254740993]),
        (["18446744073709551615", "18446744073709551614"], None),
        (["1e30", "1"], [1e30, 1.0]),
        (["2020-01-01"], [date(2020, 1, 1)]),
        (["2020-01-01T10:00:00Z"], [datetime(2020, 1, 1, 10, tzinfo=UTC)]),
    ],
)
def test_a_column_has_the_type_of_all_its_values(
    tmp_path: Path, fields: list[str], values: list[object] | None
) -> None:
    rows = read_text(tmp_path, "a,b\n" + "".join(f"{field},1\n" for field in fields))
    found = rows.table["a"].to_pylist()
    assert found == (values or fields)
    assert [type(value) for value in found] == [type(value) for value in values or fields]


@pytest.mark.parametrize(("late", "first"), [("1.5", 1.0), ("x", "1"), ("NA", 1)])
def test_a_type_may_widen_late_in_the_file(tmp_path: Path, late: str, first: object) -> None:
    rows = read_text(tmp_path, "a,b\n" + "1,text\n" * 1_000_000 + f"{late},text\n")
    assert rows.table["a"][0].as_py() == first
    assert rows.table["a"].null_count == (late == "NA")
    assert rows.line[-1] == 1_000_002
    assert len({chunk.dictionary.to_pylist()[0] for chunk in rows.table["b"].chunks}) == 1


def test_line_ends_in_quotes_may_fall_on_the_end_of_a_block(tmp_path: Path) -> None:
    n = 60_000
    field = '"' + "x\n" * 50 + '"'
    rows = read_text(tmp_path, "a,b\n" + f"{field},12345\n" * n)
    assert rows.table.num_rows == n
    assert rows.line[-1] == 2 + 51 * (n - 1)


def test_dictionaries_are_one_per_column(tmp_path: Path) -> None:
    values = [f"{'abc'[i % 3]}{i // 600_000}" for i in range(2_000_000)]  # parsed in many blocks
    (chunk,) = read_text(tmp_path, "\n".join(["a", *values, ""])).table["a"].chunks
    assert len(chunk.dictionary) == len(set(values))
    assert chunk.dictionary.take(chunk.indices).equals(pa.array(values))


def test_a_field_larger_than_a_block_is_read(tmp_path: Path) -> None:
    long = "x" * 9_000_000
    rows = read_text(tmp_path, f"a,b\n{long},1\ny,2\n{long},3\n")
    assert rows.table["a"].to_pylist() == [long, "y", long]


def test_ten_thousand_columns_are_read_in_reasonable_time(tmp_path: Path) -> None:
    header = ",".join(f"column {i}" for i in range(10_000))
    text = "\n".join([header] + [",".join(["1.5", "x"] * 5_000)] * 20)
    began = time.perf_counter()
    rows = read_text(tmp_path, text)
    assert rows.table.shape == (20, 10_000)
    assert time.perf_counter() - began < 10


def test_odd_column_names_are_kept(tmp_path: Path) -> None:
    odd = ["1", "with space", "🌍", 'say "hi"', "two\nlines", "a,b", "a.b", "a"]
    file = io.StringIO(newline="")
    csv.writer(file).writerows([odd, range(8)])
    assert read_text(tmp_path, file.getvalue()).table.column_names == odd
    stored = as_parquet(pa.table({name: [1] for name in odd}))
    path = save(tmp_path, "t.parquet", stored)
    assert read([path]).table.column_names == odd
    assert read([path], columns=["a", "1"]).table.column_names == ["1", "a"]


def test_a_column_is_not_taken_for_a_field_of_another(tmp_path: Path) -> None:
    table = pa.table({"a": [{"b": 1}], "a.b": [2], "c": [3]})
    path = save(tmp_path, "t.parquet", as_parquet(table))
    assert read([path], columns=["a", "c"]).table.to_pydict() == {"a": [{"b": 1}], "c": [3]}
    assert read([path]).table.to_pydict() == table.to_pydict()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b",a,,unnamed 2\n1,2,3,4\n"),
        ("t.parquet", as_parquet(pa.table([[1], [2], [3], [4]], ["", "a", "", "unnamed 2"]))),
        ("t.arrow", as_arrow(pa.table([[1], [2], [3], [4]], ["", "a", "", "unnamed 2"]))),
    ],
)
def test_a_column_without_a_name_gets_one(tmp_path: Path, name: str, content: bytes) -> None:
    rows = read_text(tmp_path, content, name)
    assert rows.table.to_pydict() == {"unnamed": [1], "a": [2], "unnamed 3": [3], "unnamed 2": [4]}
    assert "`unnamed`, `unnamed 3`" in rows.notes[0]


def test_spaces_around_names_are_kept_and_warned_of(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "a, b\n1,2\n")
    assert rows.table.column_names == ["a", " b"]
    (warned,) = rows.warnings
    assert (warned.code, warned.column) == ("padded-column-name", " b")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", CSV),
        ("t.jsonl", JSON_LINES),
        ("t.parquet", as_parquet()),
        ("t.arrow", as_arrow()),
    ],
)
def test_only_wanted_columns_are_read_in_file_order(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = save(tmp_path, name, content)
    assert read([path], columns=["p", "id"]).table.to_pydict() == {
        "id": [1, 2, 3],
        "p": [0.5, None, 1.25],
    }
    with pytest.raises(DataError, match=r"has no column `pace`; did you mean `place`\?"):
        read([path], columns=["pace"])


def test_several_files_are_one_table(tmp_path: Path) -> None:
    save(tmp_path, "b.csv", "y,x\n0.5,1\nz,2\n")
    save(tmp_path, "a.csv", "x,y\n\n3,a\n4.5,b\n")
    save(tmp_path, "c.parquet", as_parquet(pa.table({"x": [7], "y": [True]})))
    save(tmp_path, "d.csv", "x,y\n")
    save(tmp_path, "readme.md", "nothing to read")
    rows = read([str(tmp_path)])
    assert rows.table.to_pydict() == {
        "x": [3.0, 4.5, 1.0, 2.0, 7.0],
        "y": ["a", "b", "0.5", "z", "true"],
    }
    assert rows.table["y"].type == TEXT
    assert [Path(source.path).name for source in rows.sources] == [
        "a.csv",
        "b.csv",
        "c.parquet",
        "d.csv",
    ]
    assert rows.source.tolist() == [0, 0, 1, 1, 2]
    assert rows.record.tolist() == [0, 1, 0, 1, 0]
    assert rows.line.tolist() == [3, 4, 2, 3, 0]
    assert [(warned.code, warned.column) for warned in rows.warnings] == [("mixed-types", "y")]
    assert "d.csv has a header but no rows" in rows.notes[0]
    assert read([str(tmp_path / "*.csv")]).sources == rows.sources[:2] + rows.sources[3:]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (pa.array([1], pa.int8()), pa.array([2.5], pa.float32()), [1.0, 2.5]),
        (pa.array([2**62 + 1]), pa.array([0.5]), [float(2**62), 0.5]),
        (pa.array([1]), pa.array([2**63], pa.uint64()), [1.0, 2.0**63]),
        (pa.nulls(1), pa.array(["a"]), [None, "a"]),
        (pa.array(["a"]), pa.array(["b"]).dictionary_encode().cast(TEXT), ["a", "b"]),
        (pa.array(["a"], pa.large_string()), pa.array(["b"], pa.string_view()), ["a", "b"]),
        (
            pa.DictionaryArray.from_arrays(pa.array([0], pa.uint8()), ["a"]),
            pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()), ["b"]),
            ["a", "b"],
        ),
        (pa.array([5]).dictionary_encode(), pa.array([6]), [5, 6]),
        (pa.array([Decimal("1.25")]), pa.array([Decimal(3)]), [1.25, 3.0]),
        (
            pa.array([b"x" * 16], pa.uuid()),
            pa.array([b"y" * 16], pa.uuid()),
            [b"x" * 16, b"y" * 16],
        ),
        (pa.array([b"x"]), pa.array([b"y"]), [b"x", b"y"]),
        (pa.array([[1]]), pa.array([[2, 3]]), [[1], [2, 3]]),
    ],
)
def test_types_of_several_files_are_widened(
    tmp_path: Path, one: pa.Array, other: pa.Array, expected: list[object]
) -> None:
    for name, values in (("a.arrow", one), ("b.arrow", other)):
        save(tmp_path, name, as_arrow(pa.table({"x": values})))
    column = read([str(tmp_path)]).table["x"]
    assert column.to_pylist() == expected
    assert column.type == TEXT or not isinstance(expected[1], str)


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = save(tmp_path, "t[1].csv", CSV)
    assert read([path, path]).table.num_rows == 3


def test_json_lines_of_mixed_types_become_text(tmp_path: Path) -> None:
    lines = '{"a": 1, "b": 2}\n\n{"b": "x", "c": [1, 2]}\n   \n{"a": 2.5, "b": true}\n'
    rows = read_text(tmp_path, lines, "t.jsonl")
    assert rows.table.to_pydict() == {
        "a": [1.0, None, 2.5],
        "b": ["2", "x", "true"],
        "c": [None, [1, 2], None],
    }
    assert rows.line.tolist() == [1, 3, 5]
    assert [(warned.code, warned.column) for warned in rows.warnings] == [("mixed-types", "b")]


def test_nested_json_columns_are_kept(tmp_path: Path) -> None:
    rows = read_text(tmp_path, '{"a": {"b": 1}, "c": [1, 2]}\n', "t.jsonl")
    assert rows.table.to_pylist() == [{"a": {"b": 1}, "c": [1, 2]}]


def test_whole_numbers_past_64_bits_do_not_stop_json(tmp_path: Path) -> None:
    lines = f'{{"a": {2**70}}}\n{{"a": 1}}\n'
    assert read_text(tmp_path, lines, "t.jsonl").table["a"].to_pylist() == [float(2**70), 1.0]
    rows = read_text(tmp_path, lines + '{"b": "x"}\n{"b": 1}\n', "t.jsonl")
    assert rows.table["a"].to_pylist() == [str(2**70), "1", None, None]


WRONG_OFFSETS = as_arrow(pa.table({"a": ["abc", "def"]})).replace(
    np.array([0, 3, 6], np.int32).tobytes(), np.array([0, 3, 2**30], np.int32).tobytes()
)
RAGGED = "a,b,c\n1,2,3\n\n4,5\n6,7,8,9\n"
BROKEN: list[tuple[str, bytes | str, str]] = [
    ("t.csv", "", r"t.csv is empty \(0 bytes\)"),
    ("t.csv.gz", gzip.compress(b"", mtime=0), "t.csv.gz is empty once unpacked"),
    ("t.csv", "\n\r\n\n", "t.csv has only blank lines"),
    ("t.csv", "a,b", "has a header but no rows"),
    ("t.csv", "a,b\n\n\n", "has a header but no rows"),
    ("t.parquet", as_parquet(TABLE.slice(0, 0)), "has a header but no rows"),
    ("t.csv", f"a,b\n{'x' * 200_000},1\n2\n", "t.csv:3 has 1 field"),
    ("t.csv", RAGGED, r"t.csv:4 has 2 fields where the header has 3; repair that line, or quote"),
    ("t.csv", "a,b\n1\n", r"t.csv:2 has 1 field where the header has 2"),
    ("t.csv", 'a,b\n1,2\n"x,3\n4,5\n', "t.csv:3 has a quote that is never closed"),
    ("t.csv", 'a,b\n1,"x\n3,4\n5,6', "t.csv:2 has a quote that is never closed"),
    ("t.csv", '"a,b\n3,4\n5,6\n', "t.csv:1 has a quote that is never closed"),
    ("t.csv", "a\0b,c\n1,2\n", "t.csv:1 has a NUL byte: the file is binary"),
    ("t.csv", "a,b\n1,\0\n", "t.csv:2 has a NUL byte"),
    ("t.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is binary"),
    ("t.csv", b"a,b\n1,x\n2,caf\xe9\n", r"t.csv:3 has the byte 0xe9, .* `iconv -f WINDOWS-1252"),
    (
        "t.csv",
        b"".join(b"%d x\n" % i for i in range(99)) + b"\xe9\n",
        "t.csv:100 has the byte 0xe9",
    ),
    ("t.csv", b"a,caf\xe9\n1,x\n", "t.csv:1 has the byte 0xe9"),
    ("t.csv", b"\xff\xfea", "begins like UTF-16 but is damaged"),
    ("t.csv", "a,b,a,c,c\n1,2,3,4,5\n", "several columns of the same name: `a`, `c`; rename"),
    ("t.jsonl", '{"a": 1, "a": 2}\n', "t.jsonl:1 is not JSON: keys are there twice: `a`"),
    ("t.jsonl", '{"a": 1}\n[2]\n', r"t.jsonl:2 is not an object but \[2\]"),
    ("t.jsonl", '{"a": 1}\n7\n', "t.jsonl:2 is not an object but 7"),
    ("t.jsonl", '{"a": 1}\n\n{"a": \n', "t.jsonl:3 is not JSON"),
    ("t.jsonl", '{"a": 1} {"a": 2}\n', "t.jsonl:1 is not JSON"),
    ("t.json", '[{"a": 1},\n {"a": 2}]\n', "t.json:1 is not JSON: .*jq -c"),
    ("t.jsonl", b'{"a": 1}\n{"a": "\xe9"}\n', "t.jsonl:2 has the byte 0xe9"),
    ("t.jsonl", b'{"a": "x"}\n{"a": "\xe9"}\n', "t.jsonl:2 has the byte 0xe9"),
    ("t.jsonl", "{}\n{}\n", "t.jsonl has no columns"),
    ("t.jsonl", "\n\n", "t.jsonl has no columns"),
    ("t.jsonl", "[" * 100_000, "t.jsonl:1 is not JSON"),
    ("t.parquet", as_parquet()[:-20], "t.parquet cannot be read as Parquet: it is truncated or"),
    ("t.parquet", CSV, "t.parquet is not Parquet, as its ending says"),
    ("t.arrow", CSV, "t.arrow is not Arrow, as its ending says"),
    ("t.arrow", as_arrow()[:-30], "t.arrow cannot be read as Arrow"),
    ("t.arrow", WRONG_OFFSETS, "t.arrow cannot be read as Arrow"),
    ("t.arrow", as_arrow(stream=True)[:100], "t.arrow cannot be read as Arrow"),
    ("t.arrow", as_arrow(pa.table([[1], [2]], ["a", "a"])), "same name: `a`"),
    ("t.parquet", as_parquet(pa.table([[1], [2]], ["a", "a"])), "same name: `a`"),
    ("t.csv.gz", gzip.compress(CSV * 99, mtime=0)[:-20], "its gzip data is truncated or damaged"),
    ("t.csv.zst", zstd(CSV * 99)[:-5], "its zstd data is truncated or damaged"),
]


@pytest.mark.parametrize(("name", "content", "said"), BROKEN)
def test_a_broken_file_is_explained(
    tmp_path: Path, name: str, content: bytes | str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        read_text(tmp_path, content, name)


def in_empty_folder(folder: Path) -> str:
    (folder / "empty").mkdir()
    return str(folder / "empty")


def in_folder_of_folders(folder: Path) -> str:
    (folder / "outer" / "inner").mkdir(parents=True)
    return str(folder / "outer")


@pytest.mark.parametrize(
    ("given_input", "said"),
    [
        (lambda folder: f"{folder}/perds.csv", "no file .*perds.csv; did you mean `preds.csv`?"),
        (lambda folder: f"{folder}/none/preds.csv", "the folder .*none does not exist either"),
        (lambda folder: f"{folder}/*.tsv", r"no file matches .*/\*.tsv"),
        (in_empty_folder, "empty has no file to read .known endings: .csv"),
        (in_folder_of_folders, r"for its subfolders, give the pattern '.*outer/\*\*/\*.parquet'"),
    ],
)
def test_an_input_that_is_not_there_is_explained(
    tmp_path: Path, given_input: Callable[[Path], str], said: str
) -> None:
    save(tmp_path, "preds.csv", CSV)
    with pytest.raises(DataError, match=said):
        read([given_input(tmp_path)])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied"), "no permission to read .*t.csv"),
        (OSError(5, "Input/output error"), "cannot read .*t.csv: Input/output error"),
    ],
)
def test_a_file_that_cannot_be_opened_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, said: str
) -> None:
    path = save(tmp_path, "t.csv", CSV)

    def refused(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(DataError, match=said):
        read([path])


def test_files_with_other_columns_are_named(tmp_path: Path) -> None:
    paths = [
        save(tmp_path, "a.csv", "x,y\n1,2\n"),
        save(tmp_path, "b.csv", "y,x\n1,2\n"),
        save(tmp_path, "c.csv", "x,z\n1,2\n"),
    ]
    with pytest.raises(
        DataError, match=r"c.csv has .* than .*a.csv: it lacks `y` and also has `z`"
    ):
        read(paths)


def test_kinds_that_no_type_can_hold_are_explained(tmp_path: Path) -> None:
    save(tmp_path, "a.parquet", as_parquet(pa.table({"x": [[1]]})))
    save(tmp_path, "b.csv", "x\n1\n")
    with pytest.raises(DataError, match=r"the column `x` holds list.* in one file"):
        read([str(tmp_path)])


@pytest.mark.parametrize(
    ("name", "n"),
    [("compas.csv", 7_214), ("adult_rf.csv", 45_222), ("acs_income.parquet", 332_900)],
)
def test_real_benchmarks_are_read(shared_data: Path, name: str, n: int) -> None:
    rows = read([str(shared_data / name)])
    assert rows.table.num_rows == n
    assert (rows.warnings, rows.notes) == ((), ())
