"""A benchmark is read with its roles, outcome and warnings; a count column repeats rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from terrain.data.benchmark import Benchmark, load
from terrain.data.deciding import Reading
from terrain.data.recognition.roles import Wanted
from terrain.errors import DataError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def loaded(folder: Path, text: str, **wanted: str) -> Benchmark:
    path = folder / "table.csv"
    path.write_text(text)
    return load([str(path)], (), None, Wanted(**wanted), Reading())  # type: ignore[arg-type] # one


def test_a_benchmark_knows_its_roles_outcome_and_warnings(tmp_path: Path) -> None:
    found = loaded(tmp_path, "y_true,y_pred,age\n" + "yes,yes,3\nno,yes,4\nyes,no,5\nno,no,3\n" * 5)
    assert (found.roles.label, found.roles.prediction) == ("y_true", "y_pred")
    assert found.roles.features == ("age",)
    assert found.outcome.classes == ("no", "yes")
    assert found.table.num_rows == 20
    assert any(warned.rows for warned in found.warnings)


def test_metadata_is_joined(tmp_path: Path) -> None:
    predictions, features = tmp_path / "p.csv", tmp_path / "f.csv"
    predictions.write_text("id,label,prediction\n1,0,0\n2,1,0\n3,1,1\n")
    features.write_text("id,age\n1,30\n3,40\n")
    found = load([str(predictions)], [str(features)], "id", Wanted(), Reading())
    assert found.table["age"].to_pylist() == [30, None, 40]
    assert found.roles.features == ("age",)


COUNTED = "label,prediction,place,n\n1,0,a,3\n0,0,b,0\n1,1,,2\n"


def test_a_count_stands_for_repeated_rows(tmp_path: Path) -> None:
    found = loaded(tmp_path, COUNTED, count="n")
    assert found.table.to_pydict() == {
        "label": [1, 1, 1, 1, 1],
        "prediction": [0, 0, 0, 1, 1],
        "place": ["a", "a", "a", None, None],
    }
    assert found.rows.record.tolist() == [0, 0, 0, 2, 2]
    assert found.rows.line.tolist() == [2, 2, 2, 4, 4]
    assert found.roles.count == "n"
    assert "3 rows stand for 5 instances by the count `n`" in found.rows.notes


def test_roles_are_those_of_the_repeated_rows(tmp_path: Path) -> None:
    rows = [(i % 2, (i // 2) % 2, i) for i in range(12)]
    counted = "label,prediction,age,n\n" + "".join(f"{y},{p},{age},3\n" for y, p, age in rows)
    repeated = "label,prediction,age\n" + "".join(f"{y},{p},{age}\n" * 3 for y, p, age in rows)
    found, plain = loaded(tmp_path, counted, count="n"), loaded(tmp_path, repeated)
    assert found.roles.features == plain.roles.features == ("age",)
    assert found.table.equals(plain.table)
    assert found.warnings == plain.warnings


@pytest.mark.parametrize(
    ("count", "message"),
    [
        ("-1", r"count `n` must be a whole number of at least 0.*row 1 has -1"),
        ("0.5", r"row 1 has 0.5"),
        ("", r"row 1 has nan"),
        ("1e12", r"count `n` sums to .* Name it as --weight instead"),
    ],
)
def test_a_count_that_cannot_be_one(tmp_path: Path, count: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        loaded(tmp_path, COUNTED.replace("a,3", f"a,{count}"), count="n")


def test_a_count_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--count: no column `m`"):
        loaded(tmp_path, COUNTED, count="m")
