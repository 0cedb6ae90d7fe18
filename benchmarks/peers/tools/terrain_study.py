"""The table as terrain reads and encodes it, for the scripts that do one piece of its work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from shared import TARGET

from terrain.app import read
from terrain.config import Plan
from terrain.statistics.batch import part_of
from terrain.study import study_of

if TYPE_CHECKING:
    from terrain.statistics.batch import Part
    from terrain.study import Study


def plan_of_table(**settings: Any) -> Plan:  # noqa: ANN401 - of a `Plan`
    """Return the plan for the table that the first argument names."""
    return Plan(inputs=(sys.argv[1],), error=(TARGET,), **settings)


def study_of_table(**settings: Any) -> Study:  # noqa: ANN401 - of a `Plan`
    """Return the table, read and encoded."""
    plan = plan_of_table(**settings)
    return study_of(read(plan), plan)


def part_of_all(study: Study) -> Part:
    """Return all instances, not a half of them, with their codes: the peers look at all, too."""
    part = part_of(np.arange(len(study)), study.codes, study.measures, study.target, None)
    part.map(lambda batch: [batch.codes[feature] for feature in batch.codes])  # or work would
    return part
