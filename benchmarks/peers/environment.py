"""The peers' environments: virtual ones beside terrain's own, at pinned versions."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"


def python_of(name: str = "peers") -> Path:
    """Return the Python of an environment."""
    return Path(sys.prefix) / name / "bin" / "python"


def ensure(name: str = "peers", requirements: Path = REQUIREMENTS) -> Path:
    """Return the Python of an environment; set it up, unless it has what is asked for already."""
    python = python_of(name)
    place = python.parents[1]
    installed = place / "installed.txt"
    if installed.is_file() and installed.read_bytes() == requirements.read_bytes():
        return python
    print(f"Setting up {place}, which takes a minute or two.", file=sys.stderr, flush=True)
    venv.create(place, clear=True, with_pip=True)
    pip = [str(python), "-m", "pip", "-qq", "--disable-pip-version-check", "install", "-r"]
    subprocess.run([*pip, str(requirements)], check=True)
    installed.write_bytes(requirements.read_bytes())
    return python
