"""Images that instances name: which columns do, where the files lie, and small copies in the page.

Only a file that begins as an image does is ever copied into a page, and only columns in which files
were found are shown as images. An address elsewhere is never fetched, neither here nor by the page.
"""

from __future__ import annotations

import base64
import io
import re
import warnings
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from terrain.report.instances import selected, worst_first
from terrain.report.links import relative
from terrain.report.packing import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terrain.report.instances import Embedded, Instances

Holds = Literal["image", "link", "text", ""]
Base = Literal["source", "here", ""]
"""Where relative paths begin: at the folder of a row's file, or where the command was started."""

ADDRESS = re.compile(r"https?://\S+$", re.IGNORECASE)
IMAGE = re.compile(r"[^\n]+\.(?:png|jpe?g|gif|webp|bmp|avif|svg)$", re.IGNORECASE)

SEEN, TRIED = 500, 50
"""Values of a column that are looked at, and paths of them that are looked for on the disk."""

LONG = 60
"""Letters of an average value past which a column is text to be read."""

BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"RIFF": "webp",
    b"BM": "bmp",
}
"""How files begin whose browsers' name that is."""

SMALL, SIDE = 12_000, 320
"""Bytes of an image that stays as it is, and pixels of the longer side of a smaller copy."""

WRAPPED = 80
"""Bytes around an image in the page."""

GIVEN_UP = 200
"""Images in a row that did not fit or could not be read, after which no more are tried."""

WORST = 100
"""Instances of each finding whose images come first."""


@dataclass(frozen=True)
class Gallery:
    """What of the columns are images.

    Attributes
    ----------
    holds
        By column, what its values are.
    base
        By column of images, where their relative paths begin; "" if no file was found.
    """

    holds: dict[str, Holds]
    base: dict[str, Base]

    @property
    def images(self) -> list[str]:
        """The columns whose files were found."""
        return [name for name, base in self.base.items() if base]


def gallery_of(instances: Instances, sources: Sequence[str]) -> Gallery:
    """Return what of the columns are images; `sources` are the paths of the instances' files."""
    holds = {
        name: _holds(instances.table[name], instances.marked.get(name))
        for name in instances.table.column_names
    }
    images = [name for name, held in holds.items() if held == "image"]
    return Gallery(holds, {name: _base(instances, name, sources) for name in images})


def illustrated(
    embedded: Embedded,
    instances: Instances,
    sources: Sequence[str],
    folder: Path,
    budget: float,
) -> Embedded:
    """Return what the page carries, with images.

    Parameters
    ----------
    embedded
        Without images.
    instances
        The rows it was made of.
    sources
        Paths of their files.
    folder
        Where the page will lie.
    budget
        Bytes that copies of images may take in the page; the others are linked.
    """
    gallery = gallery_of(instances, sources)
    blocks, names = _copies(instances, gallery, sources, budget)
    index = embedded.index | {
        "columns": [
            column
            | {"holds": gallery.holds[column["name"]], "from": gallery.base.get(column["name"], "")}
            for column in embedded.index["columns"]
        ],
        "media": names,
        "folders": [f"{relative(_folder(path), folder)}/" for path in sources],
        "here": f"{relative(Path(), folder)}/" if "here" in gallery.base.values() else "",
    }
    return replace(embedded, index=index, media=blocks, linked=bool(gallery.images))


def _holds(column: pa.ChunkedArray, role: str | None) -> Holds:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return ""
    seen = [word for word in column.slice(0, SEEN).to_pylist() if word]
    most = 0.9 * len(seen)
    if not seen:
        return ""
    if sum(_is_image(word) for word in seen) >= most:
        return "image"
    if sum(ADDRESS.match(word) is not None for word in seen) >= most:
        return "link"
    long = sum(map(len, seen)) > LONG * len(seen) or any("\n" in word for word in seen)
    return "text" if long or role == "raw" else ""


def _is_image(word: str) -> bool:
    path = re.split(r"[?#]", word)[0] if ADDRESS.match(word) else word
    return IMAGE.match(path) is not None


def _base(instances: Instances, name: str, sources: Sequence[str]) -> Base:
    """Return from where most of the first paths lead to a file."""
    found: dict[Base, int] = {
        base: sum(
            path.is_file() for _, path in _paths(instances, name, sources, base, range(TRIED))
        )
        for base in ("source", "here")
    }
    best = max(found, key=lambda base: found[base])
    return best if found[best] else ""


def _paths(
    instances: Instances, name: str, sources: Sequence[str], base: Base, rows: Sequence[int] | range
) -> Iterator[tuple[tuple[int, str], Path]]:
    """Yield each local path of some rows: its source's number and how it is written, and it."""
    column = instances.table[name]
    for row in rows:
        word = column[row].as_py() if row < len(column) else None
        if not word or "\0" in word or ADDRESS.match(word) or word.startswith("//"):
            continue
        source = int(instances.source[row])
        start = _folder(sources[source]) if base == "source" else Path()
        yield (source, word), start / word


def _copies(
    instances: Instances, gallery: Gallery, sources: Sequence[str], budget: float
) -> tuple[tuple[Block, ...], list[tuple[int, str]]]:
    """Return small copies of images, those of the worst rows first, and what each is a copy of."""
    blocks: list[Block] = []
    names: dict[tuple[int, str], None] = {}
    missed = 0
    order = list(_worst_of_each(instances)) if budget and gallery.images else []
    for row in order:
        for column in gallery.images:
            for name, path in _paths(instances, column, sources, gallery.base[column], [row]):
                if name in names or missed > GIVEN_UP:
                    continue
                text = _copy(path)
                taken = len(text or "") + len(name[1]) + WRAPPED
                missed = missed + 1 if text is None or taken > budget else 0
                if text is None or taken > budget:
                    continue
                budget -= taken
                blocks.append(Block(f"media-{len(blocks)}", text))
                names[name] = None
    return tuple(blocks), list(names)


def _worst_of_each(instances: Instances) -> Iterator[int]:
    """Yield all rows: the worst of every finding, then the second worst of each, and so on."""
    order = worst_first(instances)
    each = [order[selected(instances, name)[order]][:WORST] for name in instances.selections]
    first = (row for turn in zip_longest(*each) for row in turn if row is not None)
    yield from dict.fromkeys(int(row) for row in chain(first, order))


def _copy(path: Path) -> str | None:
    """Return a file as a data address if it is an image, smaller where Pillow is there to do it."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError):
        return None
    kind = next((kind for start, kind in BEGINNINGS.items() if content.startswith(start)), None)
    if kind is None:
        return None
    if len(content) > SMALL:
        smaller = _smaller(content, kind)
        if smaller is None:
            return None
        content, kind = smaller
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _smaller(content: bytes, kind: str) -> tuple[bytes, str] | None:
    """Return a smaller copy and its kind, without Pillow the image as it is; None: it is none."""
    try:
        from PIL import Image, ImageOps  # noqa: PLC0415 - an extra, needed for large images only
    except ImportError:
        return content, kind
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # so that one of enormous size is refused
            with Image.open(io.BytesIO(content)) as image:
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((SIDE, SIDE))
                packed = io.BytesIO()
                upright.convert("RGBA").save(packed, "WEBP", quality=80)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning):
        return None
    return min((content, kind), (packed.getvalue(), "webp"), key=lambda each: len(each[0]))


def _folder(source: str) -> Path:
    return Path() if source == "-" else Path(source).parent
