"""What measurement says of a region: estimates, differences and findings; all serialisable."""

from __future__ import annotations

from typing import Literal

import msgspec

from terrain.data.regions import Region
from terrain.statistics.scores import Scores

Find = Literal["failing", "best"]
Status = Literal["failing", "best", "suspected", "none"]


class MetricNote(msgspec.Struct, frozen=True, kw_only=True):
    """How a metric is named, read and formatted.

    Attributes
    ----------
    title
        The field's word: "false positive rate".
    meaning
        One plain sentence: "share of the actual negatives that the model calls positive".
    kind
        ``rate`` (0 to 1), ``loss`` (unit of the column, less is better) or ``score``.
    worse
        ``high`` or ``low``: the direction in which a group is hurt; ``none``: neither.
    events, exposure
        What numerator and denominator count: "false positives", "actual negatives".
    """

    title: str
    meaning: str
    kind: Literal["rate", "loss", "score"]
    worse: Literal["high", "low", "none"]
    events: str
    exposure: str


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of a region, with its interval and its denominator.

    Attributes
    ----------
    value
        The estimate; None where it is undefined (an empty denominator).
    low, high
        The 95% interval; None where there is none to give.
    events, exposure
        Numerator and denominator in the metric's own unit (sums of weights, where there are
        weights; counts otherwise). For AUC: positives and negatives.
    deviation
        The standard error, where the value is no share of counted instances; None where it is,
        or where no standard error is known.
    units
        Independent units behind the value: None where it is a share of counted instances, whose
        law is the binomial one.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    events: float
    exposure: float
    deviation: float | None = None
    units: float | None = None

    @property
    def counted(self) -> bool:
        """Whether the value is a share of counted instances."""
        return self.units is None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A metric minus the same metric in something that it is compared with.

    Attributes
    ----------
    against
        ``rest`` (the complement of a region), the words of a reference group, or ``model``: a
        rival minus the model under test on the same instances.
    gap, low, high
        The signed difference and its 95% interval; None where undefined.
    ratio
        Inside divided by outside; None where undefined.
    p_value, p_adjusted
        Two-sided, of the test on the metric's own denominator; Holm over the groups compared.
    other
        The metric in what the region is set against, where this is no share of counted instances
        (which can be counted from the whole).
    """

    against: str
    gap: float | None
    low: float | None = None
    high: float | None = None
    ratio: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    other: Estimate | None = None


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one condition of a region adds to its rate: a Shapley value.

    Attributes
    ----------
    feature, words
        The condition.
    value
        In the target's own unit; over all conditions they sum to the region's value less the
        overall one.
    share
        Of that sum; negative for a condition that works against it, None where the sum is 0.
    """

    feature: str
    words: str
    value: float
    share: float | None


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """A further condition that brings a region back towards the whole.

    Attributes
    ----------
    feature, words
        The condition, chosen on the instances that the search saw.
    estimate
        The target in the region with this condition, on unseen instances.
    support
        Unseen instances there.
    """

    feature: str
    words: str
    estimate: Estimate
    support: int


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """A region that differs from another in one condition.

    Attributes
    ----------
    feature, words
        The condition that replaces the one on the same feature.
    how
        ``complement``: all its other values; ``below``, ``above``: the range of as many cut
        points just before or behind.
    estimate
        The target there, on unseen instances.
    support
        Unseen instances there.
    """

    feature: str
    words: str
    how: Literal["complement", "below", "above"]
    estimate: Estimate
    support: int


