"""What is hidden stands nowhere: searched for in every byte that is written."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from commands import Done, terrain

if TYPE_CHECKING:
    from pathlib import Path

N = 600
MARK = "zqx"
"""Begins every value of a hidden column, and every name of one; nothing else has it."""


def table() -> pd.DataFrame:
    random = np.random.default_rng(1)
    label = random.integers(0, 2, N)
    age = random.integers(18, 80, N)
    wrong = random.random(N) < np.where(age < 30, 0.6, 0.1)
    return pd.DataFrame(
        {
            "person_id": [f"id{i}" for i in range(N)],
            "label": label,
            "prediction": np.where(wrong, 1 - label, label),
            "age": age,
            "town": random.choice(["north", "south"], N),
            "zqx_name": [f"zqx{i % 200} Doe" for i in range(N)],
            " zqx_padded": [f"zqx-{i % 3}" for i in range(N)],
            "zqx_few": random.choice(np.array(["zqx-a", "zqx-b", None], object), N),
            "zqx_number": 777_000_111 + random.integers(0, 5, N),
            "zqx_mail": [f"zqx{i}@example.org" for i in range(N)],
            "note": [
                f"a long text of the person called nobody, number {i} of it" for i in range(N)
            ],
        }
    )


HIDDEN = [name for name in table().columns if MARK in name]
HIDE = ("--hide-columns", ",".join(HIDDEN))
NEEDLES = (MARK, "777000111", "7770001")


def uncovered(path: Path) -> str:
    """Return a file's text, and that of every block in it, inflated."""
    text = path.read_bytes().decode()
    blocks = re.findall(r"[A-Za-z0-9+/]{40,}={0,2}", text)
    inflated = [
        gzip.decompress(packed).decode("latin-1")
        for packed in (base64.b64decode(block) for block in blocks if len(block) % 4 == 0)
        if packed.startswith(b"\x1f\x8b")
    ]
    return "\n".join([html.unescape(text), text, *inflated]).casefold()


def written(folder: Path) -> dict[str, str]:
    return {path.name: uncovered(path) for path in folder.rglob("*") if path.is_file()}


def saw(done: Done, folder: Path) -> list[str]:
    """Return where a needle is found: in a file, or in what was printed."""
    places = {**written(folder), "printed": (done.out + done.err).casefold()}
    return [name for name, text in places.items() if any(needle in text for needle in NEEDLES)]


@pytest.fixture(params=["csv", "jsonl", "parquet"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"preds.{request.param}"
    if request.param == "csv":
        table().to_csv(path, index=False)
    elif request.param == "jsonl":
        table().to_json(path, orient="records", lines=True)
    else:
        table().to_parquet(path)
    return path


def analyzed(source: Path, folder: Path, *options: str) -> Done:
    folder.mkdir()
    outputs = ("-o", folder / "page.html", "--json", folder / "found.json")
    done = terrain("analyze", source, *outputs, "--sensitive", "town", "--no-rival", *options)
    assert done.code == 0, done.err
    return done


def test_the_search_would_find_what_is_not_hidden(source: Path, tmp_path: Path) -> None:
    done = analyzed(source, tmp_path / "out")
    assert set(saw(done, tmp_path / "out")) == {"page.html", "found.json", "printed"}
    values = written(tmp_path / "out")["page.html"]
    assert "zqx17 doe" in values
    assert "777000112" in values


@pytest.mark.parametrize("rows", ["--no-full-rows", "--full-rows"])
def test_hidden_columns_stand_nowhere(source: Path, tmp_path: Path, rows: str) -> None:
    done = analyzed(source, tmp_path / "out", *HIDE, rows)
    files = written(tmp_path / "out")
    assert any("id17" in text for text in files.values())  # the blocks were inflated
    assert saw(done, tmp_path / "out") == []
    assert "5 columns left out by --hide-columns" in files["found.json"]


def test_a_page_drawn_again_hides_them_too(source: Path, tmp_path: Path) -> None:
    analyzed(source, tmp_path / "out", *HIDE)
    before = (tmp_path / "out/page.html").read_bytes()
    (tmp_path / "out/page.html").unlink()
    done = terrain("report", tmp_path / "out/found.json", "-o", tmp_path / "out/page.html")
    assert done.code == 0, done.err
    assert saw(done, tmp_path / "out") == []
    assert (tmp_path / "out/page.html").read_bytes() == before


def test_hidden_columns_of_metadata_stand_nowhere(tmp_path: Path) -> None:
    frame = table()
    theirs = ["person_id", *HIDDEN]
    frame.drop(columns=HIDDEN).to_csv(tmp_path / "preds.csv", index=False)
    frame[theirs].head(500).to_csv(tmp_path / "more.csv", index=False)
    more = ("--metadata", str(tmp_path / "more.csv"), "--on", "person_id")
    done = analyzed(tmp_path / "preds.csv", tmp_path / "out", *more, *HIDE)
    assert saw(done, tmp_path / "out") == []


def test_hidden_columns_of_mixed_types_stand_nowhere(tmp_path: Path) -> None:
    frame = table()
    frame.head(300).to_csv(tmp_path / "a.csv", index=False)
    frame.tail(300).assign(zqx_number="zqx text", age="old").to_csv(tmp_path / "b.csv", index=False)
    done = analyzed(tmp_path / "a.csv", tmp_path / "out", str(tmp_path / "b.csv"), *HIDE)
    assert "a hidden column" in written(tmp_path / "out")["found.json"]
    assert saw(done, tmp_path / "out") == []


def test_a_gate_and_a_comparison_hide_them_too(tmp_path: Path) -> None:
    table().to_csv(tmp_path / "old.csv", index=False)
    table().assign(prediction=table()["label"]).to_csv(tmp_path / "new.csv", index=False)
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "terrain.toml").write_text(
        "[[check.rules]]\nat_most = 0.9\n[check.table]\nat_least_rows = 10\n"
    )
    checked = terrain(
        *("check", tmp_path / "old.csv", "--policy", tmp_path / "terrain.toml", *HIDE),
        *("-o", out / "check.html", "--json", out / "verdict.json", "--junit", out / "junit.xml"),
        *("--document", out / "found.json", "--markdown", out / "verdict.md"),
    )
    assert checked.code == 0, checked.err
    compared = terrain(
        *("compare", tmp_path / "old.csv", tmp_path / "new.csv", *HIDE, "--sensitive", "town"),
        *("-o", out / "compare.html", "--json", out / "compare.json"),
    )
    assert compared.code == 0, compared.err
    assert saw(checked, out) + saw(compared, out) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--hide-columns", "zqx_nam"), "did you mean `zqx_name`?"),
        (("--hide-columns", "zqx_few", "--sensitive", "zqx_few"), "named by both --sensitive"),
        (("--hide-columns", "label", "--label", "label"), "named by both --label"),
        (("--hide-columns", "age", "--cohort", "age < 30"), "age"),
        (("--hide-columns", "label"), "--label"),
    ],
)
def test_what_cannot_be_hidden_is_refused(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    table().to_csv(tmp_path / "preds.csv", index=False)
    done = terrain("analyze", tmp_path / "preds.csv", "-o", tmp_path / "page.html", *options)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "page.html").exists()


