"""What appears wrong with a benchmark, said as a good colleague would say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from terrain.data.checking.leaks import check_leaks
from terrain.data.checking.outcome import check_outcome
from terrain.data.checking.scores import check_scores
from terrain.data.checking.table import check_table

if TYPE_CHECKING:
    import pyarrow as pa

    from terrain.data.notes import Warned
    from terrain.data.outcome import Outcome
    from terrain.data.recognition.roles import Roles


def check(
    table: pa.Table, roles: Roles, outcome: Outcome, *, sampled: bool = False
) -> tuple[Warned, ...]:
    """Return what appears wrong, the gravest kind first.

    Parameters
    ----------
    table
        (n,) rows.
    roles
        Which column is what.
    outcome
        What the model did, on the same n rows.
    sampled
        Whether these are a sample: then copies of rows, most of which it lacks, are not counted.

    Returns
    -------
    One warning for each thing seen; none for a healthy benchmark. Rows are counted, not weighed.
    """
    with np.errstate(all="ignore"):  # what overflows or is infinite decides no comparison
        return (
            *check_outcome(roles, outcome),
            *check_scores(roles, outcome),
            *check_leaks(table, roles, outcome),
            *check_table(table, roles, sampled=sampled),
        )
