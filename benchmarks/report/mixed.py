"""A table of 20 mixed columns, written in chunks: python mixed.py 1000000 table.parquet.

An id, label, prediction and score, eight numbers (whole, rounded and with all digits), six columns
of 2 to 200 levels, a date and a text. 15% of the predictions are wrong, 40% of those for the young
in two of the regions.
"""

from __future__ import annotations

import argparse

import numpy as np
import pyarrow as pa
from pyarrow import parquet

CHUNK = 500_000
WORDS = np.array(
    [
        "late",
        "early",
        "paid",
        "unpaid",
        "first",
        "second",
        "return",
        "exchange",
        "call",
        "mail",
        "web",
        "shop",
    ]
)


def main() -> None:
    """Write one table."""
    parser = argparse.ArgumentParser(description="Write a table of 20 mixed columns.")
    parser.add_argument("instances", type=int)
    parser.add_argument("table")
    asked = parser.parse_args()
    starts = range(0, asked.instances, CHUNK)
    chunks = (chunk(start, min(CHUNK, asked.instances - start)) for start in starts)
    first = next(chunks)
    with parquet.ParquetWriter(asked.table, first.schema) as writer:
        writer.write_table(first)
        for each in chunks:
            writer.write_table(each)


def chunk(start: int, n: int) -> pa.Table:
    """Return `n` rows; the same `start` and `n` give the same ones."""
    random = np.random.default_rng(start)
    age = random.integers(18, 90, n)
    region = random.integers(0, 8, n)
    label = random.integers(0, 2, n)
    wrong = random.random(n) < np.where((age < 30) & (region < 2), 0.4, 0.15)
    prediction = np.where(wrong, 1 - label, label)
    said = WORDS[random.integers(0, len(WORDS), (n, 8))]
    return pa.table(
        {
            "id": np.arange(start, start + n),
            "label": label,
            "prediction": prediction,
            "score": np.round((prediction + random.random(n)) / 2, 3),
            "age": age,
            "income": pa.array(
                np.round(random.lognormal(10, 0.5, n)), mask=random.random(n) < 0.05
            ),
            "amount": np.round(random.lognormal(4, 1, n), 2),
            "duration": random.exponential(30, n),
            "distance": random.normal(0, 1, n),
            "temperature": np.round(random.normal(15, 8, n), 1),
            "visits": random.poisson(4, n),
            "rating": pa.array(random.integers(1, 6, n), mask=random.random(n) < 0.2),
            "region": _levels("region", region, 8),
            "city": _levels("city", random.integers(0, 200, n), 200),
            "product": _levels("product", random.integers(0, 30, n), 30),
            "plan": _levels("plan", random.integers(0, 4, n), 4),
            "device": _levels("device", random.integers(0, 5, n), 5),
            "member": random.random(n) < 0.3,
            "day": pa.array(random.integers(18_000, 19_500, n).astype(np.int32), pa.date32()),
            "note": pa.array([" ".join(words) for words in said.tolist()]),
        }
    )


def _levels(name: str, codes: np.ndarray, count: int) -> pa.DictionaryArray:
    names = pa.array([f"{name} {number}" for number in range(count)])
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names)


if __name__ == "__main__":
    main()
