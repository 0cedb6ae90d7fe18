"""Where a reader of a CI system finds the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


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
            f"{said}, among this run's artifacts",
            f"{server}/{repository}/actions/runs/{run}#artifacts",
        )
    return Link(said, quoted)
