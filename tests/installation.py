"""The package as an installer would describe it, for subprocesses that run the checkout."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def search_path(folder: Path) -> str:
    """Describe the package's entry points in a folder; return a `PYTHONPATH` that has both."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    described = folder / "error_terrain-9.9.dist-info"
    described.mkdir(parents=True, exist_ok=True)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: error-terrain\nVersion: 9\n")
    plugins = project["entry-points"]["pytest11"]
    lines = ["[pytest11]", *(f"{name} = {module}" for name, module in plugins.items())]
    (described / "entry_points.txt").write_text("\n".join(lines))
    return os.pathsep.join([str(folder), str(ROOT)])