class Confused(msgspec.Struct, frozen=True, kw_only=True):
    """A label that is taken for another, in a region of a multi-class benchmark.

    Attributes
    ----------
    label, predicted
        The classes.
    count
        Unseen instances in the region.
    share, overall
        Of the region's unseen instances with a label and a prediction, and of all such.
    """

    label: str
    predicted: str
    count: int
    share: float
    overall: float


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What a region has in common with a leaf of the tree or with a group; of all instances.

    Attributes
    ----------
    id, words
        The leaf or the group.
    instances, share
        How many of the region's instances lie in it, and which share of them.
    overall
        The share of all instances that lie in it.
    """

    id: str
    words: str
    instances: int
    share: float
    overall: float


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """How a region's instances lie along one feature; of all its instances.

    Attributes
    ----------
    feature
        Its name.
    inside
        How many of them lie in each stretch of the feature's profile.
    """

    feature: str
    inside: tuple[int, ...]


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """A region taken apart, measured where the region is.

    Attributes
    ----------
    contributions
        Of its conditions, in their order; empty where its rate is undefined.
    repair
        None where no further condition brings it back.
    neighbours
        Those that have instances.
    confusions
        The most frequent first; empty unless there are several classes.
    leaves
        The leaves of the tree that hold most of it.
    groups
        Groups of sensitive features that are more frequent in it than elsewhere.
    distributions
        Of every feature, in the order of the document's `features`.
    """

    contributions: tuple[Contribution, ...]
    repair: Repaired | None
    neighbours: tuple[Beside, ...]
    confusions: tuple[Confused, ...]
    leaves: tuple[Shared, ...] = ()
    groups: tuple[Shared, ...] = ()
    distributions: tuple[Distribution, ...] = ()


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """That a region describes a failure which another one stands for.

    Attributes
    ----------
    under
        The id of the other one.
    inside
        Share of this region's instances that lie in the other.
    jaccard
        Instances in both over instances in either.
    """

    under: str
    inside: float
    jaccard: float


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A region and what was measured in it, on instances that the search did not see.

    Attributes
    ----------
    id
        Stable within a document: ``r1`` for regions, ``n0`` for the nodes of the tree.
    region
        Its conditions and their words.
    support
        All instances in the region, whichever part they fell into.
    coverage
        `support` over the number of all instances.
    error_coverage
        Share of all events of the target that lie in the region, on the measured part; None for
        a loss that can be negative, whose parts are no shares of its sum.
    status
        ``failing``, or ``best`` where that was looked for: confirmed on unseen instances;
        ``suspected``: found, not confirmed; ``none``.
    target
        The metric that was searched; a key of `metrics`.
    metrics
        Every metric, measured on `measured_on`.
    discovery
        The target on the instances that the search saw ("found at").
    rest, elsewhere
        The target, and every metric, outside the region, on the measured part.
    lift, gap
        Rate over the overall rate of the measured part; rate minus the rest's rate, with its
        interval.
    p_value, p_adjusted
        One-sided, against `margin` times the rest; Holm over all candidates. None if not tested.
    measured_on
        ``second half`` or ``first half``: the one that the search which found it did not see; or
        ``all``.
    found_by
        ``tree``, or the name of another search.
    headline
        Whether the region is one of the few that together cover the most errors.
    folded
        Of a region that describes the same failure as another one: which.
    same_as
        Of a node: the id of a region that describes nearly the same instances.
    detail
        The region taken apart; None for nodes and groups.
    scores
        How scores lie inside and outside, on the measured part; None without a score.
    """

    id: str
    region: Region
    support: int
    coverage: float
    error_coverage: float | None
    status: Status
    target: str
    metrics: dict[str, Estimate]
    discovery: Estimate | None = None
    rest: Estimate | None = None
    lift: float | None = None
    gap: Difference | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    measured_on: str = "all"
    found_by: str = "tree"
    headline: bool = False
    folded: Folded | None = None
    same_as: str | None = None
    detail: Detail | None = None
    elsewhere: dict[str, Estimate] = {}
    scores: Scores | None = None

    @property
    def confirmed(self) -> bool:
        """Whether unseen instances bear out what was found."""
        return self.status in ("failing", "best")

    def contradicted(self, find: Find) -> bool:
        """Whether a suspected region is no worse (`best`: no better) than the rest where unseen."""
        gap = self.gap.gap if self.gap else None
        if self.status != "suspected" or gap is None:
            return False
        return gap <= 0 if find == "failing" else gap >= 0
