"""Microsoft's Error Analysis given a table and its errors; its classes have no public names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from erroranalysis._internal.error_analyzer import PredictionsAnalyzer

if TYPE_CHECKING:
    import pandas as pd


def analyzer_of(table: pd.DataFrame, wrong: np.ndarray) -> PredictionsAnalyzer:
    """Return what makes trees and heatmaps of a model that says 1 wherever it errs."""
    named = list(table.select_dtypes("category"))
    as_text = table.astype(dict.fromkeys(named, str))
    return PredictionsAnalyzer(wrong, as_text, np.zeros_like(wrong), list(as_text), named)
