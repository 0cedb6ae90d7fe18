"""Where a reader of a CI system finds things: the page, a rule's line in the policy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.gate.verdict import Judgement

ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Variables with the folder of the repository."""

RULE = re.compile(r"\s*\[\[\s*(?:tool\.terrain\.)?check\.rules\s*\]\]")
ASSERTIONS = re.compile(r"\s*\[\s*(?:tool\.terrain\.)?check\.table\s*\]")


class Link(NamedTuple):
    """A link: what it says and where it leads."""

    text: str
    address: str


def link_to(page: Path, environment: Mapping[str, str]) -> Link:
    """Return a link to the page: among the job's artifacts where there is a job, else the file.

    Examples
    --------
    >>> from pathlib import Path
    >>> link_to(Path("my page.html"), {})
    Link(text='my page.html', address='my%20page.html')
    >>> link_to(Path("page.html"), {"CI_JOB_URL": "https://gitlab.example/a/b/-/jobs/7"}).address
    'https://gitlab.example/a/b/-/jobs/7/artifacts/file/page.html'
    """
    said, quoted = page.as_posix(), quote(page.as_posix())
    if not page.is_absolute() and (job := environment.get("CI_JOB_URL")):
        return Link(said, f"{job}/artifacts/file/{quoted}")
    if run := environment.get("GITHUB_RUN_ID"):
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        repository = environment.get("GITHUB_REPOSITORY", "")
        return Link(
            f"{said}, where this run's artifacts are",
            f"{server}/{repository}/actions/runs/{run}#artifacts",
        )
    return Link(said, quoted)


def in_repository(file: Path, environment: Mapping[str, str]) -> str:
    """Return a file's path from the folder of the repository, else from this one."""
    root = Path(next((environment[name] for name in ROOTS if environment.get(name)), ".")).resolve()
    place = file.resolve()
    return (place.relative_to(root) if place.is_relative_to(root) else place).as_posix()


def line_in(policy: str, judgement: Judgement) -> int:
    r"""Return the line of a judgement's rule; the first where it cannot be told.

    Parameters
    ----------
    policy
        The text of the file that holds the policy.
    judgement
        One by that policy.

    Examples
    --------
    >>> from terrain.gate.verdict import Judgement
    >>> second = Judgement(rule="", demand="", where="", outcome="passed", reason="", number=1)
    >>> line_in("[check]\n[[check.rules]]\nat_most = 0.3\n[[check.rules]]\n", second)
    4
    """
    header = ASSERTIONS if judgement.number is None else RULE
    found = [n for n, line in enumerate(policy.splitlines(), 1) if header.match(line)]
    place = judgement.number or 0
    return found[place] if place < len(found) else 1
