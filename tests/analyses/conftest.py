"""Studies of small tables, for the tests of every analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pytest
from pyarrow import parquet

from terrain.app import read
from terrain.config import Plan
from terrain.study import study_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from terrain.study import Study


class MakeStudy(Protocol):
    """Makes the study of a table given by its columns."""

    def __call__(self, columns: Mapping[str, Any], **settings: Any) -> Study:  # noqa: ANN401 - any setting of a plan
        """Return the study of a table."""
        ...


@pytest.fixture
def make_study(tmp_path: Path) -> MakeStudy:
    def make(columns: Mapping[str, Any], **settings: Any) -> Study:  # noqa: ANN401 - as above
        path = tmp_path / "table.parquet"
        parquet.write_table(pa.table(dict(columns)), path)
        plan = Plan(inputs=(str(path),), **settings)
        return study_of(read(plan), plan)

    return make


@pytest.fixture(scope="session")
def adult_fpr(shared_data: Path) -> Study:
    """Return the random forest's false positives on UCI Adult."""
    plan = Plan(
        inputs=(str(shared_data / "adult_rf.csv"),),
        label="class",
        prediction="predicted",
        target="fpr",
    )
    return study_of(read(plan), plan)
