"""What the benchmark is made of, as the document keeps it for later runs to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.data.composition import composition_of, composition_of_classes

if TYPE_CHECKING:
    from terrain.data.composition import Composition
    from terrain.study import Study


def compositions(study: Study) -> tuple[Composition, ...]:
    """Return the composition of every feature, and of the label where it has classes."""
    found = [composition_of(each, study.codes[name]) for name, each in study.encodings.items()]
    label, outcome = study.benchmark.roles.label, study.benchmark.outcome
    if label is not None and outcome.label is not None and outcome.classes:
        found.append(composition_of_classes(label, outcome.classes, outcome.label))
    return tuple(found)
