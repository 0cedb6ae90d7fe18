"""A cohort in the browser shows the rows that pandas selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from commands import terrain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Return 3,000 instances with whole, broken and missing numbers, moments and odd levels."""
    generator = np.random.default_rng(2)
    n = 3_000
    income = np.round(generator.normal(3, 1, n), 2)
    income[generator.random(n) < 0.1] = np.nan
    label = generator.integers(0, 2, n)
    return pd.DataFrame(
        {
            "y_true": label,
            "y_pred": np.where(generator.random(n) < 0.2, 1 - label, label),
            "age": generator.integers(18, 80, n),
            "income": income,
            "job": generator.choice(["a, b", "x and y", "<5", "'q'", "plain"], n),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 900, n), "h"),
        }
    )


@pytest.fixture(scope="module")
def page_text(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("cohorts")
    frame.to_parquet(folder / "preds.parquet")
    cohorts = [
        word
        for text, name in (
            ("income <= 3.07 and age > 33", "poor"),
            ('job in {"a, b", "\'q\'", plain} and day <= 2024-01-17', "jobs"),
            ("income is missing", "unknown"),
        )
        for word in ("--cohort", text, "--name", name)
    ]
    done = terrain("analyze", folder / "preds.parquet", *cohorts, "-q", "-o", folder / "t.html")
    assert (done.code, done.err) == (0, "")
    return (folder / "t.html").read_text()


def selected(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the rows of each cohort, by its address, as pandas sees them."""
    return {
        "cohort=c1": (frame.income <= 3.07) & (frame.age > 33),
        "cohort=c2": frame.job.isin(["a, b", "'q'", "plain"]) & (frame.day < "2024-01-18"),
        "cohort=c3": frame.income.isna(),
    }


@pytest.mark.parametrize("anchor", ["cohort=c1", "cohort=c2", "cohort=c3"])
def test_a_cohort_opens_its_rows(
    open_page: Callable[..., Page], page_text: str, frame: pd.DataFrame, anchor: str
) -> None:
    rows = np.flatnonzero(selected(frame)[anchor])
    page = open_page(page_text)
    page.locator(f'#cohorts a[href="#{anchor}"]').click()
    page.wait_for_selector(f'[data-chosen][id="{anchor}"]')
    page.wait_for_selector(f"#state:has-text('of {len(rows):,},')")
    with page.expect_download() as started:
        page.locator("#download").click()
    shown = pd.read_csv(started.value.path())["row"] - 1
    assert sorted(shown) == rows.tolist()


def test_cohorts_read_without_scripts(open_page: Callable[..., Page], page_text: str) -> None:
    page = open_page(page_text, ready=False, java_script_enabled=False)
    assert page.locator("#cohorts tbody tr:visible").count() == 3
    said = page.locator("#cohorts").inner_text()
    assert "income <= 3.07 and age >= 34" in said
    assert "income is missing" in said


@pytest.mark.parametrize("width", [1400, 360])
def test_cohorts_fit_and_are_accessible(
    open_page: Callable[..., Page], axe: str, page_text: str, width: int
) -> None:
    page = open_page(page_text, "#cohort=c2", viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [one["id"] for one in found["violations"]] == []
