"""`Terrain`: everything found, as one frozen, versioned document that is JSON and back."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from terrain.data.composition import Composition
from terrain.data.notes import LeftOut, Role, Source, Task, Warned
from terrain.data.regions import Condition
from terrain.statistics.findings import Difference, Estimate, Find, Finding, MetricNote

SCHEMA_VERSION = 1
"""Raised when a reader of older documents would misunderstand a newer one."""


class BenchmarkNote(msgspec.Struct, frozen=True, kw_only=True):
    """What was analyzed.

    Attributes
    ----------
    name
        The source's name without folder and ending.
    task
        What is predicted.
    instances, unlabelled
        Rows read; rows whose target is undefined (missing label or prediction), left out.
    positive
        The class counted as positive, for binary tasks.
    classes
        The classes, for classification.
    prevalence
        Share of positives, for binary tasks.
    sources, roles, left_out
        Files, column roles and columns that carry no condition.
    notes
        Further facts in words (a join's partnerless rows, an expanded count column, …).
    columns
        All that the table has, but for those that are hidden.
    """

    name: str
    task: Task
    instances: int
    unlabelled: int
    positive: str | None
    classes: tuple[str, ...]
    prevalence: float | None
    sources: tuple[Source, ...]
    roles: tuple[Role, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the error tree; `finding` holds its numbers.

    Attributes
    ----------
    parent, children
        Ids of nodes; the root has no parent, a leaf no children; worse child first.
    condition
        The one condition that leads here from the parent; None for the root.
    split_p
        Adjusted p-value of this node's split on unseen instances; None for a leaf.
    """

    finding: Finding
    parent: str | None
    children: tuple[str, ...]
    condition: Condition | None
    split_p: float | None = None


class TreeNote(msgspec.Struct, frozen=True, kw_only=True):
    """The error tree, root first, depth first, worse child first.

    Attributes
    ----------
    nodes
        Its nodes.
    grower
        ``histogram`` or ``sklearn``.
    folded
        How many splits the held-out part did not confirm, and were folded away.
    """

    nodes: tuple[Node, ...]
    grower: str
    folded: int


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The instances with one value (or one combination) of sensitive features; measured on all.

    Attributes
    ----------
    id
        Stable within a document: ``g1``.
    feature, value
        By name: ``race`` and ``White``; ``sex × race`` and ``Female × White``.
    values
        The same, one entry a feature.
    finding
        Support, coverage, metrics and so on (`discovery` and `p_value` are None).
    gaps
        Every metric against the complement.
    reference_gaps
        Every metric against the reference group; empty for the reference itself.
    shrunken
        Of intersections: the metric drawn towards an additive fit, which ranks and informs.
    too_few
        Metrics whose denominator is too small to say anything.
    """

    id: str
    feature: str
    value: str
    values: dict[str, str]
    finding: Finding
    gaps: dict[str, Difference]
    reference_gaps: dict[str, Difference]
    shrunken: dict[str, float]
    too_few: tuple[str, ...]


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The largest less the smallest value of a metric over groups with enough instances.

    Attributes
    ----------
    gap
        Maximum minus minimum.
    highest, lowest
        The values of the groups at the two ends.
    p_value
        How often a spread this large arises when groups are dealt at random (permutation).
    expected
        The mean spread under such dealing: what pure chance gives at these group sizes.
    """

    gap: float
    highest: str
    lowest: str
    p_value: float
    expected: float


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """Performance by one sensitive feature, or by an intersection of several.

    Attributes
    ----------
    feature
        ``race`` or ``sex × race``.
    features
        The same as a list.
    groups
        Every group, largest first; missing values are a group.
    reference
        The value of the reference group, and how it was chosen.
    spreads
        By metric, the gap between the extreme groups, calibrated by permutation.
    binned
        Numeric features that were cut into ranges.
    """

    feature: str
    features: tuple[str, ...]
    groups: tuple[Group, ...]
    reference: str | None
    reference_rule: str
    spreads: dict[str, Spread]
    binned: tuple[str, ...] = ()


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A range, a level, some levels or the missing value of a feature; measured on all instances.

    Attributes
    ----------
    words
        Without the feature's name: ``30 to 39``, ``north``, ``4 others``, ``missing``.
    condition
        What its instances satisfy.
    support
        How many these are.
    estimate
        The target there.
    """

    words: str
    condition: Condition
    support: int
    estimate: Estimate


class FeatureNote(msgspec.Struct, frozen=True, kw_only=True):
    """What one feature alone says of the errors.

    Attributes
    ----------
    feature
        Its name.
    explained
        Share of the target's deviance on instances that its rates were not fitted on; 0 and less
        where it explains nothing.
    profile
        The target along the feature, in order; a missing value last.
    """

    feature: str
    explained: float
    profile: tuple[Stretch, ...]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Where two stretches cross: instances, those that have the target, and the target there."""

    support: int
    units: int
    estimate: Estimate


class Heatmap(msgspec.Struct, frozen=True, kw_only=True):
    """Two features at once; measured on all instances.

    Attributes
    ----------
    down, across
        The features.
    cells
        A row for each stretch of `down`, with a cell for each of `across`.
    """

    down: str
    across: str
    cells: tuple[tuple[Cell, ...], ...]


class Cohort(msgspec.Struct, frozen=True, kw_only=True):
    """A region that the user named; measured on all instances, as nothing was searched.

    Attributes
    ----------
    name, expression
        As the user gave them.
    finding
        Its id (``c1``), support, coverage, metrics and so on (`discovery` is None).
    gaps
        Every metric against the complement.
    too_few
        Metrics whose denominator is too small to say anything.
    """

    name: str
    expression: str
    finding: Finding
    gaps: dict[str, Difference]
    too_few: tuple[str, ...]


class RivalTerm(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the rival in words.

    Attributes
    ----------
    words
        A condition, or the region of a leaf.
    says
        The class that it speaks for; None where numbers are predicted.
    weight
        Of a condition: what it adds to the log odds of the class, or to the number. Of a leaf:
        the share of the class in it, or the mean.
    """

    words: str
    says: str | None
    weight: float


class Win(msgspec.Struct, frozen=True, kw_only=True):
    """A region where the rival beats the model, on instances that the search did not see.

    Attributes
    ----------
    finding
        The region with what the model does there; `id` is ``w1`` and so on, `status` is ``none``.
    rival
        The metric of `RivalNote` for the rival, where the finding has the model's.
    difference
        Rival minus model, below zero; `p_value` is one-sided, Holm's correction runs over all
        candidates.
    """

    finding: Finding
    rival: Estimate
    difference: Difference


class RivalNote(msgspec.Struct, frozen=True, kw_only=True):
    """A small model of the label beside the model under test, on the same instances.

    Attributes
    ----------
    kind
        ``linear``: a regression on a few conditions; ``tree``: one three levels deep.
    terms
        It in words, the strongest term first.
    rows
        How many instances the model that is described was fitted on.
    metric
        What is compared, a key of the document's `overall`: the error rate or, where numbers are
        predicted, the mean absolute error.
    rival
        The metric for the rival: each half was predicted by what the other one had taught.
    difference
        Rival minus model, paired by instance; `p_value` is two-sided.
    candidates
        Regions in which it was tested whether the rival beats the model.
    wins
        Those where this was confirmed, best evidence first.
    """

    kind: Literal["linear", "tree"]
    terms: tuple[RivalTerm, ...]
    rows: int
    metric: str
    rival: Estimate
    difference: Difference
    candidates: int
    wins: tuple[Win, ...]


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """How the numbers came about.

    Attributes
    ----------
    find
        ``failing`` or ``best``: which side of the target was looked for.
    inference
        ``halves``: a test on unseen instances; ``permutation`` of the whole search.
    scheme
        ``cross-fit`` (below 20,000 instances) or ``halves``.
    split_by
        ``group``, ``id`` or ``row``: what is hashed to divide the instances.
    discovery, confirmation
        Instances in the two parts.
    candidates
        Regions put to the test; Holm's correction runs over these.
    alpha, margin, level
        Family-wise error rate; factor on the rest's rate in the null hypothesis, None where
        permutations judge, which have none; of intervals.
    reach_known
        Whether `detectable` was computed: of the halves' test of failing regions, where the
        target is a rate that can be doubled.
    detectable
        The smallest coverage of a region with twice the overall rate that a test of this size
        finds with 80% probability; None where no size suffices, or where it is not known.
    test
        The test's name in words.
    seed
        Of the split and of every random draw.
    """

    find: Find
    inference: Literal["halves", "permutation"]
    scheme: str
    split_by: str
    discovery: int
    confirmation: int
    candidates: int
    alpha: float
    margin: float | None
    level: float
    reach_known: bool
    detectable: float | None
    test: str
    seed: int


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Versions of what computed this, the data's git commit if it has one, and the settings."""

    versions: dict[str, str]
    commit: str | None
    settings: dict[str, Any]


class Terrain(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found in one benchmark.

    Attributes
    ----------
    target
        The metric that was searched; a key of `overall` and of `metrics`.
    headline
        The answer in one or two sentences.
    metrics
        Name, meaning and formatting of every metric, in display order.
    overall
        Every metric on all instances.
    tree, regions, breakdowns, cohorts
        The findings. Regions: confirmed ones first, then suspected; of each kind first those that
        stand for themselves, then the further descriptions that are folded beneath one of them.
    features
        What each says alone, the most telling first.
    heatmap
        Of the two most telling features; None where there are not two.
    encoding
        How features became codes: cut points and level lists (given it, every engine and
        every later reader finds the same instances).
    rival
        A small model of the label to compare with; None where there is none.
    compositions
        How many instances have which value of each feature and of the label, so that a later run
        can tell a change of the benchmark from a change of the model.
    """

    schema_version: int = SCHEMA_VERSION
    target: str
    headline: str
    benchmark: BenchmarkNote
    warnings: tuple[Warned, ...]
    metrics: dict[str, MetricNote]
    overall: dict[str, Estimate]
    tree: TreeNote
    regions: tuple[Finding, ...]
    breakdowns: tuple[Breakdown, ...]
    features: tuple[FeatureNote, ...] = ()
    heatmap: Heatmap | None = None
    cohorts: tuple[Cohort, ...] = ()
    method: Method
    encoding: dict[str, Any]
    compositions: tuple[Composition, ...] = ()
    provenance: Provenance
    rival: RivalNote | None = None
