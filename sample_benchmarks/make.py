"""Make the sample benchmarks: `python sample_benchmarks/make.py`; `--check` only compares.

Everything is seeded and rounded, so that the same bytes come out on every machine.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import ndimage
from sklearn import datasets
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold, PredefinedSplit, cross_val_predict
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HERE = Path(__file__).parent
SEED = 20260101
APPLICATIONS = 6_000
ELSEWHERE, YOUNG_BROKER, WITHOUT_INCOME = 0.12, 0.45, 0.40
"""The error rates that are planted in `loans`."""


def main() -> None:
    """Write every sample, or with ``--check`` say which one differs from its file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check_only = parser.parse_args().check
    different = [
        name for name, make in MAKERS.items() if not _settle(name, make(), check_only=check_only)
    ]
    if different:
        sys.exit(f"not what make.py makes: {', '.join(different)}")


def _settle(name: str, table: pd.DataFrame, *, check_only: bool) -> bool:
    """Write one table, or return whether its file holds the same bytes."""
    content = table.to_csv(index=False, lineterminator="\n").encode()
    path = HERE / f"{name}.csv"
    if check_only:
        return path.exists() and path.read_bytes() == content
    path.write_bytes(content)
    return True


def digits() -> pd.DataFrame:
    """Return 1,797 handwritten digits read by naive Bayes, with what can be measured in each.

    The folds are five blocks in the set's order, in which a writer's digits lie together. Ink
    counts in fours: counted singly, nine scores in ten would round to 1.
    """
    source = datasets.load_digits()
    scores = cross_val_predict(
        MultinomialNB(), source.data / 4, source.target, cv=KFold(5), method="predict_proba"
    )
    return pd.DataFrame(
        {
            "id": np.arange(len(scores)),
            "label": source.target,
            "prediction": scores.argmax(axis=1),
            **_shape(source.images),
            **{f"prob_{digit}": scores[:, digit].round(4) for digit in range(10)},
        }
    )


def _shape(images: Floats) -> dict[str, NDArray[np.generic]]:
    """Return what can be measured in images (n, 8, 8) of ink from 0 to 16."""
    ink = images.sum(axis=(1, 2))
    place = np.arange(8)
    in_row, in_column = images.sum(axis=2), images.sum(axis=1)
    difference = np.abs(images - images[:, :, ::-1]).sum(axis=(1, 2))
    inked = images > 0
    return {
        "ink": ink.astype(int),
        "width": inked.any(axis=1).sum(axis=1),
        "centre_row": (in_row @ place / ink).round(2),
        "centre_column": (in_column @ place / ink).round(2),
        "top_share": (in_row[:, :4].sum(axis=1) / ink).round(3),
        "grey_share": ((inked & (images < 16)).sum(axis=(1, 2)) / inked.sum(axis=(1, 2))).round(3),
        "symmetry": (1 - difference / (2 * ink)).round(3),
        "holes": np.array([_holes(image) for image in images]),
    }


def _holes(image: Floats) -> int:
    """Return how many patches of paper the ink encloses."""
    framed_paper = np.pad(image < 4, 1, constant_values=True)
    _, patches = ndimage.label(framed_paper)
    return int(patches) - 1


def breast_cancer() -> pd.DataFrame:
    """Return 569 tumours judged by two of their measurements; the table has ten."""
    source = datasets.load_breast_cancer(as_frame=True)
    measured = source.data.filter(like="mean ").rename(columns=lambda name: name.replace(" ", "_"))
    malignant = 1 - source.target
    model = make_pipeline(
        StandardScaler(),
        LogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=1_000),
    )
    score = cross_val_predict(
        model,
        measured[["mean_radius", "mean_texture"]],
        malignant,
        cv=_every_tenth(len(malignant)),
        method="predict_proba",
    )[:, 1]
    named = np.array(["benign", "malignant"])
    return pd.DataFrame(
        {
            "id": np.arange(len(malignant)),
            "label": named[malignant],
            "prediction": named[(score >= 0.5).astype(int)],
            "score": score.round(4),
            **measured,
        }
    )


def diabetes() -> pd.DataFrame:
    """Return 442 patients whose disease progression a linear model predicts."""
    source = datasets.load_diabetes(as_frame=True, scaled=False)
    folds = _every_tenth(len(source.data))
    prediction = cross_val_predict(LinearRegression(), source.data, source.target, cv=folds)
    features = source.data.rename(
        columns={
            "s1": "cholesterol",
            "s2": "ldl",
            "s3": "hdl",
            "s4": "cholesterol_per_hdl",
            "s5": "log_triglycerides",
            "s6": "glucose",
        }
    )
    whole = ["age", "sex", "glucose"]
    return pd.DataFrame(
        {
            "id": np.arange(len(features)),
            "target": source.target.astype(int),
            "prediction": prediction.round(1),
            **features.round(4).astype(dict.fromkeys(whole, int)),
        }
    )


