"""`Plan`: everything that can be set; options > terrain.toml > pyproject.toml > defaults."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from terrain.engines.free import memory_limit
from terrain.errors import UsageError
from terrain.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terrain.settings import Settings

Names = tuple[str, ...]

COLUMN = ("on", "label", "prediction", "id", "group", "weight", "count")
COLUMNS = ("score", "error", "features", "sensitive", "raw", "exclude", "categorical")
"""Settings that name a column, and those that name several."""


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to analyze and how.

    Attributes
    ----------
    inputs
        Files, patterns, folders, or ``-``.
    benchmark, model
        What they are called; None: the benchmark by its source, the model not at all.
    metadata, on
        Files of further features, and the column that joins them; both or neither.
    label, prediction, score, error, features, sensitive, id, group, weight, count, raw, exclude
        Columns by role; None or empty: recognised by rule (group and count never are).
    categorical
        Numeric columns whose numbers are names: sets of them make conditions, not ranges.
    task, positive, threshold
        How outcomes are read; None: by rule. A score of at least `threshold` is a positive
        prediction where no prediction column is there.
    target
        The metric whose high rates are searched for; None: the first of `error`, else the error
        rate, else the mean absolute error.
    find
        ``failing`` looks for high values of the target, ``best`` for low ones.
    tree, max_depth, max_leaves, min_support, bins
        How the tree grows: ``histogram`` or ``sklearn``; most conditions on a path; most leaves;
        fewest instances of a region on which the target is defined; wanted ranges of an ordered
        feature.
    slices, slice_score, slice_alpha
        Most conditions of a slice, 0 for no slice search; what the slice search maximises:
        ``evidence`` (likelihood ratio), ``divergence`` (standardized) or ``sliceline`` with its
        alpha. Candidates are chosen and ranked by evidence, whatever proposed them.
    rival
        Whether the model is compared with a small one that is fitted to the label.
    intersect, reference
        Most sensitive features in an intersection; ``largest``, ``best`` or ``feature=value``.
    inference, permutations
        What confirms a region: a test on the ``halves`` that its search did not see, or
        ``permutation``, how the whole search does on that many tables without a finding.
    alpha, margin, candidates, seed
        Family-wise error rate; a failing region's rate exceeds this many times the rest's; most
        regions tested; of the split and of every random draw.
    engine, memory, scheduler, master
        Where work is done: ``memory`` or an engine by name; the memory that it may take, such as
        ``2GiB`` (None: most of what is free); the address of a Dask scheduler, of a Spark master.
    sample_rows
        Instances that are looked at for roles, exact bounds and the rival: a random
        sample of a larger benchmark. Whatever is shown of a region is measured on all.
    max_report_mb, full_rows, embed_media
        What the page may take, in megabytes; whether all rows lie beside it, whatever they take;
        what copies of images may take in it besides.
    instances, hide_columns, redact
        Whether the page carries rows at all; columns that are left out wherever something is
        written, as if the table did not have them; whether the rows show only what conditions are
        made of and what the outcome is.
    cohorts
        The user's own regions: expressions by name.
    """

    inputs: Names = ()
    benchmark: str | None = None
    model: str | None = None
    metadata: Names = ()
    on: str | None = None
    label: str | None = None
    prediction: str | None = None
    score: Names = ()
    error: Names = ()
    features: Names = ()
    sensitive: Names = ()
    id: str | None = None
    group: str | None = None
    weight: str | None = None
    count: str | None = None
    raw: Names = ()
    exclude: Names = ()
    categorical: Names = ()
    task: Literal["classification", "regression"] | None = None
    positive: str | None = None
    threshold: float = 0.5
    target: str | None = None
    find: Literal["failing", "best"] = "failing"
    tree: Literal["histogram", "sklearn"] = "histogram"
    max_depth: int = 4
    max_leaves: int | None = None
    slices: int = 3
    slice_score: Literal["evidence", "divergence", "sliceline"] = "evidence"
    slice_alpha: float = 0.95
    min_support: int = 20
    bins: int = 16
    rival: bool = True
    intersect: int = 2
    reference: Names = ("largest",)
    inference: Literal["halves", "permutation"] = "halves"
    permutations: int = 199
    alpha: float = 0.05
    margin: float = 1.1
    candidates: int = 20
    seed: int = 0
    engine: str = "memory"
    memory: str | None = None
    scheduler: str | None = None
    master: str | None = None
    sample_rows: int = 1_000_000
    max_report_mb: float = 12.0
    full_rows: bool = False
    embed_media: float = 0.0
    instances: bool = True
    hide_columns: Names = ()
    redact: bool = False
    cohorts: dict[str, str] = {}

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant.

        Raises
        ------
        UsageError
            A number outside its range; `metadata` without `on`, or `on` without `metadata`.
        """
        if self.metadata and not self.on:
            raise UsageError(
                "--metadata needs --on COLUMN: the column by which its rows are joined"
            )
        if self.on and not self.metadata:
            raise UsageError("--on joins a --metadata FILE, and there is none: name it, too")
        self._refuse_hidden()
        ranges = {
            "threshold": (self.threshold, 0, 1),
            "max_depth": (self.max_depth, 1, 12),
            "max_leaves": (self.max_leaves, 2, 4096),
            "slices": (self.slices, 0, 3),
            "slice_alpha": (self.slice_alpha, 0, 1),
            "min_support": (self.min_support, 2, 10**9),
            "bins": (self.bins, 2, 100),
            "intersect": (self.intersect, 1, 4),
            "permutations": (self.permutations, 19, 100_000),
            "alpha": (self.alpha, 1e-9, 0.5),
            "margin": (self.margin, 1, 10),
            "candidates": (self.candidates, 2, 1000),
            "seed": (self.seed, 0, 2**32),
            "max_report_mb": (self.max_report_mb, 0, 1000),
            "sample_rows": (self.sample_rows, 1_000, 10**9),
            "embed_media": (self.embed_media, 0, 1000),
        }
        for name, (value, low, high) in ranges.items():
            if value is not None and not low <= value <= high:
                raise UsageError(
                    f"{option(name)} must lie between {low:,} and {high:,}, not be {value:,}"
                )
        if self.memory is not None:
            bytes_of(self.memory)
        least = math.ceil(1 / self.alpha) - 1
        if self.inference == "permutation" and self.permutations < least:
            raise UsageError(
                f"--permutations {self.permutations:,} cannot show a chance below --alpha "
                f"{self.alpha:g}: take at least {least:,}"
            )

    @property
    def allowed_memory(self) -> int:
        """Bytes that the table and its codes may take: what is set, or most of what is free."""
        return memory_limit(None if self.memory is None else bytes_of(self.memory))

    def _refuse_hidden(self) -> None:
        """Refuse a column that is hidden and named for something."""
        for key in (*COLUMN, *COLUMNS):
            named = getattr(self, key)
            for name in (named,) if key in COLUMN else named:
                if name is not None and name in self.hide_columns:
                    raise UsageError(
                        f"`{name}` is named by both {option(key)} and --hide-columns: what is "
                        "hidden is left out of everything; take it out of one, or see --redact"
                    )


UNITS = {
    "": 1,
    **{
        f"{prefix}{unit}": base ** (power + 1)
        for unit, base in (("B", 1000), ("iB", 1024))
        for power, prefix in enumerate("KMGT")
    },
}
"""Bytes of each unit of memory."""

OPERATIONAL = frozenset({"memory", "scheduler", "master"})
"""Settings that say how work is done, and change nothing that is found."""


def bytes_of(size: str) -> int:
    """Return a size with its unit in bytes.

    Raises
    ------
    UsageError
        It is none.

    Examples
    --------
    >>> bytes_of("2GiB"), bytes_of("1.5 MB"), bytes_of("512")
    (2147483648, 1500000, 512)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)?\s*", size)
    if found is None:
        raise UsageError(f"--memory must be a size such as 2GiB or 800MB, not `{size}`")
    return int(float(found[1]) * UNITS[(found[2] or "").removeprefix("B")])


