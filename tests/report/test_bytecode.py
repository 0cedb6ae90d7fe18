"""Compiled templates are kept where Python keeps compiled modules, and nowhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import jinja2
import pytest

from terrain.report.bytecode import Bytecode

if TYPE_CHECKING:
    from pathlib import Path


def drawn(folder: Path) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), bytecode_cache=Bytecode(folder), autoescape=True
    )
    return environment.get_template("a.j2").render(x=1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "a.j2").write_text("{{ x }}")
    return tmp_path


def test_a_template_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(folder) == "1"
    [kept] = (folder / "__pycache__").iterdir()
    assert sys.implementation.cache_tag in kept.name
    monkeypatch.setattr(jinja2.Environment, "compile", None)
    assert drawn(folder) == "1"


def test_a_changed_template_is_compiled_anew(folder: Path) -> None:
    drawn(folder)
    (folder / "a.j2").write_text("{{ x + 1 }}")
    assert drawn(folder) == "2"


def test_nothing_is_written_where_python_must_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert drawn(folder) == "1"
    assert not (folder / "__pycache__").exists()


def test_a_folder_that_cannot_be_written_is_no_error(folder: Path) -> None:
    (folder / "__pycache__").write_text("no folder")
    assert drawn(folder) == "1"
