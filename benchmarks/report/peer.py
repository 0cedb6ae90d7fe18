"""A report of another tool on a table, with its defaults: python peer.py TOOL table.parquet."""

from __future__ import annotations

import sys

import pandas as pd


def skrub(table: pd.DataFrame) -> None:
    """Write skrub's TableReport."""
    from skrub import TableReport  # noqa: PLC0415 - each tool has an environment of its own

    TableReport(table).write_html("page.html")


def ydata_profiling(table: pd.DataFrame) -> None:
    """Write ydata-profiling's report."""
    from ydata_profiling import ProfileReport  # noqa: PLC0415 - as above

    ProfileReport(table, progress_bar=False).to_file("page.html")


def evidently(table: pd.DataFrame) -> None:
    """Write Evidently's data summary and classification quality."""
    from evidently import BinaryClassification, DataDefinition, Dataset, Report  # noqa: PLC0415 - as above
    from evidently.presets import ClassificationPreset, DataSummaryPreset  # noqa: PLC0415 - as above

    task = BinaryClassification(target="label", prediction_labels="prediction", pos_label=1)
    definition = DataDefinition(classification=[task])
    report = Report([DataSummaryPreset(), ClassificationPreset()])
    done = report.run(Dataset.from_pandas(table, data_definition=definition), None)
    done.save_html("page.html")


if __name__ == "__main__":
    globals()[sys.argv[1]](pd.read_parquet(sys.argv[2]))
