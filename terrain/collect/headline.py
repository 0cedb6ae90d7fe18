"""The answer in a sentence or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terrain.collect.cover import Cover
    from terrain.document import Method
    from terrain.statistics.findings import Estimate, MetricNote

FOUND = {"failing": "failing", "best": "outstandingly good"}
WORDS = ("no", "one", "two", "three", "four", "five")


def headline(
    note: MetricNote,
    overall: Estimate,
    instances: int,
    short_list: tuple[Cover, int],
    method: Method,
) -> str:
    """Return what a reader wants to know first.

    Parameters
    ----------
    note, overall
        The target and its value on all instances.
    instances
        How many have an exposure, whatever they weigh.
    short_list
        The few confirmed regions that matter most, and how many are confirmed in all, further
        descriptions of the same ones not counted.
    method
        What was looked for, and how large it must be to be found.
    """
    return f"{_overall(note, overall, instances)} {_regions(note, *short_list, method)}"


def _overall(note: MetricNote, overall: Estimate, instances: int) -> str:
    if overall.value is None:
        return f"The {note.title} is undefined: there are no {note.exposure}."
    if note.title == "error rate":
        return f"The model errs on {share(overall.value)} of {instances:,} {note.exposure}."
    value = share(overall.value) if note.kind == "rate" else f"{overall.value:.4g}"
    return f"The {note.title} is {value} over {instances:,} {note.exposure}."


def _regions(note: MetricNote, cover: Cover, confirmed: int, method: Method) -> str:
    k = len(cover.places)
    events = "errors" if note.title == "error rate" else note.events
    kind = FOUND[method.find]
    if k == 0:
        return f"No {kind} region found{_reach(method)}."
    verb, hold = ("covers", "holds") if k == 1 else ("cover", "hold")
    held = ""
    if cover.error_coverage is not None:
        held = f" and {hold} {share(cover.error_coverage)} of the {events}"
        held += " (measured on unseen instances)"
    said = f"{WORDS[k].capitalize()} {kind} {'region' if k == 1 else 'regions'}"
    if confirmed > k:
        said = f"{WORDS[k].capitalize()} of {confirmed} {kind} regions"
    return f"{said} {verb} {share(cover.coverage)} of the instances{held}."


def _reach(method: Method) -> str:
    """Say how large a failing region would have been found; it is not always known."""
    if not method.reach_known:
        return ""
    if method.detectable is None:
        return (
            "; with this many instances not even a large region of twice the rate could be told "
            "from chance"
        )
    return (
        "; one of twice the rate would probably have been found if it covered at least "
        f"{share(method.detectable)} of the instances"
    )


def share(value: float) -> str:
    """Return a share as a percentage with a sensible number of digits.

    Examples
    --------
    >>> share(0.18), share(0.0042), share(0.00001), share(1.0)
    ('18.0%', '0.42%', '0.001%', '100%')
    """
    percent = 100 * value
    if value in {0, 1}:
        return f"{percent:.0f}%"
    if percent >= 1:
        return f"{percent:.1f}%"
    return f"{percent:.2g}%"
