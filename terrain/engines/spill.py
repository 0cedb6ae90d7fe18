"""Items past the memory that they may take: laid into a file without a name, read as if in memory.

The arrays of an item go to the disk as they are (pickle's out-of-band buffers), and come back as
views of the file that is mapped into memory; the system decides which of its pages stay there. A
file without a name vanishes with the process, however that ends.
"""

from __future__ import annotations

import mmap
import pickle
import tempfile
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from terrain.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

ALIGNED = 64
"""Bytes at whose multiples arrays begin."""

SEEN = 1 << 26
"""Bytes that are looked at before the pages in which they lie are let go."""


class Spilled(NamedTuple):
    """An item whose buffers lie in a file.

    Attributes
    ----------
    content
        The item without its buffers.
    places
        Where each begins and ends.
    """

    content: bytes
    places: tuple[tuple[int, int], ...]


class SpillFile:
    """A file without a name that items are laid into."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="terrain-")  # noqa: SIM115 - it goes with this object
        weakref.finalize(self, self._file.close)
        self._map: mmap.mmap | None = None
        self._end = 0
        self._seen = 0

    def put(self, content: bytes, buffers: Sequence[pickle.PickleBuffer]) -> Spilled:
        """Return an item that was pickled, its buffers in the file.

        Raises
        ------
        OutputError
            The disk is full, or the like.
        """
        places = []
        try:
            for buffer in buffers:
                with buffer.raw() as view:
                    self._file.seek(self._end)
                    self._file.write(view)
                    places.append((self._end, self._end + view.nbytes))
                self._end = -(-places[-1][1] // ALIGNED) * ALIGNED
        except OSError as error:
            raise OutputError(
                f"the temporary folder {tempfile.gettempdir()} cannot take what does not fit into "
                f"memory: {error.strerror or error}. Allow more with --memory, or set TMPDIR to a "
                "folder with room"
            ) from error
        return Spilled(content, tuple(places))

    def get(self, item: Spilled) -> Any:  # noqa: ANN401 - whatever was put
        """Return an item, its arrays as views of the file that cannot be written to."""
        if self._map is None or len(self._map) < self._end:
            size = max(self._end, 1)  # nothing cannot be mapped
            self._file.truncate(size)
            self._file.flush()
            self._map = mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ)
        self._seen += sum(end - start for start, end in item.places)
        if self._seen > SEEN and hasattr(mmap, "MADV_DONTNEED"):
            # pages that are looked at count as ours until they are let go; the file keeps them
            self._map.madvise(mmap.MADV_DONTNEED)
            self._seen = 0
        whole = memoryview(self._map)
        return pickle.loads(  # noqa: S301 - our own item, out of a file that nobody else can open
            item.content, buffers=[whole[start:end] for start, end in item.places]
        )


def size_of(content: bytes, buffers: Sequence[pickle.PickleBuffer]) -> int:
    """Return the bytes that a pickled item takes."""
    return len(content) + sum(buffer.raw().nbytes for buffer in buffers)
