"""Several models made ready to be compared: one study of their instances, a loss for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from terrain.collect.flips import flips_of
from terrain.comparison import Compared
from terrain.errors import DataError, nearest
from terrain.statistics.batch import satisfying
from terrain.statistics.catalogue import catalogue
from terrain.statistics.changes import Model, Pair, measured, paired_changes
from terrain.statistics.measures import take_measures
from terrain.statistics.measuring import measures_of
from terrain.study import study_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.config import Plan
    from terrain.data.features import Encoding, Selection
    from terrain.data.matched import Matched
    from terrain.data.outcome import Outcome
    from terrain.data.regions import Region
    from terrain.statistics.findings import Estimate, MetricNote
    from terrain.statistics.metrics import Indicator
    from terrain.study import Study


@dataclass(frozen=True, kw_only=True)
class Contestants:
    """Models on the same (n,) instances.

    Attributes
    ----------
    study
        The instances, with the last model's metrics.
    names, models
        One for each model.
    losses
        For each model (n,) losses: the target of each instance in its own unit, NaN where
        undefined.
    flips
        Of the first and the last model, see `terrain.collect.flips`.
    """

    study: Study
    names: tuple[str, ...]
    models: tuple[Model, ...]
    losses: tuple[np.ndarray, ...]
    flips: Model

    @property
    def zero_one(self) -> bool:
        """Whether every loss is 0 or 1: right or wrong."""
        return self.note.kind == "rate"

    @property
    def note(self) -> MetricNote:
        """What the target is."""
        return self.study.target.note

    def pair(self, old: int = 0, new: int = -1) -> Pair:
        """Return two of the models."""
        return Pair(old=self.models[old], new=self.models[new], cluster=self.study.cluster)

    def flipped(self, rows: np.ndarray) -> dict[str, Estimate]:
        """Return how many of some instances flipped from the first model to the last."""
        cluster = None if self.study.cluster is None else self.study.cluster[rows]
        return measured(
            replace(self.flips, measures=take_measures(self.flips.measures, rows)), cluster
        )

    def compared(
        self, name: str, words: str, region: Region, selection: Selection, seen: int | None = None
    ) -> Compared:
        """Return how the first and the last model differ in a region.

        Parameters
        ----------
        name, words, region, selection
            Its id, what it is called, and where it lies.
        seen
            The half in which it was found (0: discovery), left out of what is measured; None
            for a region that nobody searched for.
        """
        inside = self.mask(selection)
        halves = (self.study.discovery, ~self.study.discovery)
        rows = np.flatnonzero(inside if seen is None else inside & halves[1 - seen])
        found: Compared = Compared(
            id=name,
            words=words,
            region=region,
            support=int(inside.sum()),
            coverage=float(inside.mean()),
            metrics=paired_changes(self.pair(), rows),
            flips=self.flipped(rows),
        )
        return found

    def mask(self, selection: Selection) -> np.ndarray:
        """Return (n,) bool: which instances a selection holds."""
        return satisfying(self.study.codes, selection, len(self.study))


def contestants(
    matched: Matched,
    names: tuple[str, ...],
    plan: Plan,
    encodings: Mapping[str, Encoding] | None = None,
) -> Contestants:
    """Return models ready to be compared.

    Parameters
    ----------
    matched, names
        The instances with every model's outcome, and what the models are called.
    plan
        How they are compared.
    encodings
        Those of an earlier comparison of the same instances; None fits them.

    Raises
    ------
    DataError
        There is too little to measure, or a model has not what the target is made of.
    """
    study = study_of(matched.benchmark, plan, encodings)
    models = [_model(outcome, len(study)) for outcome in matched.outcomes[:-1]]
    models.append(Model(metrics=study.instrument.metrics, measures=study.measures))
    models = _of_one_kind(models)
    metrics = models[-1].metrics
    study = replace(
        study,
        instrument=replace(study.instrument, metrics=metrics),
        target=cast("Indicator", metrics[study.target.name]),
    )
    losses = tuple(_loss(study, model, name) for model, name in zip(models, names, strict=True))
    common = np.any([np.isnan(loss) for loss in losses], axis=0)
    losses = tuple(np.where(common, np.nan, loss) for loss in losses)
    first, last = matched.outcomes[0], matched.outcomes[-1]
    flips = flips_of(
        (losses[0], losses[-1]),
        (first.prediction, last.prediction),
        last.weight,
        zero_one=study.target.note.kind == "rate",
    )
    return Contestants(study=study, names=names, models=tuple(models), losses=losses, flips=flips)


def _model(outcome: Outcome, n: int) -> Model:
    measures = measures_of(outcome, n)
    return Model(metrics=catalogue(outcome, measures.layout), measures=measures)


def _of_one_kind(models: Sequence[Model]) -> list[Model]:
    """Return models of whose own errors one is a loss in all, where it is 0 or 1 in some only."""
    losses = {
        name: metric
        for model in models
        for name, metric in model.metrics.items()
        if metric.note.kind == "loss"
    }
    return [
        replace(
            model, metrics={name: losses.get(name, each) for name, each in model.metrics.items()}
        )
        for model in models
    ]


def _loss(study: Study, model: Model, name: str) -> np.ndarray:
    target = study.target.name
    if target not in model.metrics:
        raise DataError(
            f"`{name}` has no {study.target.note.title}{nearest(target, model.metrics)}; choose a "
            "--target that all models have, or give what it is made of"
        )
    metric = cast("Indicator", model.metrics[target])
    events, exposure = metric.per_instance(model.measures)
    return replace(
        study, measures=model.measures, target=metric, events=events, exposure=exposure
    ).loss()
