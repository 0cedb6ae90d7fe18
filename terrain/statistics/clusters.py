"""Second moments over groups of rows: what intervals and tests need where rows depend."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from terrain.statistics.batch import sums_of
from terrain.statistics.counting import layout_of
from terrain.statistics.metrics import Mean, Moments, Rate, Root

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.metrics import Indicator, Metric


def clustered_moments(
    part: Part,
    assign: Callable[[Batch], np.ndarray],
    regions: int,
    clusters: int,
    metrics: Mapping[str, Metric],
) -> list[dict[str, Moments]]:
    """Return for each region the moments of every metric over whole groups of rows.

    Parameters
    ----------
    part
        Instances that carry the index of their group.
    assign
        Gives each instance of a batch its region, below `regions`.
    regions, clusters
        How many of each.
    metrics
        Those that are no ratio of sums are left out: nothing is known of their variance.
    """
    wanted = {name: _ratio(metric) for name, metric in metrics.items()}
    indicators = {name: ratio for name, ratio in wanted.items() if ratio is not None}
    found: list[dict[str, Moments]] = [{} for _ in range(regions)]
    for name, indicator in indicators.items():
        sums = part.reduce(
            partial(_sums, assign=assign, shape=(regions, clusters), indicator=indicator), np.add
        )
        layout = layout_of(part)
        weight_scale = 1.0 if layout.weight_scales is None else layout.weight_scales[0]
        scale = indicator.scale(layout)
        for region, (events, exposure) in enumerate(sums):
            found[region][name] = _moments(events / scale, exposure / weight_scale)
    return found


def _ratio(metric: Metric) -> Indicator | None:
    if isinstance(metric, Root):
        return metric.mean
    return metric if isinstance(metric, Rate | Mean) else None


def _sums(
    batch: Batch,
    assign: Callable[[Batch], np.ndarray],
    shape: tuple[int, int],
    indicator: Indicator,
) -> np.ndarray:
    """Return the (regions, 2, clusters) events and exposure of a batch."""
    if batch.cluster is None:
        raise ValueError("the instances carry no groups")
    cell = assign(batch).astype(np.int64) * shape[1] + batch.cluster
    sums = [
        np.bincount(cell, weights=values, minlength=shape[0] * shape[1]).reshape(shape)
        for values in sums_of(indicator, batch.measures)
    ]
    return np.stack(sums, axis=1)


def _moments(events: np.ndarray, exposure: np.ndarray) -> Moments:
    exposed = exposure > 0
    events, exposure = events[exposed], exposure[exposed]
    return Moments(
        events=float(events.sum()),
        exposure=float(exposure.sum()),
        events_squared=float(events @ events),
        cross=float(events @ exposure),
        exposure_squared=float(exposure @ exposure),
        units=float(len(exposure)),
        counted=False,
    )
