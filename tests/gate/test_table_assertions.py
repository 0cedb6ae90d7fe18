"""Assertions on the table: exact, and never silently passed."""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa
import pytest

from terrain.gate.policy import TableRules
from terrain.gate.table import assertions

TABLE = pa.table(
    {
        "id": ["a", "b", "c", "c"],
        "age": [18.0, 40.0, None, 61.0],
        "rating": [1, 2, 2, 1],
        "sex": pa.array(["f", "m", None, "x"]).dictionary_encode(),
    }
)

CASES: list[tuple[dict[str, Any], str | None]] = [
    ({"at_least_rows": 4}, None),
    ({"at_least_rows": 5}, "it has 4 rows"),
    ({"columns": ["id", "sex"]}, None),
    ({"columns": ["agee", "zzz"]}, "no column `agee`; did you mean `age`?, `zzz`"),
    ({"unique": ["rating"]}, "not unique: `1`, `2`"),
    ({"unique": ["id"]}, "not unique: `c`"),
    ({"unique": ["age"]}, None),
    ({"unique": ["agee"]}, "no column `agee`; did you mean `age`?"),
    ({"missing_at_most": {"age": 0.25}}, None),
    ({"missing_at_most": {"sex": 0.24}}, "25.0% of it is missing (1 of 4)"),
    ({"levels": {"sex": ["f", "m", "x"]}}, None),
    ({"levels": {"sex": ["f"]}}, "2 rows have another value: `m`, `x`"),
    ({"levels": {"rating": [1, 2]}}, None),
    ({"levels": {"rating": [1]}}, "2 rows have another value: `2`"),
    ({"range": {"age": [18, 61]}}, None),
    ({"range": {"age": [19, 60]}}, "2 rows lie outside: it goes from 18 to 61"),
    ({"range": {"id": [0, 1]}}, "not numbers"),
]


@pytest.mark.parametrize(("rules", "reason"), CASES)
def test_assertions(rules: dict[str, Any], reason: str | None) -> None:
    asserted = msgspec.convert(rules, TableRules)
    (found,) = assertions(asserted, TABLE)
    assert found.outcome == ("passed" if reason is None else "failed")
    assert (reason or "holds for all 4 rows") in found.reason
    (unseen,) = assertions(asserted, None)
    assert (unseen.outcome, unseen.demand) == ("undecided", found.demand)


def test_every_assertion_says_what_it_checks() -> None:
    rules = TableRules(
        at_least_rows=1,
        columns=("id",),
        unique=("id",),
        missing_at_most={"age": 0.5},
        levels={"sex": ("f",)},
        range={"age": (0, 9)},
    )
    found = assertions(rules, TABLE)
    assert [each.outcome for each in found] == [
        "passed", "passed", "failed", "passed", "failed", "failed",
    ]  # fmt: skip
    assert [each.demand.split("`")[1] if "`" in each.demand else "" for each in found] == [
        "", "id", "id", "age", "sex", "age",
    ]  # fmt: skip
    assert {each.where for each in found} == {"the table"}
