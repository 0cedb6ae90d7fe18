"""Which columns say what the model did: picked one role after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.data.recognition import guesses
from terrain.data.recognition.guesses import Pick
from terrain.data.wording import listed
from terrain.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from terrain.data.columns import Column

NAMED = "named"
"""Why a column plays a role that the user gives it."""


class Picks:
    """The columns picked for every role so far, beginning with those that the user names."""

    def __init__(self, columns: dict[str, Column], named: dict[str, tuple[str, ...]]) -> None:
        self.columns = columns
        self.picked = {role: Pick(names, NAMED) for role, names in named.items()}

    def free(self) -> dict[str, Column]:
        """Return the columns without a role."""
        taken = {name for pick in self.picked.values() for name in pick.columns}
        return {name: column for name, column in self.columns.items() if name not in taken}

    def guess(self, role: str, pick: Pick) -> None:
        """Let columns play a role, unless the user names others for it."""
        if pick.columns:
            self.picked.setdefault(role, pick)

    def get(self, role: str) -> Pick:
        """Return what was picked for a role."""
        return self.picked.get(role, Pick())

    def columns_of(self, role: str) -> tuple[str, ...]:
        """Return the columns of a role; none if it is not played."""
        return self.get(role).columns


def pick_outcome(picks: Picks, table: pa.Table) -> None:
    """Pick label with prediction or scores; failing that, an error of the user's own."""
    named = any(picks.get(role).because == NAMED for role in ("label", "prediction", "scores"))
    own_errors = bool(picks.columns_of("errors"))
    try:
        outcome = _guess_outcome(picks, table)
    except UsageError:
        if own_errors and not named:  # errors stand alone, whatever else could be guessed
            return
        raise
    if outcome["label"].columns and (outcome["prediction"].columns or outcome["scores"].columns):
        for role, pick in outcome.items():
            picks.guess(role, pick)
        return
    if own_errors and not named:
        return
    error = Pick() if named else guesses.error_among(picks.free())
    if not error.columns:
        raise UsageError(_incomplete(outcome, picks.columns))
    picks.guess("errors", error)


def _guess_outcome(picks: Picks, table: pa.Table) -> dict[str, Pick]:
    free = picks.free()
    label, prediction, scores = (picks.get(role) for role in ("label", "prediction", "scores"))
    if not label.columns:
        label = guesses.label_among(free)
    free = {name: column for name, column in free.items() if name not in label.columns}
    if not prediction.columns:
        known = () if scores.columns else label.columns
        classes = guesses.classes_in([picks.columns[name] for name in known], table)
        prediction = guesses.prediction_among(free, table, classes)
    free = {name: column for name, column in free.items() if name not in prediction.columns}
    if not scores.columns:
        known = (*label.columns, *prediction.columns)
        classes = guesses.classes_in([picks.columns[name] for name in known], table)
        scores = guesses.scores_among(free, classes, decides=not prediction.columns)
    return {"label": label, "prediction": prediction, "scores": scores}


def _incomplete(outcome: dict[str, Pick], columns: dict[str, Column]) -> str:
    """Return what was looked for, what the file has, and which options to give."""
    label, prediction, scores = (
        outcome[role].columns for role in ("label", "prediction", "scores")
    )
    looked_for = {
        "label": "a label (y_true, label, target, ground_truth, class, …)",
        "prediction": "a prediction (y_pred, prediction, predicted, …) or a score (score, prob_…)",
    }
    if label:
        found, missing = f"the label is `{label[0]}`, but ", [looked_for["prediction"]]
        way = "--prediction COLUMN or --score COLUMN"
    elif prediction or scores:
        said = f"the prediction is `{prediction[0]}`" if prediction else f"a score is `{scores[0]}`"
        found, missing = f"{said}, but ", [looked_for["label"]]
        way = "--label COLUMN"
    else:
        found, missing = "", list(looked_for.values())
        way = "--label COLUMN and --prediction COLUMN (or --score COLUMN)"
    return (
        f"{found}no column has a usual name for {' nor for '.join(missing)}. "
        f"The file has: {listed(columns)}. Say {way}; or, for errors of your own, --error COLUMN"
    )
