"""The error tree: two growers behind one protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.analyses.tree import histogram, reference
from terrain.analyses.tree.growing import Grown, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from terrain.data.features import Encoding
    from terrain.statistics.batch import Part

__all__ = ["Grown", "Limits", "grow"]


def grow(
    part: Part,
    encodings: Mapping[str, Encoding],
    limits: Limits,
    grower: Literal["histogram", "sklearn"] = "histogram",
) -> tuple[Grown, ...]:
    """Return a tree grown on a part, root first, children after their parents.

    Parameters
    ----------
    part
        The instances that the search may see.
    encodings
        Of the features that may be split on; earlier ones win ties.
    limits
        How far to grow.
    grower
        Ours, or scikit-learn's.
    """
    chosen = histogram if grower == "histogram" else reference
    return chosen.grow(part, encodings, limits)
