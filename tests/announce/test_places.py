"""CI systems are told paths from the repository, links that lead somewhere, and the right lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verdicts import judgement

from terrain.announce.places import in_repository, line_in, link_to

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

POLICY = """\
[check]
alpha = 0.05

[[check.rules]]
at_most = 0.3
  [[ check.rules ]]  # another one
gap = "sex"
# [[check.rules]]
[check.table]
unique = ["id"]
[[check.rules]]
"""


def test_each_rule_has_its_line() -> None:
    assert [line_in(POLICY, judgement(number=n)) for n in (0, 1, 2)] == [4, 6, 11]
    assert line_in(POLICY, judgement()) == 9
    assert line_in(POLICY, judgement(number=3)) == 1
    assert line_in(POLICY.replace("check", "tool.terrain.check"), judgement(number=1)) == 6


def test_a_path_is_given_from_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path / "models")
    policy = tmp_path / "models" / "terrain.toml"
    here = policy.relative_to(tmp_path / "models")
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        assert in_repository(here, {variable: str(tmp_path)}) == "models/terrain.toml"
    assert in_repository(here, {}) == "terrain.toml"
    assert in_repository(policy, {"GITHUB_WORKSPACE": "/elsewhere"}) == policy.as_posix()


def test_a_page_outside_the_project_is_no_artifact(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert link_to(page, {"CI_JOB_URL": "https://gitlab.example/jobs/7"}).address == str(page)
