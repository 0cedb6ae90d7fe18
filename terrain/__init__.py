"""Where does a model fail? Failing regions, groups and instances, measured honestly.

import terrain

found = terrain.analyze(frame, sensitive=["sex"])  # or "preds.csv"
found.regions
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from terrain.version import __version__

if TYPE_CHECKING:
    from terrain.analysis import Analysis
    from terrain.checking import check
    from terrain.config import Plan
    from terrain.data.regions import Condition, Region
    from terrain.document import Terrain
    from terrain.errors import TerrainError
    from terrain.gate.policy import Policy
    from terrain.gate.verdict import Judgement, Verdict
    from terrain.notebook import analyze
    from terrain.statistics.findings import Difference, Estimate, Finding

__all__ = [
    "Analysis",
    "Condition",
    "Difference",
    "Estimate",
    "Finding",
    "Judgement",
    "Plan",
    "Policy",
    "Region",
    "Terrain",
    "TerrainError",
    "Verdict",
    "__version__",
    "analyze",
    "check",
]

_HOMES = {
    "Analysis": "terrain.analysis",
    "Condition": "terrain.data.regions",
    "Difference": "terrain.statistics.findings",
    "Estimate": "terrain.statistics.findings",
    "Finding": "terrain.statistics.findings",
    "Judgement": "terrain.gate.verdict",
    "Plan": "terrain.config",
    "Policy": "terrain.gate.policy",
    "Region": "terrain.data.regions",
    "Terrain": "terrain.document",
    "TerrainError": "terrain.errors",
    "Verdict": "terrain.gate.verdict",
    "analyze": "terrain.notebook",
    "check": "terrain.checking",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that `import terrain` is instant."""
    if name not in _HOMES:
        raise AttributeError(f"module 'terrain' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
