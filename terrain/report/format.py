"""Numbers as a reader sees them: the only place where one becomes text."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from terrain.data.regions import MOST_SAID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.regions import Condition
    from terrain.statistics.findings import Difference, Estimate, MetricNote

NOT_DEFINED = "n/a"


def clean(text: str) -> str:
    r"""Return `text` with everything visible that a browser would hide, turn round or refuse.

    Control characters become their Unicode pictures, lone surrogates and direction overrides
    their escapes; so two different names never look the same for an invisible reason.

    Examples
    --------
    >>> clean("a\x00b"), clean("x\ud800"), clean("txt.\u202eexe")
    ('a␀b', 'x\\ud800', 'txt.\\u202eexe')
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(letter: str) -> str:
    if letter in "\n\t" or letter.isprintable():
        return letter
    code = ord(letter)
    if code < ord(" "):
        return chr(0x2400 + code)
    return " " if unicodedata.category(letter) == "Zs" else f"\\u{code:04x}"


def count(number: float) -> str:
    """Return a count, or a sum of weights, with thousands separators.

    Examples
    --------
    >>> count(332900), count(12.5), count(3.0)
    ('332,900', '12.5', '3')
    """
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"


def percent(share: float | None) -> str:
    """Return a share (0 to 1) in percent; more digits near the ends, where they matter.

    Examples
    --------
    >>> percent(0.18), percent(0.0042), percent(0.99996), percent(0), percent(1), percent(None)
    ('18.0%', '0.42%', '> 99.99%', '0%', '100%', 'n/a')
    """
    if share is None:
        return NOT_DEFINED
    if share in (0, 1):
        return f"{share * 100:.0f}%"
    if not 0 < share < 1:
        return _signed(f"{share * 100:.1f}%")
    distance = min(share, 1 - share) * 100
    if distance < 0.01:  # noqa: PLR2004 - the last digit that is shown
        return "< 0.01%" if share < 1 / 2 else "> 99.99%"
    return f"{share * 100:.{1 if distance >= 1 else 2}f}%"


def number(value: float | None) -> str:
    """Return a loss or a score with four significant digits.

    Examples
    --------
    >>> number(12345.678), number(0.012345), number(-3.0), number(0.0), number(1e-9)
    ('12,346', '0.01235', '−3', '0', '1e-09')
    """
    if value is None or not math.isfinite(value):
        return NOT_DEFINED
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -5 < magnitude < 15:  # noqa: PLR2004 - beyond, zeros hide the size
        return _signed(f"{value:.3g}")
    decimals = max(0, 3 - magnitude)
    said = f"{value:,.{decimals}f}"
    return _signed(said.rstrip("0").rstrip(".") if decimals else said)


def value(estimate: Estimate, note: MetricNote) -> str:
    """Return an estimate in its metric's unit; undefined is said with its denominator.

    Examples
    --------
    >>> from terrain.statistics.findings import Estimate, MetricNote
    >>> note = MetricNote(title="FPR", meaning="", kind="rate", worse="high",
    ...                   events="false positives", exposure="actual negatives")
    >>> value(Estimate(value=None, events=0, exposure=0), note)
    'n/a (0 of 0 actual negatives)'
    """
    if estimate.value is None:
        return f"{NOT_DEFINED} ({denominator(estimate, note)})"
    return amount(estimate.value, note)


def amount(plain: float | None, note: MetricNote) -> str:
    """Return a bare number in a metric's unit."""
    return percent(plain) if note.kind == "rate" else number(plain)


def denominator(estimate: Estimate, note: MetricNote) -> str:
    """Return what an estimate is a share of: "805 of 1,795 actual negatives"."""
    named = note.exposure.removesuffix("s") if estimate.exposure == 1 else note.exposure
    exposure = f"{count(estimate.exposure)} {named}"
    if note.kind == "rate":
        return f"{count(estimate.events)} of {exposure}"
    if note.kind == "score":
        return f"{count(estimate.events)} {note.events}, {exposure}"
    return f"over {exposure}"


def interval(bounds: Estimate | None, note: MetricNote) -> str:
    """Return the interval of an estimate: "33.0–43.0%"; "n/a" where there is none."""
    if bounds is None or bounds.low is None or bounds.high is None:
        return NOT_DEFINED
    low, high = amount(bounds.low, note), amount(bounds.high, note)
    if bounds.low < 0:
        return f"{low} to {high}"  # "−2–3" would read as two signs
    return f"{low.removesuffix('%') if high.endswith('%') else low}–{high}"


