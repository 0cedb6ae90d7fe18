"""A hostile table, from the file to the page: nothing of it acts, and nothing is lost or merged."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from commands import terrain
from playwright.sync_api import Page
from pyarrow import parquet

if TYPE_CHECKING:
    from pathlib import Path

Opened = Callable[..., Page]

N = 600

WORDS: list[str | None] = [
    None,
    "",
    " ",
    "missing",
    "empty text",
    "null",
    "NaN",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\"' onmouseover='alert(3)' x=\"",
    "javascript:alert(4)",
    "{{7*7}}",
    "${7*7}",
    "__proto__",
    "constructor",
    "line\u2028and\u2029separators",
    "nul\x00inside",
    "\u202egnp.exe",
    "<!--<script>",
    "]]>",
    "&lt;b&gt;&amp;",
    "=1+1",
    "a",
    "A",
    "a ",
    "a\u200b",
    "\u00e9",
    "e\u0301",
    "\ufeffmark",
    "two\r\nlines",
    "x" * 10_000,
    "x" * 9_999 + "y",
]
"""Every one is another value; several look alike."""

LARGE = [2**63 - 1, -(2**63), 2**53 + 1, 2**53, 7, None]
NUMBERS = [None, float("nan"), float("inf"), float("-inf"), -0.0, 0.0, 1e308, 5e-324, 0.1]


def table() -> pa.Table:
    random = np.random.default_rng(6)
    first = np.arange(N) % len(WORDS)
    wrong = random.random(N) < np.where(first < 4, 0.8, 0.1)
    label = random.integers(0, 2, N)

    def turns(values: list[Any], kind: pa.DataType) -> pa.Array:
        return pa.array([values[i % len(values)] for i in range(N)], kind, from_pandas=False)

    return pa.table(
        {
            "__proto__": label,
            "</script><script>alert(5)</script>": np.where(wrong, 1 - label, label),
            "<img src=x onerror=alert(6)>": pa.array([WORDS[code] for code in first]),
            "{{7*7}}": pa.array([WORDS[-code - 1] for code in first]),
            "javascript:alert(7)": turns(
                [WORDS[10], "https://e.org/<b>", *WORDS[7:9]], pa.string()
            ),
            "toString": turns(LARGE, pa.int64()),
            "2^63": turns([2**63, 2**64 - 1, 0], pa.uint64()),
            "num\u2028bers": turns(NUMBERS, pa.float64()),
            "bytes": turns([None, b"", b"\xff\x00<script>"], pa.binary()),
            "day": turns([None, 0, -719_162, 2_932_896], pa.date32()),
            "moment": turns([None, 0, 1], pa.timestamp("ns", "UTC")),
            "\u202egnp": turns([True, False, None], pa.bool_()),
            "w" * 10_000: turns(["v", None], pa.string()),
        }
    )


ANALYZE = (
    *("--label", "__proto__", "--prediction", "</script><script>alert(5)</script>"),
    *("--features", '"<img src=x onerror=alert(6)>",{{7*7}},toString'),
    *("--sensitive", "\u202egnp", "--raw", "javascript:alert(7)", "--no-rival"),
)


@cache
def analyzed(folder: Path, rows: str) -> Path:
    parquet.write_table(table(), folder / "<b>javascript:alert(8).parquet")
    page = folder / f"page{rows}.html"
    done = terrain(
        *("analyze", folder / "<b>javascript:alert(8).parquet", "-o", page, rows),
        *("--json", folder / "found.json", *ANALYZE),
    )
    assert done.code == 0, done.err
    return page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


def shown(value: object, kind: pa.DataType) -> object:
    """Return a value as a reader must see it: exactly, or as text where a number would lose."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        special = {"nan": "NaN", "inf": "inf", "-inf": "-inf"}
        return special.get(str(value), value)
    if pa.types.is_timestamp(kind):
        return "moment"
    return str(value)


def kept(cell: object) -> object:
    """Return a cell of the page likewise."""
    if isinstance(cell, list):
        return cell[0]
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell


