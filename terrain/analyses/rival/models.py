"""Small models on coarse conditions: picked, fitted, and said in words."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from terrain.data.features import region_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from terrain.data.features import Encoding

MOST_TERMS = 12
"""Conditions that a regression uses."""

DEPTH = 3
"""Of the tree, which has 8 leaves at most."""

LEAST_IN_LEAF = 20
"""Instances in a leaf of the tree."""

PIECES = 8
"""Conditions made of one feature: cuts of an ordered one, the most frequent levels of another."""

MOST_CONDITIONS = 600
"""Conditions to choose from; where there are many features, each gets fewer."""

Kind = Literal["linear", "tree"]
KINDS: tuple[Kind, ...] = ("linear", "tree")


class Coarse(NamedTuple):
    """A condition as a model sees it: 1 where the feature has one of the codes, else 0."""

    feature: str
    codes: tuple[int, ...]


class Term(NamedTuple):
    """A part of a model in words.

    Attributes
    ----------
    words
        A condition, or the region of a leaf.
    says
        The class that it speaks for; None where numbers are predicted.
    weight
        Of a condition: what it adds to the log odds of the class, or to the number. Of a leaf:
        the share of the class in it, or the mean.
    """

    words: str
    says: str | None
    weight: float


def conditions_of(
    codes: Mapping[str, np.ndarray], encodings: Mapping[str, Encoding]
) -> list[Coarse]:
    """Return the conditions that a model may choose from; the label is not looked at.

    Parameters
    ----------
    codes
        By feature, (n,) codes.
    encodings
        Of the features; past `MOST_CONDITIONS` features the last ones are left out.
    """
    pieces = min(max(MOST_CONDITIONS // max(len(encodings), 1), 1), PIECES)
    found: list[Coarse] = []
    for feature, encoding in encodings.items():
        support = np.bincount(codes[feature], minlength=encoding.size)
        if support[-1]:
            found.append(Coarse(feature, (encoding.missing_code,)))
        values = support[:-1]
        if encoding.ordered:
            middle = (np.cumsum(values) - values / 2) / max(values.sum(), 1)
            starts = np.searchsorted(middle, np.arange(1, pieces + 1) / (pieces + 1))
            inner = [start for start in np.unique(starts).tolist() if 0 < start < len(values)]
            found += [Coarse(feature, tuple(range(start, len(values)))) for start in inner]
        else:
            present = np.count_nonzero(values)
            frequent = np.argsort(-values, kind="stable")[: min(pieces, present)].tolist()
            named = frequent[1:] if present == 2 else frequent  # noqa: PLR2004 - one says both
            found += [Coarse(feature, (level,)) for level in named]
    return found[:MOST_CONDITIONS]


@dataclass(frozen=True)
class Data:
    """What models learn from.

    Attributes
    ----------
    codes
        By feature, (n,) codes.
    conditions
        To choose from.
    label
        (n,) class codes or numbers.
    regression
        Whether these are numbers.
    """

    codes: Mapping[str, np.ndarray]
    conditions: Sequence[Coarse]
    label: np.ndarray
    regression: bool

    def design(self, conditions: Sequence[Coarse], rows: np.ndarray) -> np.ndarray:
        """Return the (rows, conditions) zeros and ones."""
        found = np.empty((len(rows), len(conditions)))
        for place, (feature, allowed) in enumerate(conditions):
            values = self.codes[feature][rows]
            lookup = np.zeros(np.iinfo(values.dtype).max + 1)
            lookup[list(allowed)] = 1
            found[:, place] = lookup[values]
        return found

    def loss(self, rows: np.ndarray, predicted: np.ndarray) -> float:
        """Return the sum of errors, squared where numbers are predicted."""
        truth = self.label[rows]
        errors = (truth - predicted) ** 2 if self.regression else truth != predicted
        return float(errors.sum())


@dataclass(frozen=True)
class Model:
    """A fitted model: an estimator of scikit-learn on a few conditions."""

    data: Data
    kind: Kind
    conditions: tuple[Coarse, ...]
    estimator: Any

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the class codes or numbers of the given rows."""
        return self.estimator.predict(self.data.design(self.conditions, rows))

    def terms(self, classes: Sequence[str], encodings: Mapping[str, Encoding]) -> tuple[Term, ...]:
        """Return the model in words, the strongest term first.

        A regression of more than two classes says of each condition the class that it speaks
        for most.
        """
        found = self._leaves if self.kind == "tree" else self._weights
        return tuple(sorted(found(classes, encodings), key=lambda term: -abs(term.weight)))

    def _weights(self, classes: Sequence[str], encodings: Mapping[str, Encoding]) -> Iterator[Term]:
        weights = np.atleast_2d(self.estimator.coef_)
        for place, (feature, codes) in enumerate(self.conditions):
            best = int(np.argmax(np.abs(weights[:, place])))
            yield Term(
                encodings[feature].condition(codes).words(),
                None if self.data.regression else classes[self._speaks_for(best, len(weights))],
                float(weights[best, place]),
            )

    def _speaks_for(self, row: int, rows: int) -> int:
        """Return the class whose log odds a row of the coefficients adds up."""
        return int(self.estimator.classes_[1 if rows == 1 else row])

    def _leaves(self, classes: Sequence[str], encodings: Mapping[str, Encoding]) -> Iterator[Term]:
        tree = self.estimator.tree_
        stack: list[tuple[int, dict[str, set[int]]]] = [(0, {})]
        while stack:
            node, held = stack.pop()
            values = tree.value[node][0]
            if tree.children_left[node] < 0:
                words = region_of(held.items(), encodings).words
                best = int(np.argmax(values))
                says = None if self.data.regression else classes[self.estimator.classes_[best]]
                yield Term(words, says, float(values[best]))
                continue
            feature, codes = self.conditions[tree.feature[node]]
            everything = set(range(encodings[feature].size))
            before = held.get(feature, everything)
            stack.append((tree.children_left[node], held | {feature: before - set(codes)}))
            stack.append((tree.children_right[node], held | {feature: before & set(codes)}))


