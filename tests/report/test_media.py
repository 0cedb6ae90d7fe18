"""Images that a table names are found, and copied as far as the budget holds; nothing else is."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
import report_examples
from PIL import Image

from terrain.report.instances import Embedded, Instances, embed
from terrain.report.media import SIDE, SMALL, WRAPPED, gallery_of, illustrated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def with_column(values: Sequence[str | None], **more: object) -> Instances:
    _, instances = report_examples.noise()
    column = pa.array([values[row % len(values)] for row in range(1200)], pa.string())
    return replace(instances, table=instances.table.append_column("x", column), **more)  # type: ignore[arg-type]


def carried(instances: Instances, source: Path, budget: float = 1e6) -> Embedded:
    plain = embed(instances, max_bytes=10**7, seed=0)
    return illustrated(plain, instances, [str(source)], source.parent, budget)


def about(embedded: Embedded) -> tuple[str, str]:
    column = next(one for one in embedded.index["columns"] if one["name"] == "x")
    return column["holds"], column["from"]


def picture(path: Path, side: int = 8, kind: str = "PNG", seed: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, kind)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(packed.getvalue())
    return packed.getvalue()


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        (["a.png", "sub/b.JPG", "../c d.webp"], "image"),
        (["https://x.org/a.png", "http://x.org/b.jpg?s=1"], "image"),
        (["https://x.org/a", None, "http://x.org/?q=<b>"], "link"),
        (["word", "a.png", "https://x.org/a.png"], ""),
        (["a short one\nof two lines", "x"], "text"),
        (["w " * 60, "short"], "text"),
        (["javascript:alert(1)//a.html", "data:text/html,x"], ""),
        ([None, ""], ""),
    ],
)
def test_what_columns_hold(values: list[str | None], holds: str, tmp_path: Path) -> None:
    assert about(carried(with_column(values), tmp_path / "t.csv")) == (holds, "")


def test_raw_text_is_text_and_numbers_are_nothing(tmp_path: Path) -> None:
    raw = with_column(["word"], marked={"x": "raw"})
    assert about(carried(raw, tmp_path / "t.csv")) == ("text", "")
    assert gallery_of(raw, [str(tmp_path / "t.csv")]).holds["a"] == ""


def test_paths_begin_at_the_table_or_where_the_command_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(tmp_path / "data" / "a.png")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    table = tmp_path / "data" / "t.csv"
    assert about(carried(with_column(["a.png", "gone.png"]), table)) == ("image", "source")
    picture(tmp_path / "here" / "b.png")
    assert about(carried(with_column(["b.png"]), table)) == ("image", "here")
    assert about(carried(with_column([str(tmp_path / "data" / "a.png")]), table)) == (
        "image",
        "source",
    )


def test_small_images_are_copied_as_they_are_within_the_budget(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(40)]
    files = {name: picture(tmp_path / name, seed=at) for at, name in enumerate(names)}
    instances = with_column(names)
    found = carried(instances, tmp_path / "t.csv")
    copies = {
        path: base64.b64decode(block.text.removeprefix("data:image/png;base64,"))
        for (_, path), block in zip(found.index["media"], found.media, strict=True)
    }
    assert copies == files
    few = carried(instances, tmp_path / "t.csv", 3000)
    taken = [len(block.text) + WRAPPED for block in few.media]
    assert 0 < len(taken) < 40
    assert sum(taken) <= 3000
    assert few.linked
    none = carried(instances, tmp_path / "t.csv", 0)
    assert (none.media, none.index["media"], none.linked) == ((), [], True)


def test_the_worst_of_each_finding_come_first(tmp_path: Path) -> None:
    rows = range(1200)
    for row in rows:
        (tmp_path / f"{row}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    confidence = np.random.default_rng(0).random(1200)
    odd = np.arange(1200) % 2
    instances = with_column(
        [f"{row}.png" for row in rows],
        confidence=confidence,
        codes={"a": odd.astype(np.uint8)},
        selections={"n0": (), "r1": (("a", (1,)),)},
        stretches={},
    )
    few = carried(instances, tmp_path / "t.csv", 500)
    found = [int(path[:-4]) for _, path in few.index["media"]]
    wrong = np.flatnonzero(instances.loss == 1)
    overall = wrong[np.argsort(-confidence[wrong])]
    own = overall[odd[overall] == 1]
    assert found[0] == overall[0]
    assert own[0] in found[:2]
    assert set(found) <= {*overall[: len(found)], *own[: len(found)]}


def test_large_images_become_small_ones(tmp_path: Path) -> None:
    content = picture(tmp_path / "a.jpg", 900, "JPEG")
    assert len(content) > SMALL
    (block,) = carried(with_column(["a.jpg"]), tmp_path / "t.csv").media
    head, text = block.text.split(",")
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(text))) as image:
        assert image.size == (SIDE, SIDE)
    assert carried(with_column(["a.jpg"]), tmp_path / "t.csv").media == (block,)  # twice the same


def test_only_images_are_ever_copied(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"root:x:0:0")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 20_000)
    Image.new("1", (20_000, 20_000)).save(tmp_path / "enormous.png")
    names = ["enormous.png", "secret.png", "folder.png", "gone.png", "nul\0.png", "bomb.png"]
    names += ["//host/share.png"]
    found = carried(with_column(names), tmp_path / "t.csv")
    assert found.index["media"] == []


def test_without_pillow_images_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture(tmp_path / "a.jpg", 400, "JPEG")
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    (block,) = carried(with_column(["a.jpg"]), tmp_path / "t.csv").media
    assert base64.b64decode(block.text.removeprefix("data:image/jpeg;base64,")) == content


def test_links_lead_from_the_page_to_the_images(tmp_path: Path) -> None:
    picture(tmp_path / "a b" / "a.png")
    (tmp_path / "pages").mkdir()
    instances = with_column(["a.png"])
    plain = embed(instances, max_bytes=10**7, seed=0)
    source = tmp_path / "a b" / "javascript:x" / ".." / "t.csv"
    found = illustrated(plain, instances, [str(source)], tmp_path / "pages", 0)
    assert found.index["folders"] == ["./../a%20b/"]
