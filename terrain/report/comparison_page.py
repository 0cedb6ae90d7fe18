"""The page of a comparison, in the frame of the page of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.report.comparison_views import comparison_view
from terrain.report.page import draw

if TYPE_CHECKING:
    from terrain.comparison import Comparison
    from terrain.report.instances import Instances
    from terrain.report.page import Place

OUTCOMES = ("right in both", "wrong in both", "newly right", "newly wrong")
"""What the rows' numbers mean where two models are right or wrong."""


def render_comparison(comparison: Comparison, instances: Instances | None, place: Place) -> str:
    """Return the page as HTML text; the same input gives the same text.

    Parameters
    ----------
    comparison
        What was found.
    instances
        The rows that readers can look at; None where models were not paired.
    place
        As for the page of one model.
    """
    view = comparison_view(comparison)
    more = _about_rows(comparison)
    return draw("comparison/page.html.j2", view, comparison, instances, place, **more)


def _about_rows(comparison: Comparison) -> dict[str, object]:
    """Return how the rows' numbers are said, see `terrain.publish_comparison`."""
    note, names = comparison.metrics[comparison.target], [each.name for each in comparison.models]
    several = len(names) > 2  # noqa: PLR2004 - an old and a new one
    if note.kind != "rate":
        return {"target": f"{'sum' if several else 'change'} of {note.title}"}
    if several:
        between = [f"wrong in {count}" for count in range(1, len(names))]
        return {"outcomes": ["right in all", *between, "wrong in all"], "right": {}}
    right = {f"prediction of {names[0]}": [0, 3], f"prediction of {names[1]}": [0, 2]}
    return {"outcomes": OUTCOMES, "right": right}
