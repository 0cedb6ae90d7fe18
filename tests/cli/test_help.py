"""The help is instant and complete, and the documents keep step with it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import click
import jsonschema
import pytest
from commands import terrain

from terrain.cli.commands import COMMANDS, commands
from terrain.config import Plan, option
from terrain.gate.policy import Policy, Rule, TableRules
from terrain.gate.reading import read_policy

ROOT = Path(__file__).parents[2]
SLOW = {"pandas", "sklearn", "altair", "scipy", "pyarrow", "numpy", "rich", "jinja2"}
FOR_ONE_RUN = {"output", "json_output", "quiet", "help"}
"""Options of `analyze` that are no settings: they say where this run writes, and how much."""

COHORTS = {"cohort", "name", "save_cohorts"}
"""Options of `analyze` that make one setting together, which has a table of its own in a file."""

NO_OPTIONS = {"inputs", "cohorts"}
"""Settings that are no option of the same name."""

CODE = r"[a-z]+(-[a-z]+)+|inverted|duplicates|infinite"
NO_CODES = {"scikit-learn", "rev-parse"}

IMPORTED = """
import sys
sys.argv = ["terrain", *sys.argv[1:]]
from terrain.cli import main
try:
    main()
finally:
    print(*{name.split(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def command(name: str) -> click.Command:
    found = commands.get_command(click.Context(commands), name)
    assert found is not None
    return found


def settings_in_help() -> dict[str, click.Option]:
    """Return the options of `analyze` that are settings, by the name of the setting."""
    options = [each for each in command("analyze").params if isinstance(each, click.Option)]
    return {each.name: each for each in options if each.name not in FOR_ONE_RUN | COHORTS}


def settings_in_document() -> dict[str, tuple[str, str]]:
    """Return option and default of each setting, as the table of settings has them."""
    text = (ROOT / "docs/configuration.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| `(--[\w-]+)` \| (.+?) \| .+ \|$", text, re.MULTILINE)
    return {setting: (name, default.strip("`")) for setting, name, default in rows}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["analyze", "--help"], ["check", "--help"]]
)
def test_help_waits_for_no_library(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments], capture_output=True, text=True, check=True
    )
    assert not SLOW & set(done.stderr.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_helped_with_an_example(name: str) -> None:
    done = terrain(name, "--help")
    assert done.code == 0
    assert f"  terrain {name}" in done.out.split("\n", 2)[2]
    assert name in terrain("--help").out
    for parameter in command(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert max(parameter.opts, key=len) in done.out


def test_the_help_of_analyze_has_sections() -> None:
    said = terrain("analyze", "--help").out
    places = [said.index(f"\n{title}:") for title in ("Output", "Groups", "Evidence")]
    assert places == sorted(places)
    assert places[1] < said.index("--intersect") < places[2]


def test_every_option_is_a_setting_and_every_setting_an_option() -> None:
    settings = settings_in_help()
    assert set(settings) == set(Plan.__struct_fields__) - NO_OPTIONS
    for name, found in settings.items():
        assert found.opts == [option(name)]


def test_every_setting_is_documented_with_its_default() -> None:
    documented, plan = settings_in_document(), Plan()
    assert list(documented) == [name for name in Plan.__struct_fields__ if name not in NO_OPTIONS]
    for name, (written, default) in documented.items():
        assert written == option(name)
        value = getattr(plan, name)
        if value in (None, ()):
            assert not re.match(r"[\d.]+$", default)
        else:
            plain = f"{value}".lower() if isinstance(value, bool) else f"{value}".removesuffix(".0")
            expected = value[0] if isinstance(value, tuple) else plain
            assert default == expected
            assert f"[default: {expected}]" in " ".join(str(settings_in_help()[name].help).split())


def test_every_option_for_one_run_is_documented() -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    for parameter in command("analyze").params:
        if parameter.name in FOR_ONE_RUN | COHORTS:
            assert all(f"`{name}`" in text for name in parameter.opts)


@pytest.mark.parametrize("name", ["check", "init", "explain-policy"])
def test_every_option_of_the_gate_is_documented(name: str) -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    for parameter in command(name).params:
        if isinstance(parameter, click.Option):
            assert all(f"`{option}`" in text for option in parameter.opts), parameter.opts


def test_check_takes_every_setting_of_analyze() -> None:
    taken = {parameter.name for parameter in command("check").params}
    assert {*settings_in_help(), *COHORTS} - taken == {"save_cohorts"}


def test_the_policy_of_the_documents_is_one(tmp_path: Path) -> None:
    text = (ROOT / "docs/gate.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "terrain.toml").write_text(example)
    assert len(read_policy(tmp_path).rules) == example.count("[[check.rules]]")
    for kind in (Policy, Rule, TableRules):
        for field in kind.__struct_fields__:
            assert f"`{field}`" in text, field


def codes_of_warnings() -> set[str]:
    """Return every code of a warning in the sources: what reads like one where data is read."""
    paths = [*(ROOT / "terrain/data").rglob("*.py"), *(ROOT / "terrain/collect").rglob("*.py")]
    constants = [
        node.value
        for path in paths
        if "Warned" in path.read_text() or "Hindrance" in path.read_text()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return {each for each in constants if re.fullmatch(CODE, each)} - NO_CODES


def test_every_code_of_a_warning_is_documented() -> None:
    codes = codes_of_warnings()
    assert {"inverted", "leaks-label", "missing-labels", "mixed-types", "id-like"} <= codes
    text = (ROOT / "docs/errors.md").read_text()
    assert [c for c in codes if f"`{c}`" not in text and f"`{c}-feature`" not in text] == []


def test_the_schema_is_a_schema() -> None:
    schema = json.loads(terrain("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "schema_version" in schema["$defs"]["Terrain"]["properties"]
