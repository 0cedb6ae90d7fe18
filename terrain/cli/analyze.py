"""`terrain analyze`: from a predictions file to a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from terrain.cli.options import Sections, column, columns
from terrain.cli.progress import stages
from terrain.cli.streams import show

EPILOG = """Settings may also stand in terrain.toml under [analyze], cohorts under [cohorts]; or in
pyproject.toml under [tool.terrain.analyze] and [tool.terrain.cohorts]. Options win. Exit codes:
0 written, 2 wrong usage or unusable data."""


@click.command(cls=Sections, epilog=EPILOG)
@click.argument("inputs", nargs=-1, required=True, metavar="FILES...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The page. Default: beside the input, with the ending .terrain.html.",
)
@click.option(
    "--json",
    "json_output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write everything found as JSON.",
)
@click.option(
    "--benchmark", metavar="NAME", help="What the benchmark is called. Default: as its source."
)
@click.option(
    "--model", metavar="NAME", help="What the model is called, on the page and in an overview."
)
@click.option(
    "--metadata", multiple=True, metavar="FILE", help="A file of further columns, joined by --on."
)
@column("--on", help="The column that joins --metadata.")
@column("--label", help="What is true.")
@column("--prediction", help="What the model says.")
@columns("--score", help="Probability of the positive class, or one column for each class.")
@columns(
    "--error",
    help="Your own error or indicator of each instance, 0/1 or any number; the first is searched.",
)
@columns("--features", help="What conditions are made of. Default: every column that can be.")
@columns("--sensitive", help="Features whose groups are compared.")
@column("--id", help="What identifies an instance.")
@column(
    "--group",
    help="The user, patient or document that rows belong to: rows of one group "
    "are not independent.",
)
@column("--weight", help="The weight of each instance.")
@column("--count", help="How many instances each row stands for.")
@columns("--raw", help="Raw content to look at: an image's path, a text, a URL.")
@columns("--exclude", help="Columns to leave out of the conditions.")
@columns("--categorical", help="Numeric columns whose numbers are names.")
@click.option(
    "--task",
    type=click.Choice(["classification", "regression"]),
    help="What is predicted. Default: by the label.",
)
@click.option("--positive", metavar="CLASS", help="The positive class of a binary task.")
@click.option(
    "--threshold",
    type=float,
    help="Score from which a prediction is positive, where "
    "there is no prediction column.  [default: 0.5]",
)
@click.option(
    "--target",
    metavar="METRIC",
    help="The metric whose high values are searched: error_rate, fpr, fnr, log_loss, mae, …",
)
@click.option(
    "--find",
    type=click.Choice(["failing", "best"]),
    help="What is looked for: regions where the target is high, or where it is low.  "
    "[default: failing]",
)
@click.option(
    "--tree",
    type=click.Choice(["histogram", "sklearn"]),
    help="How the tree grows.  [default: histogram]",
)
@click.option("--max-depth", type=int, help="Most conditions on a path.  [default: 4]")
@click.option("--max-leaves", type=int, help="Most leaves.  [default: no limit]")
@click.option(
    "--slices",
    type=int,
    help="Most conditions of a slice; 0 grows the tree only.  [default: 3]",
)
@click.option(
    "--slice-score",
    type=click.Choice(["evidence", "divergence", "sliceline"]),
    help="What the search for slices maximises; evidence judges them all.  [default: evidence]",
)
@click.option(
    "--slice-alpha",
    type=float,
    help="SliceLine's weight of a slice's rate against its size.  [default: 0.95]",
)
@click.option(
    "--min-support",
    type=int,
    help="Fewest instances of a region on which the target is defined.  [default: 20]",
)
@click.option("--bins", type=int, help="Wanted ranges of an ordered feature.  [default: 16]")
@click.option(
    "--rival/--no-rival",
    default=None,
    help="Whether the model is compared with a small one, fitted to the label.  [default: true]",
)
@click.option(
    "--intersect", type=int, help="Most sensitive features in an intersection.  [default: 2]"
)
@columns(
    "--reference",
    metavar="GROUP",
    help="The group others are compared with: largest, best, or feature=value.  [default: largest]",
)
@click.option(
    "--cohort",
    multiple=True,
    metavar="CONDITIONS",
    help="A region of your own to measure: 'age < 30 and region in {north, east}'. Repeatable.",
)
@click.option(
    "--name", multiple=True, metavar="NAME", help="What the first, second, … --cohort is called."
)
@click.option(
    "--save-cohorts", is_flag=True, help="Keep every --cohort in terrain.toml, for later runs."
)
@click.option(
    "--inference",
    type=click.Choice(["halves", "permutation"]),
    help="What confirms a region: a test on instances that its search did not see, or permutations "
    "of the whole search, which detect more in a small table and take minutes.  [default: halves]",
)
@click.option(
    "--permutations",
    type=int,
    help="How often --inference permutation repeats the search.  [default: 199]",
)
@click.option("--alpha", type=float, help="Chance of any false finding.  [default: 0.05]")
@click.option(
    "--margin",
    type=float,
    help="A failing region's rate exceeds this many times the rest's.  [default: 1.1]",
)
@click.option("--candidates", type=int, help="Most regions put to the test.  [default: 20]")
@click.option("--seed", type=int, help="Of the split and of every random draw.  [default: 0]")
@click.option(
    "--engine",
    metavar="NAME",
    help="Where work is done: memory (this process), dask or spark.  [default: memory]",
)
@click.option(
    "--memory",
    metavar="SIZE",
    help="What the table may take here, such as 2GiB; past it, files are read in pieces.  "
    "[default: most of what is free]",
)
@click.option("--scheduler", metavar="ADDRESS", help="Of a running Dask scheduler.")
@click.option("--master", metavar="URL", help="Of a running Spark master.")
@click.option(
    "--sample-rows",
    type=int,
    help="In a larger table, what to look for (roles, exact bounds, a rival) is told "
    "by a random sample of this size; what is shown is measured on all.  [default: 1000000]",
)
@click.option(
    "--max-report-mb",
    type=float,
    help="What the page may take; of more rows the worst and a sample are in it.  [default: 12]",
)
@click.option(
    "--full-rows/--no-full-rows",
    default=None,
    help="Whether all rows are written into a folder beside the page, which loads them when they "
    "are looked at.  [default: false]",
)
@click.option(
    "--embed-media",
    type=float,
    metavar="MB",
    help="What small copies of images may take in the page; the others are linked.  [default: 0]",
)
@click.option(
    "--instances/--no-instances",
    default=None,
    help="Whether the page carries rows; everything else in it stays.  [default: true]",
)
@columns(
    "--hide-columns",
    help="Columns that are left out of everything that is read and written, their names too.",
)
@click.option(
    "--redact/--no-redact",
    default=None,
    help="Whether rows show only features and outcome: every other value becomes ▇.  "
    "[default: false]",
)
@click.option("-q", "--quiet", is_flag=True, help="Print what was written where, no more.")
def analyze(
    *,
    inputs: tuple[str, ...],
    output: Path | None,
    json_output: Path | None,
    quiet: bool,
    cohort: tuple[str, ...],
    name: tuple[str, ...],
    save_cohorts: bool,
    **settings: Any,  # noqa: ANN401 - the settings of a `Plan`
) -> None:
    """Find where a model fails, and write a page that leads to the instances.

    FILES are CSV, TSV, JSON Lines, Parquet or Arrow, compressed or not; patterns, folders and -
    (standard input) too; with --engine spark also table:NAME. Columns are recognised by their
    usual names; options decide.

    \b
    terrain analyze preds.csv --features age,region
    terrain analyze preds.parquet --label y --prediction yhat --score p --sensitive sex,race
    terrain analyze latencies.jsonl --error latency_ms
    terrain analyze preds.csv --cohort "age < 30 and region = north" --name young-north
    """  # noqa: D301 - click's mark for lines that it must not wrap
    from terrain.ahead import reading_ahead  # noqa: PLC0415 - `--help` must not wait
    from terrain.config import cohorts_named, plan_from  # noqa: PLC0415 - as above
    from terrain.errors import UsageError  # noqa: PLC0415 - as above
    from terrain.report.drawing import drawing_ahead  # noqa: PLC0415 - as above
    from terrain.settings import save_cohorts as save  # noqa: PLC0415 - as above

    cohorts = cohorts_named(cohort, name)
    if save_cohorts and not cohorts:
        raise UsageError("--save-cohorts keeps every --cohort, and there is none: name one")
    plan = plan_from({"inputs": inputs, "cohorts": cohorts, **settings}, Path.cwd())
    with (
        reading_ahead(plan) as begun,
        drawing_ahead(wanted=bool(plan.sensitive), after=[begun]),
        stages(quiet=quiet) as say,
    ):
        from terrain import app  # noqa: PLC0415 - files are read meanwhile
        from terrain.report import text  # noqa: PLC0415 - as above

        terrain, written = app.analyze_to_files(plan, output, json_output, say, begun.result)
    if not quiet:
        show(text.summary(terrain))
    if save_cohorts:
        written.append(save(Path.cwd(), cohorts))
    for line in written:
        click.echo(line)
