"""Whatever is wrong: one clear message, exit code 2, and nothing but what was there before."""

from __future__ import annotations

import gzip
import json
import os
import re
import resource
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from commands import COMMAND, process, terrain

from terrain.cli import analyze as analyze_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER = "y_true,y_pred,age\n"
ROWS = "".join(f"{i % 2},{(i % 5 > 0) * (i % 2)},{20 + i % 40}\n" for i in range(60))
GOOD = (HEADER + ROWS).encode()


def replaced(row: str) -> bytes:
    """Return the table with its tenth line replaced."""
    lines = GOOD.decode().splitlines()
    lines[9] = row
    return "\n".join(lines).encode()


def contents(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def refused(folder: Path, *arguments: str) -> str:
    """Run a command that must refuse, check what every refusal has in common, return its words."""
    before = contents(folder)
    done = terrain(*arguments)
    assert done.code == 2, done
    assert done.out == ""
    assert done.err.startswith("terrain: ")
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
    assert contents(folder) == before
    return done.err


UNREADABLE = {
    "missing": (None, "there is no file t.csv"),
    "empty": (b"", r"t\.csv is empty \(0 bytes\); give a file with a header and rows"),
    "blank": (b"\n\n", r"t\.csv has only blank lines"),
    "header only": (HEADER.encode(), r"t\.csv has a header but no rows"),
    "one row": ((HEADER + "1,0,30\n").encode(), "one instance: there is nothing to compare"),
    "too long": (replaced("1,0,30,9"), r"t\.csv:10 has 4 fields where the header has 3"),
    "too short": (replaced("1,0"), r"t\.csv:10 has 2 fields where the header has 3"),
    "open quote": (replaced('1,0,"30'), r"t\.csv:10 has a quote that is never closed"),
    "binary": (GOOD[:40] + b"\x00\x01" + GOOD[40:], r"t\.csv:\d+ has a NUL byte"),
    "encoding": (replaced("1,0,\xe9").decode().encode("latin-1"), r"t\.csv:10 .* 0xe9, .*iconv"),
    "damaged gzip": (gzip.compress(GOOD)[:-20], "cannot be unpacked: its gzip data is truncated"),
    "same name twice": (GOOD.replace(b"age", b"y_pred"), "several columns of the same name: `y_p"),
    "no error": (GOOD.replace(b",0,", b",1,").replace(b"\n0", b"\n1"), "there is no error to expl"),
    "all wrong": (
        HEADER.encode() + b"".join(b"%d,%d,%d\n" % (i % 2, 1 - i % 2, i) for i in range(60)),
        "the error rate is 100% over all 60 instances.*name their classes alike",
    ),
    "no label": (GOOD.replace(b"y_true", b"truthiness"), "no column has a usual name for a label"),
    "two labels": (GOOD.replace(b"age", b"label"), "--label y_true or --label label"),
    "empty label": (re.sub(rb"\n[01],", b"\n,", GOOD), "the label `y_true` is empty in every row"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_table_that_cannot_be_analyzed(case: str, folder: Path) -> None:
    content, words = UNREADABLE[case]
    if content is not None:
        Path("t.csv").write_bytes(content)
    assert re.search(words, refused(folder, "analyze", "t.csv"))


def test_other_formats_are_refused_as_clearly(folder: Path) -> None:
    pd.read_csv("preds.csv").to_parquet("t.parquet")
    Path("t.parquet").write_bytes(Path("t.parquet").read_bytes()[:-30])
    assert "t.parquet cannot be read as Parquet" in refused(folder, "analyze", "t.parquet")
    Path("t.jsonl").write_bytes(b'{"y_true": 1}\n{"y_true": \n')
    assert "t.jsonl:2 is not JSON" in refused(folder, "analyze", "t.jsonl")
    pd.DataFrame({"y_true": [[1, 2]] * 9, "y_pred": 1}).to_parquet("lists.parquet")
    lists = refused(folder, "analyze", "lists.parquet", "--label", "y_true")
    assert "a column of list<" in lists
    assert "cannot be a label or prediction: name a plain column" in lists
    Path("empty").mkdir()
    assert "the folder empty has no file to read" in refused(folder, "analyze", "empty")
    assert "no file matches *.tsv" in refused(folder, "analyze", "*.tsv")
    assert "the name of an input is empty" in refused(folder, "analyze", "")


def infinite(column: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return what makes the ninth value of a column infinite."""

    def spoiled(table: pd.DataFrame) -> pd.DataFrame:
        values = table[column].to_numpy(float, copy=True)
        values[8] = np.inf
        return table.assign(**{column: values})

    return spoiled


@pytest.mark.parametrize(
    ("spoil", "options", "words"),
    [
        (infinite("score"), [], r"the score is infinite in 1 row.* row 9"),
        (
            lambda table: infinite("y_true")(table.assign(y_true=table["age"] * 1.5)),
            ["--task", "regression"],
            r"the label is infinite in 1 row.* row 9",
        ),
        (infinite("age"), ["--error", "age"], r"the error is infinite in 1 row.* row 9"),
        (
            lambda table: table.assign(score=[*table["score"][:-1], "high"]),
            [],
            "`score` must hold numbers, but 1 of 1,200 values do not: the first is 'high', in row",
        ),
        (
            lambda table: table.assign(age=table["age"] - 40),
            ["--weight", "age"],
            "the weight `age` must be a number of at least 0 in every row; row 8 has -17 .419 rows",
        ),
        (
            lambda table: table.assign(age=table["age"] + 0.5),
            ["--count", "age"],
            "the count `age` must be a whole number of at least 0",
        ),
    ],
)
def test_values_that_spoil_a_column(
    folder: Path,
    predictions: pd.DataFrame,
    spoil: Callable[[pd.DataFrame], pd.DataFrame],
    options: list[str],
    words: str,
) -> None:
    spoil(predictions).to_csv("spoiled.csv", index=False)
    assert re.search(words, refused(folder, "analyze", "spoiled.csv", *options))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--features", "agee"], r"--features: no column `agee`; did you mean `age`\? .*`region`"),
        (["--label", "ytrue"], "--label: no column `ytrue`; did you mean `y_true`"),
        (["--sensitive", "gender"], r"no column `gender`\. The file has: `person_id`, `age`"),
        (["--features", "age", "--exclude", "age"], "`age` is named by both --features and --excl"),
        (["--positive", "yes"], "no instance has the class `yes`.* The classes are: 0, 1"),
        (["--target", "fpp"], "cannot search by `fpp`; did you mean `fpr`"),
        (["--target", "fpp", "--find", "best"], "cannot search by `fpp`; did you mean `fpr`"),
        (["--reference", "biggest"], "no group is `biggest`.*takes largest, best or a group"),
        (
            ["--sensitive", "region", "--reference", "region=west"],
            "no group is `region=west`; did you mean .*region=south",
        ),
        (["--alpha", "3"], "--alpha must lie between .* and 0.5, not be 3"),
        (["--alpha", "nan"], "--alpha must lie between"),
        (["--seed", "-1"], "--seed must lie between 0 and 4,294,967,296, not be -1"),
        (["--alpha", "much"], "invalid value for '--alpha': 'much' is not a valid float; see"),
        (["--tree", "oak"], "'oak' is not one of 'histogram', 'sklearn'"),
        (["--featurs", "age"], "no such option '?--featurs.*--features.*terrain analyze --help"),
        (["--metadata", "preds.csv"], "--metadata needs --on COLUMN"),
        (["--on", "age"], "--on joins a --metadata FILE, and there is none"),
        (["--metadata", "preds.csv", "--on", "idd"], "preds.csv has no column `idd`"),
        (["--metadata", "pred.csv", "--on", "age"], "no file pred.csv; did you mean `preds.csv`"),
        (
            ["-o", "nowhere/page.html"],
            "cannot write nowhere/page.html: there is no folder .*create",
        ),
        (["-o", "preds.csv/page.html"], "there is no folder .*preds.csv; create it, or name anoth"),
        (["--json", "nowhere/t.json"], "cannot write nowhere/t.json: there is no folder"),
        (["-o", "."], r"cannot write \.: it is a folder; name a file in it"),
        (["-o", "/dev/full"], "cannot write /dev/full: the disk is full; free some space"),
        (["-o", "preds.csv"], "preds.csv is an input: name another output"),
        (["--json", "preds.csv"], "preds.csv is an input"),
        (["-o", "x.html", "--json", "x.html"], "x.html is named for two outputs"),
        (["-o", "-"], "standard output .* name a file"),
    ],
)
def test_options_that_cannot_be_meant(folder: Path, options: list[str], words: str) -> None:
    assert re.search(words, refused(folder, "analyze", "preds.csv", *options))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analyze"], "missing argument 'FILES...'; see `.* analyze --help`"),
        (["anlyze", "preds.csv"], r"no command `anlyze`; did you mean `analyze`\? The commands"),
        (["sample", "load"], "no sample benchmark `load`; did you mean `loans`"),
        (["sample", "loans", "-o", "nowhere/t.csv"], "cannot write nowhere/t.csv: the folder"),
        (["report"], "missing argument 'TERRAIN.JSON'"),
        (["report", "none.json"], "there is no file none.json: check the name and the folder"),
        (["report", "preds.csv"], "this is not a document that terrain wrote: .*analyze --json"),
    ],
)
def test_commands_that_cannot_be_meant(folder: Path, arguments: list[str], words: str) -> None:
    assert re.search(words, refused(folder, *arguments))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[analyze]\nfeatures = "age"',
            "terrain.toml: `features` cannot be used: expected `array`",
        ),
        ("[analyze]\nfeatures = [1]", "terrain.toml: `features` cannot be used: expected `str`"),
        ('[analyze]\nfetures = ["age"]', r"line 2: unknown setting `fetures`; did you mean `featu"),
        ("[analyze]\nmax-depth = 40", "--max-depth must lie between 1 and 12, not be 40"),
        ("[analyze", "terrain.toml is not valid TOML"),
        ("analyze = 3", "terrain.toml: `analyze` must be a table"),
    ],
)
def test_settings_that_cannot_be_meant(folder: Path, text: str, words: str) -> None:
    Path("terrain.toml").write_text(text)
    assert re.search(words, refused(folder, "analyze", "preds.csv"))


def test_an_input_that_a_pattern_matches_is_never_overwritten(folder: Path) -> None:
    assert "preds.csv is an input" in refused(folder, "analyze", "pr*.csv", "-o", "preds.csv")
    assert "preds.csv is an input" in refused(folder, "analyze", ".", "--json", "./preds.csv")


def test_a_report_never_overwrites_what_was_analyzed(folder: Path) -> None:
    terrain("analyze", "preds.csv", "-q", "--json", "t.json")
    assert "preds.csv is an input" in refused(folder, "report", "t.json", "-o", "preds.csv")
    assert "t.json is an input" in refused(folder, "report", "t.json", "-o", "t.json")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text[:2000], "not a document that terrain wrote: .*truncated"),
        (
            lambda text: text.replace('"schema_version": 1', '"schema_version": 99'),
            "schema version 99, .*install a newer error-terrain",
        ),
        (
            lambda text: text.replace('"instances": 1200', '"instances": "many"'),
            r"not a document that terrain wrote: .*benchmark",
        ),
    ],
)
def test_a_document_that_cannot_be_read(
    folder: Path, change: Callable[[str], str], words: str
) -> None:
    terrain("analyze", "preds.csv", "-q", "--json", "t.json")
    Path("t.json").write_text(change(Path("t.json").read_text()))
    assert re.search(words, refused(folder, "report", "t.json"))


@pytest.mark.parametrize(
    ("spoil", "warned"),
    [
        (lambda table: table.assign(y_true=1), "Every label is `1`"),
        (
            lambda table: table.assign(age=[*map(str, table["age"][:-1]), "unknown"]),
            "`age` holds numbers, except in 1 row (`unknown`), which count as missing",
        ),
        (infinite("age"), "`age` is infinite in 1 row."),
        (
            lambda table: table.assign(tags=pd.Series([["a", "b"]] * len(table))),
            "tags (holds lists",
        ),
    ],
)
def test_what_is_odd_but_can_be_analyzed_is_said(
    folder: Path,
    predictions: pd.DataFrame,
    spoil: Callable[[pd.DataFrame], pd.DataFrame],
    warned: str,
) -> None:
    spoil(predictions).to_parquet("odd.parquet")
    done = terrain("analyze", "odd.parquet")
    assert done.code == 0, done.err
    assert warned in " ".join(done.out.split())
    assert (folder / "odd.terrain.html").exists()


def test_ten_thousand_columns_are_analyzed(folder: Path) -> None:
    rng = np.random.default_rng(0)
    features = {f"f{i}": rng.integers(0, 3, 60) for i in range(10_000)}
    label, prediction = rng.integers(0, 2, (2, 60))
    wide = pd.DataFrame({"label": label, "prediction": prediction} | features)
    wide.to_csv("wide.csv", index=False)
    done = terrain("analyze", "wide.csv", "--slices", "0", "--max-depth", "1")
    assert done.code == 0, done.err
    assert (folder / "wide.terrain.html").exists()
    assert len(done.out) < 20_000


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write and read everything")
def test_permissions_are_respected(folder: Path) -> None:
    Path("locked").mkdir(mode=0o500)
    refusal = refused(folder, "analyze", "preds.csv", "-o", "locked/page.html")
    assert "cannot write locked/page.html: no permission to write there" in refusal
    Path("preds.csv").chmod(0)
    assert "no permission to read preds.csv" in terrain("analyze", "preds.csv").err


def test_a_page_that_does_not_fit_on_the_disk_leaves_nothing(folder: Path) -> None:
    Path("old.html").write_text("old")
    done = subprocess.run(
        [*COMMAND, "analyze", "preds.csv", "-o", "old.html"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert done.returncode == 2
    assert "terrain: cannot write old.html: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert Path("old.html").read_text() == "old"
    assert sorted(path.name for path in folder.iterdir()) == ["old.html", "preds.csv"]


def interrupting_stages(stage: int) -> Callable[..., object]:
    """Return a stand-in for the progress display that presses Ctrl-C at a stage."""

    @contextmanager
    def stages(*, quiet: bool) -> Iterator[Callable[[str], None]]:
        del quiet
        seen: list[str] = []

        def say(name: str) -> None:
            seen.append(name)
            if len(seen) > stage:
                raise KeyboardInterrupt

        yield say

    return stages


@pytest.mark.parametrize("stage", range(5))
def test_an_interrupt_at_any_stage_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, stage: int
) -> None:
    monkeypatch.setattr(analyze_command, "stages", interrupting_stages(stage))
    done = terrain("analyze", "preds.csv", "--sensitive", "sex", "--json", "t.json")
    assert done.code == 130
    assert done.err.strip() == "terrain: interrupted; no file is half-written"
    assert [path.name for path in folder.iterdir()] == ["preds.csv"]


def test_an_interrupt_while_the_page_is_written_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(descriptor: int) -> None:
        del descriptor
        raise KeyboardInterrupt

    Path("old.html").write_text("old")
    monkeypatch.setattr(os, "fsync", interrupt)
    done = terrain("analyze", "preds.csv", "-o", "old.html")
    assert done.code == 130
    assert Path("old.html").read_text() == "old"
    assert sorted(path.name for path in folder.iterdir()) == ["old.html", "preds.csv"]


def test_a_real_interrupt_ends_the_process(folder: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "analyze", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdin is not None
        running.stdin.write(GOOD * 500)  # more than a pipe holds: by then, somebody reads
        running.stdin.flush()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate()
    assert running.returncode == 130
    assert out == b""
    assert err.strip() == b"terrain: interrupted; no file is half-written"
    assert [path.name for path in folder.iterdir()] == ["preds.csv"]


@pytest.mark.parametrize("arguments", [["--help"], ["sample", "--list"], ["analyze", "preds.csv"]])
def test_a_reader_that_has_seen_enough_is_no_trouble(folder: Path, arguments: list[str]) -> None:
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


@pytest.mark.parametrize("arguments", [["--help"], ["analyze", "preds.csv"], ["schema"]])
def test_a_full_standard_output_is_said(folder: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=folder, stdout=full, stderr=subprocess.PIPE, check=False
        )
    said = done.stderr.decode()
    assert done.returncode == 2
    assert said.startswith("terrain: standard output cannot be used: No space left on device")
    assert "Traceback" not in said


def test_any_encoding_of_the_terminal_will_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    done = process("analyze", "preds.csv", folder=folder)
    assert done.code == 0, done.err
    assert "\\u2013" in done.out


def test_a_closed_standard_input_is_said(folder: Path) -> None:
    done = process("analyze", "-", folder=folder)
    assert (done.code, done.out) == (2, "")
    assert "terrain: standard input is empty (0 bytes); give a file" in done.err


def test_control_characters_in_a_name_do_not_reach_the_terminal(folder: Path) -> None:
    said = refused(folder, "analyze", "preds.csv", "--label", "\x1b[31mred")
    assert "\x1b" not in said
    assert "␛[31mred" in said


def test_a_folder_that_has_grown_gives_no_instances(
    folder: Path, predictions: pd.DataFrame
) -> None:
    (folder / "parts").mkdir()
    predictions.to_csv("parts/a.csv", index=False)
    terrain("analyze", "parts", "-q", "--json", "t.json", "-o", "t.html")
    predictions.to_csv("parts/b.csv", index=False)
    grown = terrain("report", "t.json", "-o", "again.html")
    assert "the page has no instances: parts/b.csv was not there" in grown.out
    Path("parts/b.csv").rename("parts/c.csv")
    Path("parts/a.csv").unlink()
    assert "parts/c.csv was not there" in terrain("report", "t.json", "-o", "again.html").out


def test_a_document_says_which_rows_are_gone(folder: Path, predictions: pd.DataFrame) -> None:
    terrain("analyze", "preds.csv", "-q", "--json", "t.json")
    predictions[:-1].to_csv("preds.csv", index=False)
    changed = terrain("report", "t.json", "-o", "changed.html")
    assert changed.code == 0
    assert "the page has no instances: preds.csv has changed since it was analyzed" in changed.out
    Path("preds.csv").unlink()
    gone = terrain("report", "t.json", "-o", "gone.html")
    assert gone.code == 0
    assert "the page has no instances: there is no file preds.csv" in gone.out
    for page in ("changed.html", "gone.html"):
        found = (folder / page).read_text()
        assert json.loads(Path("t.json").read_text())["headline"].split(".")[0] in found
