"""The page of a comparison as text: closed to anything hostile, each number where it belongs."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console

from terrain.compare import Entrant, compare
from terrain.config import Plan
from terrain.publish_comparison import comparison_instances
from terrain.report import comparison_text
from terrain.report.comparison_page import render_comparison
from terrain.report.comparison_views import comparison_view
from terrain.report.page import Place

if TYPE_CHECKING:
    from terrain.compare import Answer

ATTACK = "<img src=x onerror=alert(1)>"


class Seen(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, its attributes, its id and where it leads."""
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    folder: Path = tmp_path_factory.mktemp("models")
    generator, n = np.random.default_rng(0), 1_500
    x, label = generator.normal(size=n).round(3), generator.integers(0, 2, n)
    place = generator.choice([ATTACK, "b"], n)
    entrants: list[Entrant] = []
    for name, rate in ((ATTACK, np.full(n, 0.2)), ("new", np.where(x < 0, 0.5, 0.05))):
        said = np.where(generator.random(n) < rate, 1 - label, label)
        path = folder / f"{len(entrants)}.csv"
        rows = zip(range(n), x, place, label, said, strict=True)
        path.write_text(
            "id,x,place,label,prediction\n" + "".join(f"{','.join(map(str, r))}\n" for r in rows)
        )
        entrants.append(Entrant(name=name, plan=Plan(inputs=(str(path),), sensitive=("place",))))
    return compare(entrants)


def page(answer: Answer, *, rows: bool = True) -> str:
    assert answer.contestants is not None
    assert answer.matched is not None
    instances = comparison_instances(answer.comparison, answer.contestants, answer.matched)
    return render_comparison(
        answer.comparison, instances if rows else None, Place(10**7, 0, Path())
    )


def test_nothing_hostile_gets_in_and_every_link_leads_somewhere(answer: Answer) -> None:
    seen = Seen()
    seen.feed(page(answer))
    assert not {name for name in seen.names if name.startswith("on")}
    assert "style" not in seen.names
    assert not seen.tags & {"img", "iframe", "object", "embed", "base"}
    assert len(seen.ids) == len(set(seen.ids))
    own = {link.removeprefix("#") for link in seen.links if link.startswith("#")}
    assert own <= set(seen.ids)


def test_the_first_screen_says_what_changed_where_and_by_how_much(answer: Answer) -> None:
    hero = page(answer).split('id="regions"')[0]
    worse = next(r for r in answer.comparison.regions if r.status == "worse")
    better = next(r for r in answer.comparison.regions if r.status == "better")
    change = worse.metrics["error_rate"]
    assert worse.words.replace("<", "&lt;") in hero
    assert better.words.replace(">", "&gt;") in hero
    assert f"{change.old.value:.1%}" in hero
    assert f"{worse.flips['newly_wrong'].events:,.0f} newly wrong" in hero
    assert answer.comparison.pairing.said in hero


def test_instances_are_ordered_by_what_flipped(answer: Answer) -> None:
    assert answer.contestants is not None
    assert answer.matched is not None
    found = comparison_instances(answer.comparison, answer.contestants, answer.matched)
    old, new = answer.contestants.losses
    for value, told in ((3, (0, 1)), (2, (1, 0)), (1, (1, 1)), (0, (0, 0))):
        rows = found.loss == value
        assert rows.any()
        assert set(old[rows]) == {told[0]}
        assert set(new[rows]) == {told[1]}
    selected = found.selections["r1"]
    region = answer.comparison.regions[0]
    inside = np.ones(len(found.loss), dtype=bool)
    for feature, allowed in selected:
        inside &= np.isin(found.codes[feature], allowed)
    assert inside.sum() == region.support


def test_without_instances_the_page_says_so(answer: Answer) -> None:
    assert "carries no instances" in page(answer, rows=False)


def test_the_scale_of_changes_has_zero_in_its_middle(answer: Answer) -> None:
    view = comparison_view(answer.comparison)
    assert view.axis.low == -view.axis.high
    ends = [spot.change.difference.high or 0 for spot in (*view.worse, *view.better)]
    assert max(ends) <= view.axis.high
    assert {place.anchor for place in view.places} >= {"whole=all", "region=r1", "group=g1"}


def test_the_terminal_says_what_the_page_says(answer: Answer) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(comparison_text.summary(answer.comparison))
    said = console.export_text()
    for words in (answer.comparison.headline, "Got worse", "Got better", "Flips: churn", "Groups"):
        assert words in said
