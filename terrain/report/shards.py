"""Rows beside the page: scripts that it loads when a reader looks at what they hold."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from terrain.errors import OutputError
from terrain.files import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from terrain.report.packing import Block

CALL = "blocks.arrived("
"""How every file in such a folder begins; one that holds anything else is not ours."""


@dataclass(frozen=True)
class Beside:
    """Where a page finds its rows.

    Attributes
    ----------
    folder
        The folder's name; it lies beside the page.
    key
        What page and files have in common, so that no page shows the rows of another run.
    """

    folder: str
    key: str


def folder_of(page: Path) -> Path:
    """Return the folder in which a page's rows lie.

    Examples
    --------
    >>> from pathlib import PurePosixPath
    >>> str(folder_of(PurePosixPath("runs/loans.terrain.html")))
    'runs/loans.terrain_rows'
    """
    return page.parent / f"{page.stem}_rows"


def write_shards(blocks: Iterable[Block], folder: Path, key: str) -> tuple[int, int]:
    """Write each block as a script into a folder, which is replaced as a whole.

    Returns
    -------
    How many files there are, and their bytes.

    Raises
    ------
    OutputError
        The folder holds something else, or cannot be written.
    """
    refuse_foreign(folder)
    beside = folder.with_name(f".terrain-{secrets.token_hex(8)}.part")
    count = size = 0
    try:
        beside.mkdir()
        for block in blocks:
            text = f'{CALL}"{block.name}", "{key}", "{block.text}");\n'
            size += (beside / f"{block.name}.js").write_bytes(text.encode("ascii"))
            count += 1
        remove_shards(folder)
        beside.rename(folder)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {reason_of(error, folder)}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return count, size


def remove_shards(folder: Path) -> bool:
    """Remove the rows of an earlier page; return whether there were any."""
    if not _is_ours(folder):
        return False
    shutil.rmtree(folder)
    return True


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder whose place is taken.

    Raises
    ------
    OutputError
        It holds something else than rows of a page, or is no folder.
    """
    if folder.exists() and not _is_ours(folder):
        raise OutputError(
            f"{folder} is where the rows beside the page would lie, and it holds something else: "
            "name another page, or move it away"
        )


def _is_ours(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    return all(map(_is_block, folder.iterdir()))


def _is_block(path: Path) -> bool:
    if path.suffix != ".js" or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(CALL)) == CALL.encode("ascii")
