"""DuckDB doing what terrain's tree and groups are made of: `duckdb_tree.py FILE.parquet`.

Exact quantiles of every number, a code for each instance and feature, the histograms of each
level of a tree of depth 4 by grouping sets, and the error rate of the groups of two features.
"""

from __future__ import annotations

import sys

import duckdb

BINS, DEPTH = 16, 4
SENSITIVE = ("level_0", "level_2")


def main(path: str) -> None:
    """Print the conditions of the tree and the sizes of the groups."""
    base = duckdb.connect()
    base.execute("set threads = 2")
    source = f"read_parquet('{path}')"
    kinds = {name: kind for name, kind, *_ in base.execute(f"describe from {source}").fetchall()}
    features = [name for name in kinds if name != "wrong"]
    numbers = [name for name in features if kinds[name] in {"DOUBLE", "FLOAT"}]
    ranks = [place / BINS for place in range(1, BINS)]
    asked = ", ".join(f"quantile_disc({name}, {ranks})" for name in numbers)
    edges = dict(
        zip(numbers, base.execute(f"select {asked} from {source}").fetchone(), strict=True)
    )
    coded = ", ".join(f"{_code(name, edges)} as {name}" for name in features)
    base.execute(f"create table coded as select wrong::tinyint as wrong, {coded} from {source}")
    nodes = {0: "true"}
    for _ in range(DEPTH):
        nodes = _split(base, nodes, features)
    print(len(nodes), "leaves:", *nodes.values(), sep="\n")
    for name in SENSITIVE:
        print(base.execute(f"select {name}, count(*), sum(wrong) from coded group by 1").fetchall())


def _code(name: str, edges: dict[str, list[float]]) -> str:
    if name not in edges:
        return f"{name}::varchar"
    counted = " + ".join(f"({name} >= {edge!r})::utinyint" for edge in edges[name])
    return f"(case when {name} is null or isnan({name}) then 255 else {counted} end)::utinyint"


def _split(
    base: duckdb.DuckDBPyConnection, nodes: dict[int, str], features: list[str]
) -> dict[int, str]:
    """Return the two children of every node, each with its condition."""
    cases = " ".join(f"when {condition} then {place}" for place, condition in nodes.items())
    sets = ", ".join(f"(node, {name})" for name in features)
    names = ", ".join(features)
    rows = base.execute(
        f"select node, {names}, count(*), sum(wrong) from (select case {cases} end as node, * from "
        f"coded) group by grouping sets ({sets})"
    ).fetchall()
    found: dict[int, str] = {}
    for place, condition in nodes.items():
        mine = [row for row in rows if row[0] == place]
        cuts = [
            (*cut, name)
            for position, name in enumerate(features, 1)
            if (
                cut := _cut(
                    [(row[position], *row[-2:]) for row in mine if row[position] is not None]
                )
            )
        ]
        if not cuts:
            continue
        _, codes, name = max(cuts)
        listed = ", ".join(f"'{code}'" for code in codes)
        found[2 * place + 1] = f"({condition}) and {name} in ({listed})"
        found[2 * place + 2] = f"({condition}) and {name} not in ({listed})"
    return found


def _cut(cells: list[tuple[object, int, int]]) -> tuple[float, list[object]] | None:
    """Return the gain of the best two sets of codes, and the codes of the first; None: one code."""
    cells.sort(key=lambda cell: cell[2] / cell[1])
    n, wrong = sum(cell[1] for cell in cells), sum(cell[2] for cell in cells)
    best, left_n, left_wrong = None, 0, 0
    for cut, (_, count, events) in enumerate(cells[:-1], 1):
        left_n, left_wrong = left_n + count, left_wrong + events
        gain = left_wrong**2 / left_n + (wrong - left_wrong) ** 2 / (n - left_n)
        if best is None or gain > best[0]:
            best = gain, [code for code, *_ in cells[:cut]]
    return best


if __name__ == "__main__":
    main(sys.argv[1])
