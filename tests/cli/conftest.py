"""A folder with a table of predictions in it, in which commands run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def predictions() -> pd.DataFrame:
    """Return 1,200 instances; the model errs on most of the young in the north."""
    rng = np.random.default_rng(4)
    n = 1200
    age, region = rng.integers(18, 80, n), rng.choice(["north", "south", "east"], n)
    label = rng.integers(0, 2, n)
    failing = (age < 30) & (region == "north")
    wrong = rng.random(n) < np.where(failing, 0.7, 0.1)
    prediction = np.where(wrong, 1 - label, label)
    score = (0.5 * prediction + 0.5 * rng.random(n)).round(3)
    return pd.DataFrame(
        {
            "person_id": np.arange(n) + 7000,
            "age": age,
            "region": region,
            "sex": rng.choice(["f", "m"], n),
            "y_true": label,
            "y_pred": prediction,
            "score": np.where(prediction == 1, np.maximum(score, 0.5), np.minimum(score, 0.499)),
        }
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, predictions: pd.DataFrame) -> Path:
    """Return a folder with ``preds.csv``, in which the test runs."""
    predictions.to_csv(tmp_path / "preds.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path
