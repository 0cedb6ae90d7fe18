"""However it is installed, `terrain` works outside its checkout and writes the same page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
WAYS = ("wheel", "editable", "checkout")
MINORS = (11, 12, 13)


def _run(*command: str | Path, cwd: Path, path: Path | None = None) -> str:
    """Run a command as a user's shell would, with nothing of this process's Python around it."""
    around = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    if path:
        around["PYTHONPATH"] = str(path)
    done = subprocess.run(command, cwd=cwd, env=around, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _build(source: Path, kind: str, into: Path) -> Path:
    """Build a `wheel` or an `sdist` and return its file."""
    _run(
        *(sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", into, source),
        cwd=into,
    )
    (built,) = into.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


def _environment(folder: Path) -> Path:
    """Make an environment that sees all of this one's packages but `terrain`; return its Python."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    packages = folder / "packages"
    packages.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if "terrain" not in package.name:
            (packages / package.name).symlink_to(package)
    site = _run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=folder)
    Path(site.strip(), "packages.pth").write_text(f"{packages}\n")
    return python


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


def _page(way: str, wheel: Path, folder: Path) -> bytes:
    """Install in one way, then write and analyze a sample benchmark in an empty folder."""
    folder.mkdir()
    python = _environment(folder / "environment")
    install = (sys.executable, "-m", "pip", "--python", python, "install", "--no-deps")
    if way == "wheel":
        _run(*install, "--no-index", wheel, cwd=folder)
    elif way == "editable":
        _run(*install, "--no-build-isolation", "--editable", ROOT, cwd=folder)
    tool = [python, "-m", "terrain"] if way == "checkout" else [python.with_name("terrain")]
    path = ROOT if way == "checkout" else None

    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    imported = _run(
        python, "-c", "import terrain; print(terrain.__file__)", cwd=elsewhere, path=path
    )
    assert Path(imported).is_relative_to(ROOT) == (way != "wheel")
    _run(*tool, "sample", "loans", "-o", "x.csv", cwd=elsewhere, path=path)
    os.utime(elsewhere / "x.csv", (0, 0))  # the page says when the table was modified
    _run(*tool, "analyze", "x.csv", "-o", "page.html", cwd=elsewhere, path=path)
    assert {each.name for each in elsewhere.iterdir()} == {"x.csv", "page.html"}
    return (elsewhere / "page.html").read_bytes()


def test_every_way_of_installing_writes_the_same_whole_page(wheel: Path, tmp_path: Path) -> None:
    pages = [_page(way, wheel, tmp_path / way) for way in WAYS]
    page = pages[0].decode()
    assert page.lower().startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert "channel = broker" in page
    assert pages == [pages[0]] * len(WAYS)


def test_the_source_distribution_builds_the_same_wheel(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    into = tmp_path / "wheel"
    into.mkdir()
    assert _checksums(_build(source, "wheel", into)) == _checksums(wheel)


def _checksums(archive: Path) -> dict[str, int]:
    with ZipFile(archive) as wheel:
        return {each.filename: each.CRC for each in wheel.infolist()}


def test_the_source_distribution_carries_the_tests_and_how_to_run_them(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", ".ci/run", "pyproject.toml", "LICENSE"} <= names
    assert {"action.yml", "ci/gitlab.yml", ".pre-commit-hooks.yaml"} <= names
    assert f"tests/{Path(__file__).name}" in names


def test_the_wheel_carries_what_the_tool_needs_and_no_more(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        (entries,) = (name for name in names if name.endswith("/entry_points.txt"))
        assert "[pytest11]\nterrain = terrain.pytest_plugin" in archive.read(entries).decode()
    assert {"terrain/templates/page.html.j2", "terrain/sample_benchmarks/loans.csv"} <= set(names)
    assert {"terrain/sample_benchmarks/loans.md", "terrain/py.typed"} <= set(names)
    assert "terrain/sample_benchmarks/make.py" not in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {
        "terrain",
        "error_terrain",
    }


@pytest.mark.skipif(
    "TERRAIN_TEST_PYTHONS" not in os.environ, reason="installs from PyPI: `make test-pythons`"
)
@pytest.mark.parametrize("minor", [each for each in MINORS if each != sys.version_info.minor])
def test_the_wheel_works_on_a_further_python(minor: int, wheel: Path, tmp_path: Path) -> None:
    other = _python(minor)
    if other is None:
        pytest.skip(f"Python 3.{minor} is not on this machine")
    _run(other, "-m", "venv", "environment", cwd=tmp_path)
    tools = tmp_path / "environment" / "bin"
    _run(tools / "python", "-m", "pip", "install", "--quiet", "--no-compile", wheel, cwd=tmp_path)
    _run(tools / "terrain", "sample", "loans", cwd=tmp_path)
    _run(tools / "terrain", "analyze", "loans.csv", "-o", "page.html", cwd=tmp_path)
    assert (tmp_path / "page.html").read_text().rstrip().endswith("</html>")


def _python(minor: int) -> str | None:
    """Return a Python 3.`minor` of this machine that really runs, if there is one."""
    on_path = shutil.which(f"python3.{minor}")
    by_pyenv = Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")
    found = [each for each in (on_path, *map(str, sorted(by_pyenv))) if each]
    return next((each for each in found if _runs(each)), None)


def _runs(python: str) -> bool:
    """Return whether a Python is one that can make environments, not a stand-in for one."""
    command = [python, "-c", "import ensurepip"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
