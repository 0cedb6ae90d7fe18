"""A first policy: what a benchmark keeps today, written to be read and changed."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from terrain.data.arrow import levels_of
from terrain.gate.evidence import ends, of_gap
from terrain.gate.places import rest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from terrain.config import Plan
    from terrain.document import Group, Terrain
    from terrain.statistics.findings import Estimate
    from terrain.statistics.intervals import Interval

ERROR = 0.025
"""The one-sided error of the bounds that limits are proposed from."""

STEP = 0.01
"""Limits on rates are proposed in whole points."""

SMALL = 100
"""Groups with a smaller denominator would make limits so wide that they limit nothing: their
lower bound is all that is heeded, so that they pass on evidence."""

ROWS = 0.9
"""Of today's rows, how many there must be tomorrow."""

SETTINGS_OF_ROLES = {"scores": "score", "errors": "error"}
"""Roles whose setting has another name."""

LISTS = {"score", "error", "sensitive", "raw"}
"""Settings that are lists of columns."""

KEPT = ("metadata", "on", "task", "positive", "threshold", "target", "features", "exclude",
        "categorical", "intersect")  # fmt: skip
"""Settings that are written as they were given."""

HEAD = """\
# The policy of `terrain check`: a proposal from {name} ({instances:,} instances).
# Every limit was set so that today's numbers keep it. Change them to what you mean;
# `terrain explain-policy` says them in words.
"""

CHECK = """
[check]
# no-evidence-of-harm: a limit fails where the evidence shows that it is broken.
# prove: it passes only where the evidence shows that it is kept; else it is undecided.
# point: estimates are compared with limits, and bad luck fails small groups.
mode = "no-evidence-of-harm"
alpha = {alpha:g}  # the chance of any false failure, over all rules and groups
# undecided = "fail"  # or "pass" or "warn"; without it, the exit code is 3
"""

FURTHER = """
# More that a rule can say:
#
# [[check.rules]]
# regions = true          # every region that the search finds and confirms,
# min_coverage = 0.02     # if it covers at least 2% of the instances
# at_most = {region}
# severity = "warn"       # told, without failing
#
# [[check.rules]]
# rise_at_most = 0.0      # no worse than --baseline, overall
#
# [[check.rules]]
# cohort = "*"            # every cohort of [cohorts]
# at_least_instances = 200
"""


def proposal(terrain: Terrain, plan: Plan, table: pa.Table) -> str:
    """Return the text of a ``terrain.toml`` whose policy this benchmark keeps.

    Parameters
    ----------
    terrain, plan
        What was found, and how.
    table
        The instances, all columns.
    """
    note = terrain.benchmark
    whole = _above(terrain)
    parts = [
        HEAD.format(name=_on_a_line(note.name), instances=note.instances),
        _analyze(terrain, plan),
        CHECK.format(alpha=plan.alpha),
        _rule(f"{terrain.metrics[terrain.target].title}, all instances together", at_most=whole),
        *_group_rules(terrain),
        FURTHER.format(region=_number(_widened(2 * whole, terrain))),
        _table(terrain, table),
    ]
    return "".join(parts)


def _analyze(terrain: Terrain, plan: Plan) -> str:
    """Return the columns as they were recognised, and the settings that were given."""
    found: dict[str, Any] = {}
    for role in terrain.benchmark.roles:
        name = SETTINGS_OF_ROLES.get(role.role, role.role)
        if name != "features":
            found[name] = list(role.columns) if name in LISTS else role.columns[0]
    for name in KEPT:
        value, default = getattr(plan, name), getattr(type(plan)(), name)
        if value != default:
            found[name] = list(value) if isinstance(value, tuple) else value
    lines = [f"{name} = {_toml(value)}\n" for name, value in found.items()]
    return "".join(["\n[analyze]\n", *lines])


def _group_rules(terrain: Terrain) -> Iterator[str]:
    """Yield the rules on the groups of each sensitive feature; examples where there is none."""
    single = [each for each in terrain.breakdowns if len(each.features) == 1]
    if not single:
        yield (
            "\n# Name --sensitive features to compare their groups:\n#\n# [[check.rules]]\n"
            '# groups = "*"            # each group of every breakdown\n'
            f"# at_most = {_number(_above(terrain))}\n"
        )
    for breakdown in single:
        name, title = _toml(breakdown.feature), f"each group of {breakdown.feature}"
        limits = _known(_kept(group, terrain) for group in breakdown.groups)
        if limits:
            yield _rule(title, groups=name, at_most=max(limits))
        gaps = _known(_gap(group, terrain) for group in breakdown.groups)
        if gaps:
            yield _rule(f"{title}, against all others", gap=name, at_most=max(gaps))