def rows_of(page: Path) -> list[dict[str, Any]]:
    """Return the rows that a page carries."""
    text = page.read_text("utf-8")
    columns = json.loads(re.findall(r'id="index">(.*?)</script>', text)[0])["columns"]
    (block,) = re.findall(r'id="rows-0">(.*?)</script>', text)
    values = json.loads(gzip.decompress(base64.b64decode(block)))["columns"]
    names = [column["name"] for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


@pytest.mark.parametrize("again", [False, True])
def test_redacted_rows_show_features_and_outcome(tmp_path: Path, again: bool) -> None:  # noqa: FBT001 - as analyzed, and drawn again
    frame = table()
    frame.loc[3, "zqx_mail"] = None
    frame.to_csv(tmp_path / "preds.csv", index=False)
    analyzed(tmp_path / "preds.csv", tmp_path / "out", "--redact", "--features", "age,town")
    if again:
        terrain("report", tmp_path / "out/found.json", "-o", tmp_path / "out/page.html")
    rows = rows_of(tmp_path / "out/page.html")
    shown = {"label", "prediction", "age", "town"}
    for name in frame.columns:
        seen = {row[name] for row in rows}
        if name in shown:
            assert seen == {None if pd.isna(value) else value for value in frame[name]}
        else:
            assert seen == ({"▇", None} if name in {"zqx_mail", "zqx_few"} else {"▇"})
    assert "example.org" not in uncovered(tmp_path / "out/page.html")
    assert "of the person" not in uncovered(tmp_path / "out/page.html")


def test_a_page_without_instances_carries_no_row(tmp_path: Path) -> None:
    table().to_csv(tmp_path / "preds.csv", index=False)
    analyzed(tmp_path / "preds.csv", tmp_path / "out", "--full-rows")
    assert (tmp_path / "out/page_rows").is_dir()
    done = terrain(
        *("analyze", tmp_path / "preds.csv", "--full-rows", "--no-instances", "--no-rival"),
        *("-o", tmp_path / "out/page.html", "--json", tmp_path / "out/found.json"),
    )
    assert "the rows of an earlier page, removed" in done.out
    for _ in range(2):
        text = (tmp_path / "out/page.html").read_text("utf-8")
        assert 'id="rows-0"' not in text
        assert 'id="codes-0"' not in text
        assert "carries no instances" in text
        assert "id17" not in uncovered(tmp_path / "out/page.html")
        terrain("report", tmp_path / "out/found.json", "-o", tmp_path / "out/page.html")
