"""The usual names of columns, and how a column's name is compared with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Tiers = tuple[tuple[str, ...], ...]
"""Names, folded; one in an earlier tier is the surer sign, so it wins."""

LABEL: Tiers = (
    (
        *("ytrue", "label", "labels", "labelvalue", "truelabel", "labeltrue", "goldlabel"),
        *("target", "targets", "targetvalue", "groundtruth", "groundtruthlabel", "gtlabel", "gt"),
        *("truth", "truevalue", "trueclass", "actual", "actuals", "actuallabel", "yactual"),
        *("gold", "expected", "expectedlabel"),
    ),
    ("class", "outcome", "y"),
)
PREDICTION: Tiers = (
    (
        *("ypred", "ypredicted", "yhat", "prediction", "predictions", "predicted", "pred", "preds"),
        *("predictedlabel", "predictionlabel", "predlabel", "labelpred", "labelpredicted"),
        *("predictedclass", "predictionclass", "predclass", "predictedvalue", "predictedtarget"),
    ),
    ("modeloutput", "modelprediction", "output", "decision"),
)
SCORE: Tiers = (
    (
        *("yscore", "yprob", "yproba", "predictproba", "predictedprobability", "predictedproba"),
        *("predproba", "predprob", "predictionscore", "predictedscore", "modelscore"),
        *("probability", "probabilities", "proba", "probas", "prob", "probs"),
    ),
    ("score", "scores"),
    ("confidence", "p"),
)
SCORE_FAMILIES = frozenset(
    name for tier in SCORE for name in tier if name not in {"confidence", "scores"}
)
"""What stands before the class in the names of one score per class: ``prob_cat``."""

ERROR: Tiers = (
    ("error", "iserror", "wrong", "iswrong", "incorrect", "isincorrect", "misclassified"),
    ("loss", "abserror", "absoluteerror", "squarederror"),
)
WEIGHT: Tiers = (("sampleweight", "sampleweights", "instanceweight"), ("weight", "weights"))
IDENTIFIER: Tiers = (
    ("id", "rowid", "instanceid", "sampleid", "exampleid", "recordid", "uuid", "guid"),
    ("index", "unnamed", "unnamed0"),
)
COUNT = ("count", "counts", "n", "freq", "frequency")
ID_WORDS = frozenset({"id", "ids", "uuid", "guid"})
ENTITIES = frozenset(
    (
        *("user", "patient", "subject", "person", "customer", "client", "member", "household"),
        *("student", "speaker", "author", "session", "document", "doc", "account", "device"),
    )
)
"""Whom or what several rows may belong to."""


def fold(name: str) -> str:
    """Return a name as it is compared: case, ``_``, ``-``, ``.`` and blanks do not count.

    Examples
    --------
    >>> fold("Y_True"), fold("ground truth"), fold("Unnamed: 0")
    ('ytrue', 'groundtruth', 'unnamed0')
    """
    return re.sub(r"[_\-.:\s]", "", name.casefold())


def candidates(names: Iterable[str], tiers: Tiers) -> tuple[str, ...]:
    """Return the names that stand in the first tier in which any of them stands.

    Examples
    --------
    >>> candidates(["class", "age", "y_true"], LABEL)
    ('y_true',)
    """
    known = list(names)
    for tier in tiers:
        found = tuple(name for name in known if fold(name) in tier)
        if found:
            return found
    return ()


def is_id_name(name: str) -> bool:
    """Whether a name says that it identifies: the word "id" stands first or last in it.

    Examples
    --------
    >>> [is_id_name(name) for name in ("user_id", "PassengerId", "id", "paid", "grid")]
    [True, True, True, False, False]
    """
    words = _words(name)
    return bool(words) and (bool(ID_WORDS & {words[0], words[-1]}) or is_row_number(name))


def is_row_number(name: str) -> bool:
    """Whether a name says that it counts rows."""
    return fold(name) in IDENTIFIER[-1]


def is_entity_name(name: str) -> bool:
    """Whether a name says whom or what a row belongs to: ``patient``, ``userId``.

    Examples
    --------
    >>> [is_entity_name(name) for name in ("patient", "userId", "id_user", "user_age")]
    [True, True, True, False]
    """
    words = [word for word in _words(name) if word not in ID_WORDS]
    return len(words) == 1 and words[0] in ENTITIES


def families(names: Iterable[str], classes: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the columns named after a class, by what stands before it: prefix -> class -> name.

    Examples
    --------
    >>> families(["prob_cat", "prob_dog", "p_value", "age"], ["cat", "dog"])
    {'prob': {'cat': 'prob_cat', 'dog': 'prob_dog'}}
    >>> families(["proba0", "proba1"], ["0", "1"])
    {'proba': {'0': 'proba0', '1': 'proba1'}}
    """
    by_key = {_class_key(name): name for name in classes}
    found: dict[str, dict[str, str]] = {}
    for name in names:
        prefix, suffix = _split(name)
        wanted = by_key.get(_class_key(suffix))
        if prefix and wanted is not None:
            found.setdefault(prefix, {}).setdefault(wanted, name)
    return found


def _words(name: str) -> list[str]:
    """Return the words of a name, also of one in camel case."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word.casefold() for word in re.findall(r"[^\W_]+", parted)]


def _split(name: str) -> tuple[str, str]:
    """Return the family that a name begins with, and the rest; "" for none."""
    for match in re.finditer(r"[_\-.\s]|(?<=[A-Za-z])(?=\d)", name):
        prefix = fold(name[: match.start()])
        if prefix in SCORE_FAMILIES:
            return prefix, name[match.end() :]
    return "", name


def _class_key(name: str) -> str:
    """Return a class as its column is named; a sign belongs to a number, so it stays."""
    sign = "-" if name.startswith("-") else ""
    key = fold(name)
    return sign + {"true": "1", "false": "0"}.get(key, key)
