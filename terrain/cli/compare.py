"""`terrain compare`: where a new model got worse, and where better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terrain.cli.analyze import analyze
from terrain.cli.options import Sections, split_names
from terrain.cli.progress import stages
from terrain.cli.streams import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.compare import Entrant

OWN = {"inputs", "output", "json_output", "prediction", "score", "quiet"}
"""Parameters of `analyze` that mean something else here."""

SEARCH = {"benchmark", "model", "find", "tree", "slice_score", "slice_alpha", "rival",
          "reference", "save_cohorts", "inference", "permutations", "margin"}  # fmt: skip
"""Options of `analyze` that make no difference to a comparison."""

EPILOG = """All other options are those of `terrain analyze`, and mean the same for every model;
settings may also stand in terrain.toml. Exit codes: 0 written, 2 wrong usage or unusable data."""


def _groups(
    ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """Return the columns of each occurrence of an option."""
    return tuple(split_names(ctx, parameter, (value,)) for value in values)


@click.command(cls=Sections, epilog=EPILOG)
@click.argument("inputs", nargs=-1, required=True, metavar="OLD [NEW ...]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The page. Default: NEW.vs.OLD.terrain.html, beside the new file.",
)
@click.option(
    "--json",
    "json_output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write everything found as JSON.",
)
@click.option("--unpaired", is_flag=True, help="Do not pair instances, though they could be.")
@click.option(
    "--prediction",
    multiple=True,
    metavar="COLUMN",
    help="What the model says: of all files, or one for each model, old first. With a single file "
    "each one named is a model.",
)
@click.option(
    "--score",
    multiple=True,
    callback=_groups,
    metavar="COLUMNS",
    help="Probability of the positive class, or one column for each class, with commas; repeated "
    "like --prediction.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print what was written where, no more.")
def compare(  # noqa: PLR0913 - one parameter for each option
    *,
    inputs: tuple[str, ...],
    output: Path | None,
    json_output: Path | None,
    unpaired: bool,
    prediction: tuple[str, ...],
    score: tuple[tuple[str, ...], ...],
    quiet: bool,
    cohort: tuple[str, ...],
    name: tuple[str, ...],
    **settings: Any,  # noqa: ANN401 - the settings of a `Plan`
) -> None:
    """Find where a new model got worse or better than an old one, and write a page.

    Instances are paired by their id, or by position where the files differ in nothing but what the
    models say. Three files or more give a leaderboard; two results of `terrain analyze --json`
    are compared by their counts.

    \b
    terrain compare old.csv new.csv --sensitive sex,race
    terrain compare preds.csv --prediction old_pred --prediction new_pred
    terrain compare a.parquet b.parquet c.parquet --id image_id
    terrain compare old.json new.json
    """  # noqa: D301 - click's mark for lines that it must not wrap
    from terrain.compare import compare_to_files  # noqa: PLC0415 - `--help` must not wait for it
    from terrain.config import cohorts_named  # noqa: PLC0415 - as above
    from terrain.report import comparison_text  # noqa: PLC0415 - as above

    common = {"cohorts": cohorts_named(cohort, name), **settings}
    models = entrants(inputs, prediction, score, common)
    with stages(quiet=quiet) as say:
        found, written = compare_to_files(models, output, json_output, say, unpaired=unpaired)
    if not quiet:
        show(comparison_text.summary(found))
    for line in written:
        click.echo(line)


compare.params += [each for each in analyze.params if each.name not in OWN | SEARCH]


def entrants(
    inputs: tuple[str, ...],
    predictions: tuple[str, ...],
    scores: tuple[tuple[str, ...], ...],
    common: dict[str, Any],
) -> list[Entrant]:
    """Return the models that files and columns name, the old one first.

    Raises
    ------
    UsageError
        As many columns are named as fit neither one model nor all.
    """
    from msgspec import structs  # noqa: PLC0415 - `--help` must not wait for it

    from terrain.compare import Entrant  # noqa: PLC0415 - as above
    from terrain.config import plan_from  # noqa: PLC0415 - as above

    one_file = len(inputs) == 1
    count = max(len(predictions), len(scores)) if one_file else len(inputs)
    for option, given in (("--prediction", len(predictions)), ("--score", len(scores))):
        _refuse_misfit(option, given, count, inputs[0] if one_file else None)
    files = inputs * count if one_file else inputs
    names = _column_names(predictions, scores) if one_file else _file_names(files)
    made = {*predictions, *(column for columns in scores for column in columns)}
    found = []
    for place, (file, name) in enumerate(zip(files, names, strict=True)):
        prediction = predictions[place % len(predictions)] if predictions else None
        score = scores[place % len(scores)] if scores else ()
        others = made - {prediction, *score} if one_file else set()
        own = {"inputs": (file,), "prediction": prediction, "score": score}
        plan = plan_from({**common, **own}, Path.cwd())
        plan = structs.replace(plan, exclude=(*plan.exclude, *sorted(others)))
        found.append(Entrant(name=name, plan=plan))
    return found


def _refuse_misfit(option: str, given: int, count: int, file: str | None) -> None:
    from terrain.errors import UsageError  # noqa: PLC0415 - `--help` needs none of it

    if file is not None and count < 2:  # noqa: PLR2004 - it takes two
        raise UsageError(
            "there is one file: name a second one, or two columns of it with --prediction OLD "
            "--prediction NEW (or --score)"
        )
    if file == "-":
        raise UsageError("standard input can be read once: name a file for two columns of it")
    fits = {0, 1, count} if file is None else {0, count}
    if given not in fits:
        each = "one for all files, or one for each" if file is None else "one for each model"
        raise UsageError(f"{given} {option} for {count} models: name {each}")


def _column_names(
    predictions: tuple[str, ...], scores: tuple[tuple[str, ...], ...]
) -> Sequence[str]:
    return predictions or [", ".join(columns) for columns in scores]


def _file_names(files: tuple[str, ...]) -> Sequence[str]:
    """Return files' names without folder and ending, or all of their path where these are equal."""
    stems = ["stdin" if file == "-" else Path(file).name.split(".")[0] or file for file in files]
    return stems if len(set(stems)) == len(stems) else files