def fit(data: Data, kind: Kind, rows: np.ndarray) -> Model:
    """Return a model of a kind: its conditions are picked from all, then it is fitted on these.

    Parameters
    ----------
    data
        What to learn from.
    kind
        ``linear``: the conditions that enter the path of the lasso first, then a logistic or a
        linear regression on them, which is not shrunk as the lasso's own coefficients are. With
        classes the lasso regresses the indicator of each, and the earliest over all classes count.
        ``tree``: those that a tree splits on.
        Source: Efron, Hastie, Johnstone and Tibshirani (2004), "Least angle regression";
        Meinshausen (2007), "Relaxed Lasso".
    rows
        Labelled instances, one or more. If they are all of one class, a tree of one leaf says so.
    """
    label = data.label[rows]
    design = data.design(data.conditions, rows)
    if len(np.unique(label)) == 1:
        kind = "tree"
    pick = _on_the_path if kind == "linear" else _split_on
    chosen = pick(design, label, regression=data.regression) or [0]
    estimator = _estimator(kind, regression=data.regression).fit(design[:, chosen], label)
    return Model(data, kind, tuple(data.conditions[place] for place in chosen), estimator)


def _on_the_path(design: np.ndarray, label: np.ndarray, *, regression: bool) -> list[int]:
    """Return the places of the conditions that enter the lasso first, in their order."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 - a second to import
    from sklearn.linear_model import lars_path_gram  # noqa: PLC0415 - as above

    spread = design.std(axis=0)
    varying = np.flatnonzero(spread)
    standard = (design[:, varying] - design[:, varying].mean(axis=0)) / spread[varying]
    gram = standard.T @ standard
    entered = np.full(len(varying), np.inf)
    for target in _targets(label, regression=regression):
        with warnings.catch_warnings():  # of conditions that say the same it takes one, and warns
            warnings.simplefilter("ignore", ConvergenceWarning)
            _, active, _ = lars_path_gram(
                standard.T @ (target - target.mean()),
                gram,
                n_samples=len(label),
                method="lasso",
                max_iter=MOST_TERMS,
            )
        entered[active] = np.minimum(entered[active], np.arange(len(active)))
    order = np.argsort(entered, kind="stable")[:MOST_TERMS]
    return sorted(varying[order[np.isfinite(entered[order])]].tolist())


def _targets(label: np.ndarray, *, regression: bool) -> Iterator[np.ndarray]:
    if regression:
        yield label
        return
    classes = np.unique(label)
    for each in classes[1:] if len(classes) == 2 else classes:  # noqa: PLR2004 - one says both
        yield (label == each).astype(float)


def _split_on(design: np.ndarray, label: np.ndarray, *, regression: bool) -> list[int]:
    """Return the places of the conditions that a tree splits on, in their order."""
    used = _estimator("tree", regression=regression).fit(design, label).tree_.feature
    return np.unique(used[used >= 0]).tolist()


def _estimator(kind: Kind, *, regression: bool) -> Any:  # noqa: ANN401 - scikit-learn is untyped
    from sklearn.linear_model import (  # noqa: PLC0415 - a second to import
        LinearRegression,
        LogisticRegression,
    )
    from sklearn.tree import (  # noqa: PLC0415 - as above
        DecisionTreeClassifier,
        DecisionTreeRegressor,
    )

    if kind == "linear":
        return LinearRegression() if regression else LogisticRegression(max_iter=1_000)
    chosen = DecisionTreeRegressor if regression else DecisionTreeClassifier
    return chosen(max_depth=DEPTH, min_samples_leaf=LEAST_IN_LEAF, random_state=0)
