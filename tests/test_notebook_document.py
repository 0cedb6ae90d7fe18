"""The code of docs/notebook.md and of the README runs, in its order, and gives what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest

import terrain
from terrain.data.samples import sample_bytes
from terrain.report.frames import COHORT, GROUP, NODE, REGION

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "notebook.md").read_text()


def run(blocks: list[str]) -> dict[str, Any]:
    """Run blocks of code one after the other and return their names."""
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "<document>", "exec"), names)  # noqa: S102 - our own document
    return names


def test_the_document_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loans.csv").write_bytes(sample_bytes("loans"))
    names = run(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    found, loans, rows = names["found"], names["loans"], names["rows"]
    assert isinstance(found, terrain.Analysis)
    assert rows["label"].tolist() == loans.iloc[rows.index]["label"].tolist()
    assert (rows["channel"] == "broker").all()
    assert set(names["worst"]["metric"]) == {"fpr"}
    assert isinstance(names["young"], float)
    assert isinstance(names["chart"], alt.LayerChart)
    assert names["leaves"]["support"].sum() == len(loans)
    assert Path("report.html").stat().st_size > 100_000
    assert Path("report.json").is_file()


def test_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"sex": list("ab") * 50, "label": [0, 1] * 50, "yhat": [0, 1, 1, 1] * 25}).to_csv(
        "preds.csv"
    )
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (block,) = [each for each in blocks if "terrain.analyze(" in each]
    frame = pd.read_csv("preds.csv").rename(columns={"yhat": "prediction"})
    names = run([f"import pandas\nframe = pandas.DataFrame({frame.to_dict('list')})\n{block}"])
    assert names["found"].groups["feature"].tolist()[0] == "sex"
    assert Path("report.html").is_file()


@pytest.mark.parametrize("columns", [REGION, NODE, COHORT, GROUP])
def test_every_column_is_documented(columns: tuple[str, ...]) -> None:
    assert [name for name in columns if f"`{name}`" not in TEXT] == []


def test_every_chart_and_table_is_documented() -> None:
    parts = {name for name in vars(terrain.Analysis) if not name.startswith("_")}
    assert [name for name in parts - {"study"} if name not in TEXT] == []
