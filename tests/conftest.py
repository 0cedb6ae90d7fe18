"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

# the machine may be busy: a slow example is no failure, and a folder may serve all examples
settings.register_profile(
    "terrain",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("terrain")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real benchmarks beside the checkout; skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real benchmarks are not here: no folder {folder}")
    return folder
