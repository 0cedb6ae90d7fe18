"""What the benchmark is made of, as the document keeps it for later runs to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.data.composition import composition_of, composition_of_classes

if TYPE_CHECKING:
    from terrain.data.composition import Composition
    from terrain.study import Study


def compositions(study: Study) -> tuple[Composition, ...]:
    """Return the composition of every feature, and of the label where it has classes."""
    counts = study.counts
    found = [composition_of(each, counts.support[name]) for name, each in study.encodings.items()]
    label, classes = study.benchmark.roles.label, study.benchmark.outcome.classes
    if label is not None and len(counts.labels):
        found.append(composition_of_classes(label, classes, counts.labels))
    return tuple(found)