def gap(difference: float | None, note: MetricNote) -> str:
    """Return a signed difference: "+12.3 points" for rates, else in the metric's unit.

    Examples
    --------
    >>> from terrain.statistics.findings import MetricNote
    >>> note = MetricNote(title="FPR", meaning="", kind="rate", worse="high", events="",
    ...                   exposure="")
    >>> gap(0.123, note), gap(-0.0001, note)
    ('+12.3 points', '−0.01 points')
    """
    if difference is None:
        return NOT_DEFINED
    if note.kind == "rate":
        points = difference * 100
        digits = 1 if abs(points) >= 1 / 20 or points == 0 else 2
        return _signed(f"{points:+.{digits}f} points")
    return ("+" if difference > 0 else "") + number(difference)


def gap_interval(difference: Difference, note: MetricNote) -> str:
    """Return the interval of a signed difference: "+9.1 to +15.4", in the unit of `gap`."""
    if difference.low is None or difference.high is None:
        return NOT_DEFINED
    low, high = gap(difference.low, note), gap(difference.high, note)
    return f"{low.removesuffix(' points')} to {high.removesuffix(' points')}"


def times(ratio: float | None) -> str:
    """Return a lift or a ratio: "1.84×"."""
    return NOT_DEFINED if ratio is None else f"{ratio:,.{2 if ratio < 10 else 0}f}×"  # noqa: PLR2004 - three digits


def odds(log_odds: float) -> str:
    """Return by what odds are multiplied, from what is added to their logarithm.

    Examples
    --------
    >>> odds(0.7), odds(-0.7), odds(0.0)
    ('2.01×', '0.50×', '1.00×')
    """
    return times(math.exp(log_odds))


def p_value(probability: float | None) -> str:
    """Return a p-value.

    Examples
    --------
    >>> p_value(3e-37), p_value(0.0134), p_value(0.89), p_value(None)
    ('< 0.001', '0.013', '0.89', 'n/a')
    """
    if probability is None:
        return NOT_DEFINED
    if probability < 0.001:  # noqa: PLR2004 - the smallest that is told apart
        return "< 0.001"
    return f"{probability:.{3 if probability < 0.1 else 2}f}"  # noqa: PLR2004 - two digits


def size(octets: int) -> str:
    """Return a file size.

    Examples
    --------
    >>> size(999), size(312_000), size(5_400_000)
    ('999 bytes', '312 kB', '5.4 MB')
    """
    if octets < 1000:  # noqa: PLR2004 - SI units
        return f"{octets} bytes"
    return f"{octets / 1e3:.0f} kB" if octets < 10**6 else f"{octets / 1e6:.1f} MB"


def capital(text: str) -> str:
    """Return `text` with a capital first letter; the others stay as they are.

    Examples
    --------
    >>> capital("AUC"), capital("false positive rate")
    ('AUC', 'False positive rate')
    """
    return text[:1].upper() + text[1:]


def shorten(text: str, letters: int) -> str:
    """Return `text`, cut in its middle when it is longer than `letters`.

    Examples
    --------
    >>> shorten("African-American women under 25", 17)
    'African-…under 25'
    """
    if len(text) <= letters:
        return text
    head = letters // 2
    return f"{text[:head]}…{text[len(text) - (letters - head - 1) :]}"


def brief(conditions: Sequence[Condition], letters: int) -> str:
    """Return conditions in `letters`: of long sets as many levels as fit, none of them cut.

    Examples
    --------
    >>> from terrain.data.regions import Condition
    >>> jobs = Condition(feature="job", kind="levels", levels=("baker", "cook", "nurse", "pilot"))
    >>> brief([jobs], 40), brief([jobs], 30)
    ('job in {baker, cook, nurse, pilot}', 'job in {baker, … 3 more}')
    """
    said = ""
    for most in range(MOST_SAID, 1, -1):
        said = " and ".join(condition.words(most) for condition in conditions)
        if len(said) <= letters:
            return said
    return shorten(said, letters)


def _signed(said: str) -> str:
    return said.replace("-", "−", 1) if said.startswith("-") else said


FILTERS = {
    "amount": amount,
    "brief": brief,
    "capital": capital,
    "count": count,
    "denominator": denominator,
    "gap": gap,
    "gap_interval": gap_interval,
    "interval": interval,
    "number": number,
    "odds": odds,
    "p_value": p_value,
    "percent": percent,
    "shorten": shorten,
    "size": size,
    "times": times,
    "value": value,
}
"""The names under which templates find these."""
