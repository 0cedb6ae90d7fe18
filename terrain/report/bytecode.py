"""Templates as bytecode, kept beside them as Python keeps that of modules."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from jinja2 import FileSystemBytecodeCache

from terrain.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2.bccache import Bucket


class Bytecode(FileSystemBytecodeCache):
    """Bytecode in the `__pycache__` of a folder of templates; compiled anew where it cannot lie.

    Compiling takes longer than drawing a page of a small table.

    Parameters
    ----------
    templates
        The folder.
    """

    def __init__(self, templates: Path) -> None:
        self._folder = templates / "__pycache__"
        tag = f"{sys.implementation.cache_tag}-{__version__}"
        super().__init__(str(self._folder), f"%s.{tag}.jinja")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take bytecode that is kept, if any can be read."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep bytecode, if the folder can be written and Python may write bytecode."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
