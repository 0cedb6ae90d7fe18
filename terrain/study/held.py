"""All instances of a study, wherever an engine holds them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from terrain.data.pieces import together
from terrain.statistics.held import HeldPart, View
from terrain.study.encoder import finer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.data.features import Encoding
    from terrain.data.pieces import Piece, Taken
    from terrain.engines import Engine
    from terrain.statistics.held import Encoded
    from terrain.statistics.metrics import Indicator
    from terrain.study.encoder import Encoder


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What is counted over all instances; counts of disjoint instances add.

    Attributes
    ----------
    exposed, discovery
        Instances on which the target is defined; instances of the discovery half.
    events, only_events
        Whether there is any event; whether every exposed instance is one.
    labels
        (classes + 1,) how many instances have which label, the last none; empty without classes.
    support
        By feature (codes,) how many instances have which code.
    """

    exposed: int
    discovery: int
    events: bool
    only_events: bool
    labels: np.ndarray
    support: Mapping[str, np.ndarray]

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of both."""
        return Counts(
            exposed=self.exposed + other.exposed,
            discovery=self.discovery + other.discovery,
            events=self.events or other.events,
            only_events=self.only_events and other.only_events,
            labels=self.labels + other.labels,
            support={name: each + other.support[name] for name, each in self.support.items()},
        )


@dataclass(frozen=True)
class Held:
    """All instances of a study.

    Attributes
    ----------
    pieces
        The table they were made of.
    encoded
        The instances.
    encoder
        What made them.
    lookups
        See `terrain.statistics.held.View`.
    """

    pieces: Engine[Piece]
    encoded: Engine[Encoded]
    encoder: Encoder
    lookups: Mapping[str, np.ndarray] = field(default_factory=dict)

    def part(self, view: View) -> HeldPart:
        """Return some of the instances as a part."""
        return HeldPart(self.encoded, replace(view, lookups=self.lookups), self.encoder.layout)

    def recoded(self, lookups: Mapping[str, np.ndarray]) -> Held:
        """Return the instances with codes that stand for the present ones."""
        before = self.lookups
        return replace(
            self,
            lookups={
                **before,
                **{n: each.take(before[n]) if n in before else each for n, each in lookups.items()},
            },
        )

    def refined(self, encodings: Mapping[str, Encoding]) -> Held:
        """Return the instances with the codes of some features made anew."""
        if not encodings:
            return self
        kept = {name: each for name, each in self.lookups.items() if name not in encodings}
        return replace(self, encoded=finer(self.encoded, self.pieces, encodings), lookups=kept)

    def rows(self, places: np.ndarray) -> Taken:
        """Return rows of the table, given by their ascending places in the whole benchmark."""
        return together(self.pieces.map(partial(_taken, places=places)))

    def counts(self, encodings: Mapping[str, Encoding], target: Indicator) -> Counts:
        """Return what is counted over all instances."""
        views = [View(target=target, half=half, lookups=self.lookups) for half in (0, 1)]
        return self.encoded.reduce(partial(_counted, views=views, encodings=encodings), _added)


def _taken(piece: Piece, places: np.ndarray) -> Taken:
    start, end = np.searchsorted(places, [piece.first, piece.first + piece.rows])
    return piece.taken(places[start:end] - piece.first)


def _counted(piece: Encoded, views: list[View], encodings: Mapping[str, Encoding]) -> Counts:
    first, second = (_of_half(piece, view, encodings, discovery=view.half == 0) for view in views)
    return replace(first + second, labels=piece.labels)


def _of_half(
    piece: Encoded, view: View, encodings: Mapping[str, Encoding], *, discovery: bool
) -> Counts:
    batch = view.of(piece)
    exposed = batch.exposure > 0
    return Counts(
        exposed=int(exposed.sum()),
        discovery=len(batch) if discovery else 0,
        events=bool(batch.events.any()),
        only_events=bool((batch.events[exposed] == batch.exposure[exposed]).all()),
        labels=piece.labels,
        support={
            name: np.bincount(batch.codes[name], minlength=encoding.size)
            for name, encoding in encodings.items()
        },
    )


def _added(one: Counts, other: Counts) -> Counts:
    return one + other
