"""`Comparison`: what changed from one model to another, as one frozen, versioned document."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from terrain.data.notes import Source, Warned
from terrain.data.regions import Region
from terrain.document import BenchmarkNote, Provenance
from terrain.statistics.changes import Change
from terrain.statistics.findings import Difference, Estimate, MetricNote

SCHEMA_VERSION = 1
"""Raised when a reader of older documents would misunderstand a newer one."""

Turn = Literal["worse", "better"]


class ModelNote(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is compared.

    Attributes
    ----------
    name
        What it is called: its file's name without the ending, or its column's.
    sources
        The files that its predictions come from.
    overall
        Every metric on the compared instances.
    """

    name: str
    sources: tuple[Source, ...]
    overall: dict[str, Estimate]


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """How instances of one model were found again for another.

    Attributes
    ----------
    how
        ``columns``: predictions in one table; by ``id``; by ``position``, all else being the
        same; ``unpaired``: each model was measured on instances of its own; ``documents``: so
        they were, and only their counts are known.
    said
        The same in a sentence.
    paired
        Instances that all models have; 0 where they are not paired.
    alone
        For each model, how many of its instances are not among these.
    differing, undefined
        Of the paired ones, left out: the label is not the same; label or prediction is missing.
    """

    how: Literal["columns", "id", "position", "unpaired", "documents"]
    said: str
    paired: int
    alone: tuple[int, ...]
    differing: int = 0
    undefined: int = 0


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Some instances, and how two models differ on them.

    Attributes
    ----------
    id
        Stable within a document: ``all``, ``r1``, ``g1``, ``c1``.
    words
        ``age < 30``, ``race = White``, or the name of a cohort.
    region
        Its conditions.
    support, coverage
        How many of the compared instances there are, and their share of all.
    metrics
        Every metric of both models, on `measured_on`.
    flips
        Churn, newly wrong, newly right and backward compatibility (for a loss: churn and the
        shares of instances whose loss rose and fell); empty where instances are not paired.
    status
        ``worse`` or ``better`` where unseen instances confirm it; ``suspected``; ``none``: not
        searched for.
    found
        What a search took the region for.
    discovery
        The target on the instances that the search saw.
    p_value, p_adjusted
        Of a region: one-sided, that the change is none or to the other side; Holm over all
        candidates of both directions. None unless confirmed.
    measured_on
        ``second half``, ``first half``: the one that the search did not see; or ``all``.
    found_by
        ``tree`` or ``slices``; empty where nothing was searched.
    """

    id: str
    words: str
    region: Region
    support: int
    coverage: float
    metrics: dict[str, Change]
    flips: dict[str, Estimate]
    status: Literal["worse", "better", "suspected", "none"] = "none"
    found: Turn | None = None
    discovery: Change | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    measured_on: str = "all"
    found_by: str = ""


class ComparedGroups(msgspec.Struct, frozen=True, kw_only=True):
    """The groups of one sensitive feature, or of several together; largest first.

    P-values of a metric's differences are adjusted over all groups of all features (Holm).
    """

    feature: str
    groups: tuple[Compared, ...]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Some instances, and which of several models does best on them.

    Attributes
    ----------
    id, words, region, support, coverage, measured_on
        As in `Compared`.
    target
        By model, the metric that is compared.
    best
        The model with the lowest value.
    behind
        By model, the paired difference to the best one (its `against` is the best one's name);
        Holm over the models.
    level_with
        The models, the best among them, that cannot be told from the best.
    """

    id: str
    words: str
    region: Region
    support: int
    coverage: float
    target: dict[str, Estimate]
    best: str
    behind: dict[str, Difference]
    level_with: tuple[str, ...]
    measured_on: str = "all"


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """How the numbers came about.

    Attributes
    ----------
    scheme
        ``cross-fit``, ``halves``, or ``none`` where nothing was searched.
    split_by
        ``group``, ``id`` or ``row``: what is hashed to divide the instances.
    discovery, confirmation
        Instances in the two parts.
    candidates
        Regions put to the test.
    alpha
        Chance of a false claim: half of it is for the overall change, half for all regions.
    level
        Of intervals.
    test
        The test of a region, in words.
    seed
        Of the split.
    """

    scheme: Literal["cross-fit", "halves", "none"]
    split_by: str
    discovery: int
    confirmation: int
    candidates: int
    alpha: float
    level: float
    test: str
    seed: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from an old model to a new one, or which of several models does best where.

    Attributes
    ----------
    headline
        The answer in one or two sentences.
    models
        The old and the new one, or several.
    pairing
        How instances were paired.
    target
        The metric that is compared and searched; a key of `metrics`.
    metrics, flip_notes
        Name, meaning and formatting of every metric, and of the kinds of flips.
    overall
        All instances; None for several models.
    regions
        Confirmed ones first, of them those that got worse first; then suspected ones.
    groups, cohorts
        By sensitive feature; the user's own regions.
    leaderboard
        Of three models or more: all instances, then cohorts, groups, and regions where another
        model beats the one that is best overall. Empty for two.
    encoding
        How features became codes.
    """

    schema_version: int = SCHEMA_VERSION
    headline: str
    models: tuple[ModelNote, ...]
    pairing: Pairing
    target: str
    benchmark: BenchmarkNote
    warnings: tuple[Warned, ...]
    metrics: dict[str, MetricNote]
    flip_notes: dict[str, MetricNote]
    overall: Compared | None
    regions: tuple[Compared, ...]
    groups: tuple[ComparedGroups, ...]
    cohorts: tuple[Compared, ...]
    leaderboard: tuple[Standing, ...]
    method: Method
    encoding: dict[str, Any]
    provenance: Provenance
