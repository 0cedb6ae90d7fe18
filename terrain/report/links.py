"""Addresses of files, as a page links to them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote


def relative(target: str | Path, folder: Path) -> str:
    """Return the address of a file or folder relative to the folder of a page.

    Everything that could make it an address of another kind (a scheme, a host) is quoted.

    Examples
    --------
    >>> relative("data/a b.csv", Path("pages")), relative("javascript:1", Path())
    ('./../data/a%20b.csv', './javascript%3A1')
    """
    path = Path(os.path.relpath(target, folder)).as_posix()
    try:
        name = path.encode("utf-8", "surrogateescape")  # the bytes of a name that is no UTF-8
    except UnicodeEncodeError:
        name = path.encode("utf-8", "replace")
    return f"./{quote(name)}"