def _every_tenth(n: int) -> PredefinedSplit:
    """Return ten folds of which each holds every tenth row."""
    return PredefinedSplit(np.arange(n) % 10)


def loans() -> pd.DataFrame:
    """Return generated loan applications with two planted regions in which the answers fail."""
    random = np.random.default_rng(SEED)
    table = _applicants(random)
    label = (random.random(len(table)) < _default_rate(table)).astype(int)
    wrong = random.random(len(table)) < _error_rate(table)
    prediction = np.where(wrong, 1 - label, label)
    confidence = (1 - 0.49 * random.random(len(table)) ** np.where(wrong, 1.0, 1.8)).round(3)
    answers = {
        "label": label,
        "prediction": prediction,
        "score": np.where(prediction == 1, confidence, 1 - confidence).round(3),
    }
    for place, (name, values) in enumerate(answers.items(), start=1):
        table.insert(place, name, values)
    return table


def _applicants(random: np.random.Generator) -> pd.DataFrame:
    """Return who applies for what; only uniform numbers are drawn: numpy keeps their stream."""
    n = APPLICATIONS
    ethnicity = _pick(random.random(n), {"A": 0.55, "B": 0.25, "C": 0.15, "D": 0.05})
    broker = random.random(n) < np.where(ethnicity == "C", 0.40, 0.16)
    direct = _pick(random.random(n), {"online": 0.6, "branch": 0.4})
    employment = _pick(
        random.random(n),
        {"salaried": 0.66, "self-employed": 0.18, "retired": 0.09, "unemployed": 0.07},
    )
    income = (
        14_000 * (1 - random.random(n)) ** -0.45 * np.where(employment == "unemployed", 0.6, 1.6)
    )
    history = (30 * random.random(n) ** 2).round(1)
    return pd.DataFrame(
        {
            "loan_id": [f"L{number:04}" for number in range(1, n + 1)],
            "age": (19 + 56 * random.random(n) ** 1.25).astype(int),
            "sex": _pick(random.random(n), {"female": 0.48, "male": 0.52}),
            "ethnicity": ethnicity,
            "region": _pick(
                random.random(n), {"north": 0.3, "south": 0.3, "east": 0.25, "west": 0.15}
            ),
            "employment": pd.Series(employment).where(random.random(n) >= 0.02),
            "channel": np.where(broker, "broker", direct),
            "income": np.where(random.random(n) < 0.05, np.nan, income.round(-2)),
            "amount": (500 * np.ceil(2 + 78 * random.random(n) ** 2)).astype(int),
            "term": _pick(random.random(n), {"12": 0.2, "24": 0.3, "36": 0.35, "60": 0.15}),
            "history": np.where(random.random(n) < 0.1, np.nan, history),
        }
    ).astype({"income": "Int64"})


def _pick(uniform: Floats, shares: dict[str, float]) -> NDArray[np.object_]:
    """Return a level for each uniform number in [0, 1), by the levels' shares."""
    levels = np.array(list(shares), dtype=object)
    return levels[np.searchsorted(np.cumsum(list(shares.values()))[:-1], uniform, side="right")]


def _default_rate(table: pd.DataFrame) -> Floats:
    """Return how likely each application is to default: more with a high loan on a low income."""
    burden = table["amount"] / table["income"].astype(float).fillna(25_000)
    raised = 0.08 * (table["employment"] == "unemployed") + 0.06 * (table["age"] < 25)
    return np.asarray(np.clip(0.10 + 0.45 * burden + raised, 0, 0.85))


def _error_rate(table: pd.DataFrame) -> Floats:
    """Return how likely the answer for each application is to be wrong; nothing else decides."""
    young_broker = (table["age"] < 30) & (table["channel"] == "broker")
    planted = np.where(young_broker, YOUNG_BROKER, ELSEWHERE)
    return np.where(table["income"].isna(), np.maximum(planted, WITHOUT_INCOME), planted)


MAKERS: dict[str, Callable[[], pd.DataFrame]] = {
    "breast_cancer": breast_cancer,
    "diabetes": diabetes,
    "digits": digits,
    "loans": loans,
}

if __name__ == "__main__":
    main()
