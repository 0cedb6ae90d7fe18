"""The table of `make bench-report` is what it says, and its lines say what was measured."""

from __future__ import annotations

import pytest

from benchmarks.peers.processes import Run
from benchmarks.report.mixed import chunk
from benchmarks.report.run import HEADS, Line


def test_table_has_20_mixed_columns_and_one_failing_region() -> None:
    table = chunk(0, 50_000)
    assert table.num_columns == 20
    assert len({str(field.type) for field in table.schema}) >= 6
    assert table.equals(chunk(0, 50_000))
    assert chunk(50_000, 10)["id"].to_pylist() == list(range(50_000, 50_010))
    frame = table.to_pandas()
    wrong = frame["label"] != frame["prediction"]
    planted = (frame["age"] < 30) & frame["region"].isin(["region 0", "region 1"])
    # four standard errors
    assert wrong[planted].mean() == pytest.approx(0.4, abs=0.04)
    assert wrong[~planted].mean() == pytest.approx(0.15, abs=0.007)


def test_a_line_says_what_was_measured_or_how_it_failed() -> None:
    run = Run(cpu=12.3, wall=20.2, peak=1234.5, failure=None)
    opened = {"seconds": 0.5, "cpu": 0.25, "region": 12.4, "megabytes": 99.6}
    said = str(Line("terrain", 1_000_000, run, 1234.5, 3, opened))
    made, shown = "| terrain | 1,000,000 | 20 | 12 | 1,234 ", "| 0.50 | 0.25 | 100 | 12 ms |"
    assert said == f"{made}| 1,234.5 MB in 3 files {shown}"
    failed = str(Line("other", 100, run._replace(failure="over 12 GB")))
    assert failed == "| other | 100 | 20 | 12 | 1,234 | over 12 GB | | | | |"
    assert said.count("|") == failed.count("|") == len(HEADS) + 1
