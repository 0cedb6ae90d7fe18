"""Files read piece by piece hold what they hold when they are read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import csv, feather, parquet

from terrain.data.pieces import together
from terrain.data.readers import read
from terrain.data.reading import blocks, stretches
from terrain.data.reading.spread import spread
from terrain.engines.memory import MemoryHome
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from terrain.data.pieces import Piece, Taken
    from terrain.data.reading.spread import Spread


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut small files, too."""
    monkeypatch.setattr(blocks, "BLOCK", 40)
    monkeypatch.setattr(stretches, "PIECE", 3)


def all_rows(piece: Piece) -> Taken:
    return piece.taken(np.arange(piece.rows))


def demand_alike(paths: list[str]) -> Spread:
    """Demand that both ways of reading say the same, and return the pieces."""
    whole, found = read(paths), spread(paths, MemoryHome())
    table, source, record, line = together(found.pieces.map(all_rows))
    assert table.schema == whole.table.schema
    assert table.to_pylist() == whole.table.to_pylist()
    assert found.sources == whole.sources
    for ours, theirs in ((source, whole.source), (record, whole.record), (line, whole.line)):
        assert ours.tolist() == theirs.tolist()
    assert found.warnings == whole.warnings
    firsts = found.pieces.map(lambda piece: piece.first)
    rows = found.pieces.map(lambda piece: piece.rows)
    assert firsts == (np.cumsum(rows) - rows).tolist()
    assert found.total == sum(rows) == whole.table.num_rows
    return found


# Not among them: whole numbers past 64 bits. Beside fractions in another block they are text, and
# fractions where the file is read at once.
fields = st.one_of(
    st.sampled_from(["1", "2.5", "", "NA", "true", "007", "x", "2024-01-02", "1e400"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(rows=st.lists(st.tuples(fields, fields, fields), min_size=1, max_size=12))
def test_a_text_in_blocks_is_the_text(rows: list[tuple[str, str, str]], tmp_path: Path) -> None:
    def quoted(field: str) -> str:
        plain = not set('",\n') & set(field) and field.strip() == field
        return field if plain else '"' + field.replace('"', '""') + '"'

    lines = ["a,b,c", *(",".join(map(quoted, row)) for row in rows)]
    path = tmp_path / "rows.csv"
    path.write_bytes("".join(line + "\n" for line in lines).encode())
    demand_alike([str(path)])


def test_what_is_a_number_in_one_block_and_text_in_another_is_text_as_it_was_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("code,x\n" + "".join(f"00{i},{i}\n" for i in range(30)) + "abc,1.5\n")
    found = demand_alike([str(path)])
    assert len(found.pieces.map(len_of)) > 3
    table = together(found.pieces.map(all_rows)).table
    assert table["code"].to_pylist()[:2] == ["000", "001"]
    assert table["x"].type == pa.float64()


def len_of(piece: Piece) -> int:
    return piece.rows


@pytest.mark.parametrize("ending", ["parquet", "arrow", "csv", "jsonl", "csv.gz"])
def test_every_format(ending: str, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    table = pa.table(
        {
            "x": pa.array(generator.normal(size=20), mask=generator.random(20) < 0.2),
            "n": generator.integers(0, 9, 20),
            "c": [("a", "b", None)[i] for i in generator.integers(0, 3, 20)],
            "flag": generator.random(20) < 0.5,
        }
    )
    paths = []
    for part in range(2):
        path = tmp_path / f"part-{part}.{ending}"
        WRITERS[ending](table.slice(10 * part, 10), path)
        paths.append(str(path))
    found = demand_alike(paths)
    chosen = found.pieces.map(lambda piece: piece.table(["c", "x"]))
    assert pa.concat_tables(chosen).to_pylist() == table.select(["c", "x"]).to_pylist()


def _jsonl(table: pa.Table, path: Path) -> None:
    import json  # noqa: PLC0415 - here alone

    rows = [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _gzip(table: pa.Table, path: Path) -> None:
    with pa.CompressedOutputStream(str(path), "gzip") as stream:
        csv.write_csv(table, stream)


WRITERS: dict[str, Callable[[pa.Table, Path], Any]] = {
    "parquet": lambda table, path: parquet.write_table(table, path, row_group_size=4),
    "arrow": lambda table, path: feather.write_feather(
        table, str(path), compression="uncompressed", chunksize=4
    ),
    "csv": csv.write_csv,
    "jsonl": _jsonl,
    "csv.gz": _gzip,
}


def test_a_line_that_is_wrong_is_named_by_its_number_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "1,2\n" * 40 + "1,2,3\n")
    with pytest.raises(DataError, match=r"rows.csv:42 has 3 fields"):
        spread([str(path)], MemoryHome())


def test_files_without_rows(tmp_path: Path) -> None:
    empty, full = tmp_path / "a.csv", tmp_path / "b.csv"
    empty.write_text("a,b\n")
    full.write_text("a,b\n1,2\n")
    assert spread([str(empty), str(full)], MemoryHome()).notes == (
        f"{empty} has a header but no rows",
    )
    with pytest.raises(DataError, match="has a header but no rows; give a table"):
        spread([str(empty)], MemoryHome())
    (tmp_path / "c.csv").write_text("")
    with pytest.raises(DataError, match=r"c.csv is empty \(0 bytes\)"):
        spread([str(tmp_path / "c.csv")], MemoryHome())


def test_quotes_that_hold_line_ends_are_not_torn(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    long = "word\n" * 30
    path.write_text(f'a,b\n1,"{long}"\n2,x\n' + f'3,"{long}"\n' * 3)
    demand_alike([str(path)])
