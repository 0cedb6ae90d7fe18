"""What appears wrong with a benchmark, said as a good colleague would say it."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from terrain.data.checking.leaks import check_leaks
from terrain.data.checking.outcome import check_outcome
from terrain.data.checking.scores import check_scores
from terrain.data.checking.table import check_table
from terrain.engines.threads import each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
    checks: tuple[Callable[[], Iterable[Warned]], ...] = (
        partial(check_outcome, roles, outcome),
        partial(check_scores, roles, outcome),
        partial(check_leaks, table, roles, outcome),
        partial(check_table, table, roles, sampled=sampled),
    )
    return tuple(chain.from_iterable(each(_said, checks)))


def _said(check: Callable[[], Iterable[Warned]]) -> list[Warned]:
    with np.errstate(all="ignore"):  # what overflows or is infinite decides no comparison
        return list(check())
