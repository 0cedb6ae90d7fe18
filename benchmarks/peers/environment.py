"""The peers' environment: a virtual environment beside terrain's own, at pinned versions."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parent
PLACE = Path(sys.prefix) / "peers"
PYTHON = PLACE / "bin" / "python"


def ensure() -> None:
    """Set the environment up, unless it has what requirements.txt asks for already."""
    wanted, installed = FOLDER / "requirements.txt", PLACE / "installed.txt"
    if installed.is_file() and installed.read_bytes() == wanted.read_bytes():
        return
    print(f"Setting up the peers in {PLACE}, which takes a minute or two.", flush=True)
    venv.create(PLACE, clear=True, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "-qq", "--disable-pip-version-check", "install", "-r"]
    subprocess.run([*pip, str(wanted)], check=True)
    installed.write_bytes(wanted.read_bytes())
