"""The pytest plugin: the fixture `terrain_check`, which reports every rule of a policy by itself.

def test_model(terrain_check):
    terrain_check("preds.csv", policy="terrain.toml")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from terrain.announce.standing import Standing
    from terrain.gate.verdict import Judgement, Verdict

    Ranked = list[tuple[Standing, Judgement]]
    Subtest = Callable[[str], AbstractContextManager[None]]


class TerrainCheck(Protocol):
    """What the fixture `terrain_check` gives to a test."""

    def __call__(
        self,
        *inputs: str | Path,
        policy: str | Path | None = None,
        baseline: str | Path | None = None,
        baseline_preds: str | Path | None = None,
        mode: str | None = None,
        undecided: str | None = None,
        page: str | Path | None = None,
        **settings: Any,  # noqa: ANN401 - the settings of `terrain analyze`
    ) -> Verdict:
        """Judge a benchmark.

        Parameters
        ----------
        inputs
            Files, patterns or folders; paths are relative to pytest's root folder.
        policy, baseline, baseline_preds, mode, undecided
            As the options of `terrain check`.
        page
            Where the page is written; None writes none.
        settings
            Those of `terrain analyze`, with underscores: ``sensitive=["sex"]``.

        Returns
        -------
        The verdict, whatever it is; what breaks it was reported as failed subtests.
        """


@pytest.fixture
def terrain_check(request: pytest.FixtureRequest) -> TerrainCheck:
    """Judge a benchmark by a policy; every rule is a subtest.

    What a policy excuses, or only wants to be told of, is a skipped subtest. Before pytest 9 and
    without pytest-subtests, the test itself fails with the reasons of all rules.
    """
    root = request.config.rootpath
    subtest = _subtests(request)

    def check(*inputs: str | Path, **options: Any) -> Verdict:  # noqa: ANN401 - see `TerrainCheck`
        from terrain.announce.standing import worst_first  # noqa: PLC0415 - only who checks waits
        from terrain.errors import TerrainError  # noqa: PLC0415 - as above

        try:
            verdict = _verdict(root, inputs, **options)
        except TerrainError as error:
            pytest.fail(f"terrain: {error}", pytrace=False)
        ranked = worst_first(verdict)
        page = options.get("page")
        if subtest is None:
            _report(ranked, page)
            return verdict
        for rule in dict.fromkeys(each.rule for each in verdict.judgements):
            with subtest(rule):
                _report([pair for pair in ranked if pair[1].rule == rule], page)
        return verdict

    return check


def _subtests(request: pytest.FixtureRequest) -> Subtest | None:
    try:
        fixture = request.getfixturevalue("subtests")
    except pytest.FixtureLookupError:
        return None
    return fixture.test


def _verdict(
    root: Path,
    inputs: tuple[str | Path, ...],
    *,
    policy: str | Path | None = None,
    baseline: str | Path | None = None,
    baseline_preds: str | Path | None = None,
    mode: str | None = None,
    undecided: str | None = None,
    page: str | Path | None = None,
    **settings: Any,  # noqa: ANN401 - see `TerrainCheck`
) -> Verdict:
    from terrain.checking import (  # noqa: PLC0415 - only who checks waits
        Outputs,
        check_to_files,
        old_model,
        refuse_two_baselines,
    )
    from terrain.config import plan_from  # noqa: PLC0415 - as above
    from terrain.gate.reading import read_policy  # noqa: PLC0415 - as above
    from terrain.publish import read_document  # noqa: PLC0415 - as above

    own = None if policy is None else root / policy
    demanded = read_policy(root, own, mode=mode, undecided=undecided)
    files = tuple(str(root / path) for path in inputs)
    plan = plan_from({"inputs": files, **_listed(settings)}, root, own)
    refuse_two_baselines(baseline, baseline_preds)
    before = None if baseline is None else read_document(root / baseline)
    old = None if baseline_preds is None else old_model(plan, str(root / baseline_preds))
    outputs = Outputs(page=None if page is None else root / page)
    return check_to_files(plan, demanded, old or before, outputs, lambda _: None)[0]


def _listed(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings as a plan takes them: one name for several is a list of one.

    Raises
    ------
    UsageError
        There is no such setting.
    """
    from terrain.config import Plan  # noqa: PLC0415 - only who checks waits
    from terrain.errors import UsageError, nearest  # noqa: PLC0415 - as above

    default = Plan()
    for name in settings:
        if name not in Plan.__struct_fields__ or name == "inputs":
            raise UsageError(
                f"`{name}` is no setting{nearest(name, Plan.__struct_fields__) or '.'} "
                "terrain_check takes those of `terrain analyze`, with underscores"
            )
    return {
        name: (value,)
        if isinstance(value, str) and isinstance(getattr(default, name), tuple)
        else value
        for name, value in settings.items()
    }


def _report(ranked: Ranked, page: str | Path | None) -> None:
    """Fail with every reason that breaks the build, or skip with those that do not."""
    from terrain.announce.standing import BREAKING  # noqa: PLC0415 - only who checks waits

    breaking = [pair for pair in ranked if pair[0] in BREAKING]
    if breaking:
        pytest.fail(_said(breaking, page), pytrace=False)
    others = [pair for pair in ranked if pair[0] != "passed"]
    if others:
        pytest.skip(_said(others, page))


def _said(ranked: Ranked, page: str | Path | None) -> str:
    lines = [f"{stands}: {each.where}: {each.demand}: {each.reason}" for stands, each in ranked]
    return "\n".join([*lines, *([f"the page: {page}"] if page else [])])