def refuse_what_needs_all(plan: Plan, instances: int) -> None:
    """Refuse settings that need every instance in one place, where a sample is looked at.

    Raises
    ------
    UsageError
        Names the setting, and what to do.
    """
    wanted = {
        "--inference permutation": plan.inference == "permutation",
        "--tree sklearn": plan.tree == "sklearn",
        "--full-rows": plan.full_rows,
    }
    for said in (said for said, is_wanted in wanted.items() if is_wanted):
        raise UsageError(
            f"{said} needs all {instances:,} instances in one place, and --sample-rows "
            f"{plan.sample_rows:,} of them are: leave it out, or raise --sample-rows to "
            f"{instances:,} where memory allows"
        )


def option(key: str) -> str:
    """Return a setting's name on the command line.

    Examples
    --------
    >>> option("max_depth")
    '--max-depth'
    """
    return "--" + key.replace("_", "-")


def plan_from(options: dict[str, Any], folder: Path, own: Path | None = None) -> Plan:
    """Return the plan from options, over the settings that a folder holds.

    Parameters
    ----------
    options
        Settings by name; None and () are not set. Cohorts join those of the folder.
    folder
        Where ``terrain.toml`` (tables ``[analyze]`` and ``[cohorts]``) or ``pyproject.toml``
        (the same under ``[tool.terrain]``) may lie.
    own
        The file that takes the place of ``terrain.toml``.

    Raises
    ------
    UsageError
        An unknown table or key, with the nearest known one and its line; a value of the wrong
        type or out of its range; the address of a cluster for work in this process.
    """
    given = {key: value for key, value in options.items() if value not in (None, ())}
    files = settings_of(folder, own)
    cohorts = files.cohorts | given.get("cohorts", {})
    try:
        plan = msgspec.convert({**files.analyze, **given, "cohorts": cohorts}, Plan, strict=True)
    except msgspec.ValidationError as error:
        raise UsageError(mistyped(error, files.origin)) from error
    for key in ({"scheduler", "master"} & set(given)) if plan.engine == "memory" else ():
        # in a file it may wait for another run; as an option it was meant for this one
        engine = "dask" if key == "scheduler" else "spark"
        raise UsageError(f"--{key} needs --engine {engine}: add it, or leave --{key} out")
    return plan


