"""`terrain check`: whether a benchmark keeps a policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terrain.cli.analyze import analyze
from terrain.cli.announced import announcing, conclude, wanted_from
from terrain.cli.options import Sections
from terrain.cli.progress import stages

if TYPE_CHECKING:
    from terrain.cli.options import Decorator
    from terrain.config import Plan

EPILOG = """The policy stands in terrain.toml under [check], or in pyproject.toml under
[tool.terrain.check]; `terrain init` proposes one, `terrain explain-policy` says it in words. Exit
codes: 0 passed, 1 failed, 2 wrong usage or unusable data, 3 undecided."""

OF_ITS_OWN = {"inputs", "output", "json_output", "quiet", "save_cohorts"}
"""Options of `terrain analyze` that are not shared: each command says what it writes."""


def file_option(*names: str, help: str) -> Decorator:  # noqa: A002 - click's own word
    """Return an option that takes a file."""
    return click.option(*names, type=click.Path(path_type=Path), metavar="FILE", help=help)


@click.command(cls=Sections, epilog=EPILOG)
@click.argument("inputs", nargs=-1, required=True, metavar="FILES...")
@file_option("--policy", help="The file of the policy, read in place of terrain.toml.")
@file_option("--baseline", help="What changes are measured from: a document of an earlier run.")
@file_option(
    "--baseline-preds",
    help="The same, on the same instances: an old model's predictions. Sees smaller changes.",
)
@click.option(
    "--mode",
    type=click.Choice(["no-evidence-of-harm", "prove", "point"]),
    help="How limits are judged, whatever the policy says.",
)
@click.option(
    "--undecided",
    type=click.Choice(["fail", "pass", "warn"]),
    help="What an undecided verdict does, whatever the policy says. Default: exit code 3.",
)
@file_option(
    "-o", "--output", help="The page. Default: beside the input, with the ending .terrain.html."
)
@click.option("--no-page", is_flag=True, help="Write no page.")
@file_option("--json", "verdict_file", help="Also write the verdict as JSON.")
@file_option(
    "--document", help="Also write everything found as JSON: the --baseline of a later run."
)
@announcing
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict in a line, no more.")
def check(  # noqa: PLR0913 - an argument for each option
    *,
    inputs: tuple[str, ...],
    policy: Path | None,
    baseline: Path | None,
    baseline_preds: Path | None,
    mode: str | None,
    undecided: str | None,
    output: Path | None,
    no_page: bool,
    verdict_file: Path | None,
    document: Path | None,
    quiet: bool,
    **settings: Any,  # noqa: ANN401 - the settings of a `Plan`
) -> int:
    """Judge a benchmark by a policy, on evidence; the exit code says how it ended.

    FILES are those of `terrain analyze`. A single JSON document that it wrote is judged as it
    is, without a page.

    \b
    terrain check preds.csv
    terrain check preds.csv --policy gate.toml --baseline previous.json --document now.json
    terrain check preds.csv --baseline-preds old.csv
    terrain check terrain.json --mode prove
    """  # noqa: D301 - click's mark for lines that it must not wrap
    from terrain import checking  # noqa: PLC0415 - `--help` must not wait for pandas
    from terrain.errors import UsageError  # noqa: PLC0415 - as above
    from terrain.gate.reading import policy_table, read_policy  # noqa: PLC0415 - as above
    from terrain.publish import beside, read_document, refuse_overwriting  # noqa: PLC0415 - as above

    if no_page and output is not None:
        raise UsageError("--no-page writes no page, and --output names one: leave one of them out")
    checking.refuse_two_baselines(baseline, baseline_preds)
    demanded = read_policy(Path.cwd(), policy, mode=mode, undecided=undecided)
    before = None if baseline is None else read_document(baseline)
    wanted = wanted_from(settings)
    page = None if no_page or checking.is_document(inputs) else output or beside(inputs)
    refuse_overwriting(
        [Path(each) for each in (*inputs, baseline, baseline_preds) if each is not None],
        [each for each in (page, verdict_file, document, *wanted.files()) if each is not None],
    )
    if checking.is_document(inputs):
        unused = {"baseline_preds": baseline_preds, "output": output, "document": document}
        _refuse_unused({**unused, **settings})
        verdict, found, written = checking.check_document(
            Path(inputs[0]), demanded, before, verdict_file
        )
    else:
        outputs = checking.Outputs(page, verdict_file, document)
        plan = _plan(inputs, policy, **settings)
        old = None if baseline_preds is None else checking.old_model(plan, str(baseline_preds))
        with stages(quiet=quiet) as say:
            verdict, found, written = checking.check_to_files(
                plan, demanded, old or before, outputs, say
            )
    conclude(
        verdict,
        found,
        wanted,
        written,
        policy=policy_table(Path.cwd(), policy).path,
        page=page,
        baseline=before,
        quiet=quiet,
    )
    return verdict.exit_code


check.params += [each for each in analyze.params if each.name not in OF_ITS_OWN]


def _plan(inputs: tuple[str, ...], own: Path | None, **settings: Any) -> Plan:  # noqa: ANN401 - as above
    from terrain.config import cohorts_named, plan_from  # noqa: PLC0415 - as above

    cohorts = cohorts_named(settings.pop("cohort"), settings.pop("name"))
    return plan_from({"inputs": inputs, "cohorts": cohorts, **settings}, Path.cwd(), own)


def _refuse_unused(options: dict[str, Any]) -> None:
    """Refuse options that only a table could heed."""
    from terrain.config import option  # noqa: PLC0415 - as above
    from terrain.errors import UsageError  # noqa: PLC0415 - as above

    for name, value in options.items():
        if value not in (None, ()):
            raise UsageError(
                f"{option(name)} has no meaning for a document, which is judged as it is: "
                "leave it out, or give the table"
            )
