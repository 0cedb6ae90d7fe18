"""What each code of a feature stands for, in the language of cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terrain.data.regions import bound_words, level_words
from terrain.report.format import clean

if TYPE_CHECKING:
    from terrain.data.features import Encoding


def code_words(encoding: Encoding) -> dict[str, Any]:
    """Return what the page needs to say a set of codes as a cohort, ready for JSON.

    Returns
    -------
    The feature's name; whether any value is missing; for an ordered feature its bounds, each with
    whether the value that is said lies above it, else its levels; and under ``shown``, by code,
    the levels with hidden characters made visible, where they have any.

    Examples
    --------
    >>> from terrain.data.features import Encoding
    >>> code_words(Encoding(feature="age", kind="range", scale="integer", cuts=(30.0,)))
    {'name': 'age', 'missing': False, 'bounds': [['30', True]]}
    >>> code_words(Encoding(feature="job", kind="levels", levels=("a, b", "c"), has_missing=True))
    {'name': 'job', 'missing': True, 'levels': ['"a, b"', 'c'], 'shown': {}}
    """
    said: dict[str, Any] = {"name": encoding.feature, "missing": encoding.has_missing}
    if encoding.ordered:
        bounds = [bound_words(cut, encoding.scale) for cut in encoding.cuts]
        return said | {"bounds": [[word, above] for above, word in bounds]}
    levels = [level_words(level) for level in encoding.levels]
    hidden = {code: clean(word) for code, word in enumerate(levels) if clean(word) != word}
    return said | {"levels": levels, "shown": hidden}
