"""A benchmark made ready to be searched and measured."""

from terrain.study.making import RESOLUTION, fewest_rows, refuse_nothing_to_explain, study_of
from terrain.study.study import CROSS_FIT_BELOW, Study

__all__ = [
    "CROSS_FIT_BELOW",
    "RESOLUTION",
    "Study",
    "fewest_rows",
    "refuse_nothing_to_explain",
    "study_of",
]
