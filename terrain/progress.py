"""How far long work is, in words for those who wait."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 2.0
"""Seconds of work about which nothing more than its name is said."""

EVERY = 0.2
"""Seconds between two words."""


class Steps:
    """Counts what is done of some work and tells how fast it goes and how long the rest takes.

    Parameters
    ----------
    say
        Told in words; None for nobody.
    stage
        What is being done.
    total, unit
        How much there is to do, and of what.
    clock
        Seconds from any moment on.
    """

    def __init__(
        self,
        say: Callable[[str], None] | None,
        stage: str,
        total: int,
        unit: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._say, self._stage, self._total, self._unit = say, stage, total, unit
        self._clock = clock
        self._begin = clock()
        self._spoken = self._begin + PATIENCE - EVERY
        self._done = 0
        self._lock = Lock()

    def step(self, done: int = 1) -> None:
        """Count what has been done; several threads may."""
        with self._lock:
            self._done += done
            now = self._clock()
            if self._say is None or now < self._spoken + EVERY:
                return
            self._spoken = now
            self._say(f"{self._stage}: {self._words(now - self._begin)}")

    def _words(self, seconds: float) -> str:
        rate = self._done / seconds
        left = (self._total - self._done) / rate
        return (
            f"{self._done:,} of {self._total:,} {self._unit}, {_pace(rate)}, {_duration(left)} left"
        )


def _pace(rate: float) -> str:
    """Return so many a second, or a minute, in words.

    Examples
    --------
    >>> _pace(1234.5), _pace(2.25), _pace(0.05)
    ('1,234 a second', '2.2 a second', '3.0 a minute')
    """
    amount, unit = (rate, "second") if rate >= 1 else (60 * rate, "minute")
    return f"{amount:,.{0 if amount >= 10 else 1}f} a {unit}"  # noqa: PLR2004 - two digits tell enough


def _duration(seconds: float) -> str:
    """Return a length of time in words.

    Examples
    --------
    >>> _duration(0.4), _duration(75), _duration(4000)
    ('1 s', '1 min 15 s', '1 h 6 min')
    """
    whole = max(1, round(seconds))
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"