def settings_of(folder: Path, own: Path | None = None) -> Settings:
    """Return what the files of a folder say; see `plan_from`."""
    known = [field for field in Plan.__struct_fields__ if field not in {"inputs", "cohorts"}]
    return read_settings(folder, known, own)


def cohorts_named(expressions: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Return expressions by name; what has no name is called by its own words.

    Raises
    ------
    UsageError
        More names than expressions, two equal names, or a name that cannot be written down.

    Examples
    --------
    >>> cohorts_named(["age < 30", "age > 60"], ["young"])
    {'young': 'age < 30', 'age > 60': 'age > 60'}
    """
    if len(names) > len(expressions):
        raise UsageError(
            f"{len(names)} --name for {len(expressions)} --cohort: the first --name names the "
            "first --cohort, and so on"
        )
    for name in names:
        if not name.strip() or not name.isprintable():
            raise UsageError(f"{name!r} is no name of a cohort: take letters that can be read")
    found: dict[str, str] = {}
    for name, text in zip((*names, *expressions[len(names) :]), expressions, strict=True):
        if name in found:
            raise UsageError(f"two cohorts are called `{name}`: give each a --name of its own")
        found[name] = text
    return found


def mistyped(
    error: msgspec.ValidationError, origin: dict[str, str], elsewhere: str = "the command line"
) -> str:
    """Return which setting has a value of the wrong type, and where it was given.

    `origin` is the file of each setting that comes from one, `elsewhere` what the others are from.
    """
    reason, _, path = str(error).partition(" - at `$.")
    key = re.split(r"[\[`]", path)[0]
    return f"{origin.get(key, elsewhere)}: `{key}` cannot be used: {reason[0].lower()}{reason[1:]}"