@pytest.mark.parametrize("rows", ["--no-full-rows", "--full-rows"])
@pytest.mark.parametrize("policy", [True, False])
def test_nothing_acts_and_nothing_is_lost(
    open_page: Opened,
    folder: Path,
    rows: str,
    policy: bool,  # noqa: FBT001 - with and without the policy
) -> None:
    file = analyzed(folder, rows)
    page = open_page(file, "#region=r1", bypass_csp=not policy)
    for details in page.locator("details").all():
        details.evaluate("one => { one.open = true; }")
    for anchor in page.locator(".finding").evaluate_all("all => all.map(one => one.id)")[:12]:
        page.evaluate("anchor => { location.hash = '#' + anchor; }", anchor)
        page.wait_for_selector(f'[data-chosen][id="{anchor}"]')
    page.evaluate("location.hash = '#node=n0&row=8'")
    page.wait_for_selector("#row[open]")
    assert page.locator("iframe, object, embed, [onerror], [onmouseover]").count() == 0
    links = page.locator("a").evaluate_all("all => all.map(one => one.getAttribute('href') || '')")
    assert [one for one in links if not re.match(r"#|\./|https://|$", one)] == []
    # what acts would be a dialog, an error or a request, and fail the test when it ends
    read = page.evaluate(
        """async () => {
          const slots = Array.from({ length: instances.index.carried }, (_, slot) => slot);
          const rows = await instances.rows(slots);
          return rows.map((one) => [one.number, one.cells.map((cell) =>
            typeof cell === "number" && !Number.isInteger(cell) ? cell
              : Object.is(cell, -0) ? ["-0.0"] : cell)]);
        }"""
    )
    expected = table()
    assert len(read) == N
    for number, cells in read:
        for column, cell in zip(expected.columns, cells, strict=True):
            value = expected_cell(column, number)
            if pa.types.is_floating(column.type):
                same_number(cell, value)
            elif pa.types.is_timestamp(column.type):
                assert (cell is None) == (value is None)
            else:
                assert kept(cell) == value, (number, column.type)


def expected_cell(column: pa.ChunkedArray, number: int) -> object:
    scalar = column[number]
    if pa.types.is_timestamp(column.type):
        return None if not scalar.is_valid else "moment"
    return shown(scalar.as_py(), column.type)


def same_number(cell: Any, value: Any) -> None:
    if value is None or isinstance(value, str):
        assert kept(cell) == value
    else:
        found = float(str(kept(cell)))
        assert (found, np.signbit(found)) == (value, np.signbit(value))


def test_levels_are_not_merged(folder: Path) -> None:
    analyzed(folder, "--no-full-rows")
    found = json.loads((folder / "found.json").read_bytes())
    for feature in ("<img src=x onerror=alert(6)>", "{{7*7}}"):
        levels = found["encoding"][feature]["levels"]
        assert sorted(levels) == sorted(word for word in WORDS if word is not None)
        assert found["encoding"][feature]["has_missing"]


def test_missing_and_empty_look_different(open_page: Opened, folder: Path) -> None:
    page = open_page(analyzed(folder, "--no-full-rows"), "#node=n0&row=1")
    words = page.locator("#row-values dt:has-text('onerror=alert(6)') + dd")
    seen = []
    for row in (1, 2, 4, 5):
        page.evaluate(f"location.hash = '#node=n0&row={row}'")
        page.wait_for_selector(f"#row-title:has-text('Row {row}:')")
        cell = words.first
        seen.append((cell.inner_text(), "missing" in (cell.get_attribute("class") or "")))
    assert seen == [
        ("missing", True),
        ("empty text", True),
        ("missing", False),
        ("empty text", False),
    ]


def test_the_download_keeps_every_text_apart(open_page: Opened, folder: Path) -> None:
    page = open_page(analyzed(folder, "--no-full-rows"), "#node=n0")
    with page.expect_download() as started:
        page.locator("#download").click()
    text = started.value.path().read_bytes().decode()
    lines = list(csv.reader(io.StringIO(text, newline="")))
    at = lines[0].index("<img src=x onerror=alert(6)>")
    texts = {line[at] for line in lines[1:]}
    assert len(texts) == len(WORDS) - 1  # in CSV a missing value is an empty text
    assert "'=1+1" in texts


def test_half_a_letter_is_shown_as_it_is_written(open_page: Opened, tmp_path: Path) -> None:
    words = [r"\ud800 alone", r"\udc00\ud800", r"a pair \ud83d\ude00", r"\\ud800", r"nul \u0000"]
    lines = [
        f'{{"wrong": {int(i % 3 == 0)}, "age": {i % 50}, "word": "{words[i % 5]}"}}\n'
        for i in range(200)
    ]
    (tmp_path / "words.jsonl").write_text("".join(lines))
    done = terrain("analyze", tmp_path / "words.jsonl", "--error", "wrong", "-q")
    assert done.code == 0, done.err
    page = open_page(tmp_path / "words.terrain.html")
    seen = page.evaluate("blocks.group(0).then((rows) => [...new Set(rows.columns[2])])")
    assert sorted(seen) == sorted(
        [r"\ud800 alone", r"\udc00\ud800", "a pair \U0001f600", r"\ud800", "nul \x00"]
    )
