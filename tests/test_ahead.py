"""Files are read while the program starts, if they are read here and at once."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from terrain import ahead
from terrain.ahead import reading_ahead
from terrain.config import Plan
from terrain.data.readers import read
from terrain.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text("label,prediction,x\n" + "1,0,5\n0,0,6\n" * 20)
    return path


def test_the_rows_are_those_that_would_be_read(table: Path) -> None:
    plan = Plan(inputs=(str(table),))
    with reading_ahead(plan) as begun:
        rows = begun.result()
    assert rows is not None
    expected = read([str(table)])
    assert rows.table.equals(expected.table)
    assert rows.sources == expected.sources


def test_what_is_wrong_is_said_when_the_rows_are_wanted(tmp_path: Path) -> None:
    with (
        reading_ahead(Plan(inputs=(str(tmp_path / "none.csv"),))) as begun,
        pytest.raises(DataError, match="no file"),
    ):
        begun.result()


@pytest.mark.parametrize(
    "settings",
    [{"engine": "dask"}, {"memory": "100B"}, {"inputs": ("-",)}, {"inputs": ("s3://a/b.csv",)}],
)
def test_what_is_not_read_here_and_at_once_is_not_begun(
    table: Path, settings: dict[str, object]
) -> None:
    with reading_ahead(Plan(**{"inputs": (str(table),), **settings})) as begun:  # type: ignore[arg-type]
        assert begun.result() is None


def test_large_files_are_not_begun(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "LARGEST", 100)
    with reading_ahead(Plan(inputs=(str(table),))) as begun:
        assert begun.result() is None


def test_a_command_needs_no_pandas(table: Path) -> None:
    code = f"""\
import sys
from terrain.cli import main
sys.argv = ["terrain", "analyze", {str(table)!r}, "-q"]
try:
    main()
finally:
    print(sorted({{"pandas", "sklearn"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "[]"), done.stderr


def test_pandas_can_still_be_imported_and_converted() -> None:
    code = """
from terrain.ahead import spare_pandas
spare_pandas()
import pandas, pyarrow as pa
assert pa.table({"a": [1, None]}).to_pandas().equals(pandas.DataFrame({"a": [1.0, None]}))
"""
    subprocess.run([sys.executable, "-c", code], check=True)
