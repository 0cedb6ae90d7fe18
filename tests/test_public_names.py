"""The package's own names come when they are asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import terrain


@pytest.mark.parametrize("name", sorted(set(terrain.__all__) - {"__version__"}))
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(terrain, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = terrain.nonsense


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, terrain; print({'pandas', 'numpy', 'pyarrow', 'click'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