def _known(limits: Iterable[float | None]) -> list[float]:
    return [limit for limit in limits if limit is not None]


def _gap(group: Group, terrain: Terrain) -> float | None:
    """Return a limit that a group's gap keeps; None where there is no bound."""
    inside = group.finding.metrics[terrain.target]
    others = rest_of(group, terrain).get(terrain.target)
    if inside.value is None or others is None or others.value is None:
        return None
    seen = of_gap(inside, others, terrain.metrics[terrain.target], 0.0)
    bound = _heeded(seen.bounds(ERROR), inside)
    return None if bound is None else _widened(max(bound, 0.0), terrain)


def _kept(group: Group, terrain: Terrain) -> float | None:
    """Return a limit that a group keeps; None where there is no bound."""
    estimate = group.finding.metrics[terrain.target]
    bound = _heeded(ends(estimate, terrain.metrics[terrain.target].kind, ERROR), estimate)
    return None if bound is None else _widened(bound, terrain)


def _above(terrain: Terrain) -> float:
    """Return a limit that all instances together keep; the estimate's where it has no bound."""
    whole = terrain.overall[terrain.target]
    high = ends(whole, terrain.metrics[terrain.target].kind, ERROR).high
    return _widened(high or whole.value or 0.0, terrain)


def _heeded(bounds: Interval, estimate: Estimate) -> float | None:
    size = estimate.exposure if estimate.units is None else estimate.units
    return bounds.high if size >= SMALL else bounds.low


def _widened(bound: float, terrain: Terrain) -> float:
    """Return a bound rounded up: to a whole point, or to two digits of a loss."""
    if terrain.metrics[terrain.target].kind == "rate":
        return min(1.0, math.ceil(bound / STEP - 1e-9) * STEP)
    if bound <= 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(bound)) - 1)
    return math.ceil(bound / step - 1e-9) * step


def _table(terrain: Terrain, table: pa.Table) -> str:
    roles = {role.role: role.columns for role in terrain.benchmark.roles}
    columns = list(dict.fromkeys(column for each in roles.values() for column in each))
    fewest = max(1, math.floor(ROWS * table.num_rows))
    lines = [
        "\n[check.table]  # facts, checked exactly\n",
        f"at_least_rows = {fewest}\n",
        f"columns = {_toml(columns)}\n",
    ]
    unique = [column for column in roles.get("id", ()) if _is_unique(table[column])]
    if unique:
        lines.append(f"unique = {_toml(unique)}\n")
    return "".join([*lines, *_examples(terrain)])


def _examples(terrain: Terrain) -> list[str]:
    """Return assertions that are only suggested, on the first breakdown's feature."""
    breakdown = next(iter(terrain.breakdowns), None)
    feature = _toml("region" if breakdown is None else breakdown.feature)
    levels = ["north", "south"] if breakdown is None else [g.value for g in breakdown.groups]
    return [
        f"# missing_at_most = {{ {feature} = 0.1 }}\n",
        f"# levels = {{ {feature} = {_toml(levels)} }}\n",
        "# range = { age = [0, 120] }\n",
    ]


def _is_unique(column: pa.ChunkedArray) -> bool:
    return len(levels_of(column)[0]) == len(column)


def _rule(comment: str, **settings: str | float | None) -> str:
    lines = [
        f"{name} = {value if isinstance(value, str) else _number(value)}\n"
        for name, value in settings.items()
        if value is not None
    ]
    return "".join([f"\n[[check.rules]]  # {_on_a_line(comment)}\n", *lines])


def _on_a_line(words: str) -> str:
    """Return names as a comment can hold them."""
    return "".join(letter if letter.isprintable() else " " for letter in words)


def _number(value: float) -> str:
    return f"{value:.6g}"


def _toml(value: str | float | Sequence[str]) -> str:
    """Return a value as TOML writes it, which is as JSON does for text, numbers and lists."""
    return json.dumps(value, ensure_ascii=False)
