"""The verdict as GitLab's code quality report, which merge requests show beside the policy."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING

from terrain.announce.standing import worst_first
from terrain.report.format import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from terrain.announce.standing import Standing
    from terrain.gate.verdict import Judgement, Verdict

SEVERITIES: dict[Standing, str] = {
    "failed": "critical",
    "undecided": "major",
    "warning": "minor",
    "excused": "info",
}


def code_quality(
    verdict: Verdict, file: str, line_of: Callable[[Judgement], int], page: str | None = None
) -> bytes:
    """Return the report as JSON: an issue for every judgement that has not passed.

    The fingerprint is made of what is demanded where, not of the numbers; so GitLab sees that a
    failure is the same one as on the target branch, whatever its rate is now.

    Parameters
    ----------
    verdict
        What the gate concluded.
    file
        The policy, from the folder of the repository.
    line_of
        Gives the line of a judgement's rule in it.
    page
        Where the page is.
    """
    seen: Counter[str] = Counter()
    issues = []
    for stands, judgement in worst_first(verdict):
        if stands == "passed":
            continue
        print_of = _fingerprint(verdict, judgement)
        seen[print_of] += 1
        told = f". The page: {page}" if page else ""
        issues.append(
            {
                "description": clean(
                    f"{judgement.where}: {judgement.demand}: {stands}. {judgement.reason}{told}"
                ),
                "check_name": clean(judgement.rule),
                "fingerprint": print_of if seen[print_of] == 1 else f"{print_of}-{seen[print_of]}",
                "severity": SEVERITIES[stands],
                "location": {"path": file, "lines": {"begin": line_of(judgement)}},
            }
        )
    return json.dumps(issues, indent=2, ensure_ascii=False).encode() + b"\n"


def _fingerprint(verdict: Verdict, judgement: Judgement) -> str:
    parts = (verdict.benchmark, judgement.rule, judgement.demand, judgement.where)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
