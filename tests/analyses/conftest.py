"""Studies of small tables, for the tests of every analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from strategies import benchmark_of

from terrain.app import read
from terrain.config import Plan
from terrain.study import study_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from terrain.study import Study


@pytest.fixture(scope="session")
def make_study() -> Callable[..., Study]:
    """Return a function from a table's columns and the settings of a plan to a study."""

    def make(columns: Mapping[str, Any], **settings: Any) -> Study:
        plan = Plan(**settings)
        return study_of(benchmark_of(pa.table(dict(columns)), plan), plan)

    return make


@pytest.fixture(scope="session")
def adult_fpr(shared_data: Path) -> Study:
    """Return the false positives of a random forest on UCI Adult."""
    plan = Plan(
        inputs=(str(shared_data / "adult_rf.csv"),),
        label="class",
        prediction="predicted",
        target="fpr",
    )
    return study_of(read(plan), plan)
