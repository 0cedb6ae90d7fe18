"""The page as text: the same each time, honest, and closed to anything hostile."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
import report_examples
from report_examples import with_suspects

from terrain.data.regions import Condition, Region
from terrain.report import format as words
from terrain.report.filters import Filters
from terrain.report.page import render
from terrain.statistics.findings import (
    Beside,
    Confused,
    Contribution,
    Detail,
    Estimate,
    Folded,
    Repaired,
)

if TYPE_CHECKING:
    from terrain.document import Terrain
    from terrain.statistics.findings import Find

NAMES = ["compas", "noise", "prices", "hostile"]


@pytest.mark.parametrize("name", NAMES)
def test_same_input_gives_the_same_bytes(name: str) -> None:
    once, again = (render(*getattr(report_examples, name)()) for _ in range(2))
    assert once == again
    once.encode()


def test_policy_allows_exactly_our_scripts_and_style() -> None:
    page = render(*report_examples.compas())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    allowed = set(re.findall(r"sha256-([\w+/=]+)", policy.group(1).replace("&#39;", "'")))
    texts = re.findall(r"<script>(.*?)</script>|<style>(.*?)</style>", page, re.DOTALL)
    hashes = {
        base64.b64encode(hashlib.sha256((script or style).encode()).digest()).decode()
        for script, style in texts
    }
    assert hashes == allowed
    assert "unsafe" not in policy.group(1)


class Attributes(HTMLParser):
    """Collects what a browser would see as tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.tags: set[str] = set()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, its attributes' names and its id."""
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]


@pytest.mark.parametrize("name", NAMES)
def test_page_has_no_handlers_no_inline_style_and_unique_ids(name: str) -> None:
    seen = Attributes()
    seen.feed(render(*getattr(report_examples, name)()))
    assert not {attribute for attribute in seen.names if attribute.startswith("on")}
    assert "style" not in seen.names
    assert not seen.tags & {"img", "iframe", "object", "embed", "base"}
    assert len(seen.ids) == len(set(seen.ids))


def test_first_screen_says_where_how_sure_and_who() -> None:
    document, instances = report_examples.compas()
    hero = render(document, instances).split('id="tree"')[0]
    for sentence in document.headline.split(". "):
        assert sentence in hero
    where, first = hero.split("What to look at first")
    assert where.count('href="#region=r') == 3
    assert "found at" in where
    assert "confirmed" in where
    assert "largest" in where.split("Who is hit")[1]
    assert 'href="#region=r1"' in first
    beware = first.split("To beware of")[1]
    assert "exact copies of an earlier row" in beware
    assert re.search(r"Too little data: \d+ of \d+ ", beware)


def test_noise_is_said_calmly() -> None:
    page = render(*report_examples.noise())
    assert "No failing region found." in page
    assert "2.1% of the instances" in re.sub(r"\s+", " ", page)
    assert "No split of the instances was confirmed" in page
    assert re.search(r"measured on the \d+ instances that the search had not seen", page)
    assert "7 splits were found" in page


def test_without_a_detectable_size() -> None:
    document, instances = report_examples.noise()
    method = msgspec.structs.replace(document.method, detectable=None)
    page = render(msgspec.structs.replace(document, method=method), instances)
    assert "no evidence that there is none" in page


def test_document_alone_makes_a_page_without_instances() -> None:
    page = render(report_examples.compas()[0], None)
    assert "carries no instances" in page
    assert 'id="rows"' not in page


def test_suspected_regions_carry_no_p_value() -> None:
    page = render(*report_examples.compas())
    suspected = page.split("Suspected, not confirmed")[1].split('id="groups"')[0]
    assert "race = Native American" in suspected
    assert "adjusted p" not in suspected


@pytest.mark.parametrize(("find", "side"), [("failing", "worse"), ("best", "better")])
@pytest.mark.parametrize("contradicted", [True, False])
def test_a_suspected_region_says_where_unseen_instances_contradict_it(
    find: Find, side: str, *, contradicted: bool
) -> None:
    document = with_suspects(report_examples.compas()[0], find, contradicted=contradicted)
    page = render(document, None)
    said = f"not {side} than the rest on unseen instances"
    assert in_words(page).count(said) == 2 * contradicted
    for name in ("r5", "r6"):
        article = in_words(page.split(f'id="region={name}"')[1].split("</article>")[0])
        assert (f"elsewhere, so not {side} there." in article) == contradicted


def test_the_rates_of_a_region_and_a_group_stand_in_a_sentence_with_what_they_count() -> None:
    document = report_examples.compas()[0]
    page = in_words(render(document, None))
    note = document.metrics[document.target]
    region, group = document.regions[0], document.breakdowns[0].groups[0].finding
    for said, estimate in (
        ("found at", region.discovery),
        ("confirmed at", region.metrics[document.target]),
        ("against", region.rest),
        (note.title.capitalize(), group.metrics[document.target]),
    ):
        assert estimate is not None
        counted = re.escape(f"({words.denominator(estimate, note)})")
        assert re.search(f"{said} {words.value(estimate, note)} [^(]*{counted}", page), said


def test_names_in_remarks_are_set_apart() -> None:
    document = report_examples.compas()[0]
    benchmark = msgspec.structs.replace(document.benchmark, notes=("`a<b` is it", "`a`b` is it"))
    page = render(msgspec.structs.replace(document, benchmark=benchmark), None)
    assert "<dd><bdi><code>a&lt;b</code></bdi> is it</dd>" in page
    assert "<dd>`a`b` is it</dd>" in page


def detailed(document: Terrain, condition: str = "channel = online") -> Terrain:
    """Return a document whose first region is taken apart."""
    estimate = Estimate(value=0.151, low=0.1, high=0.2, events=151, exposure=1000)
    detail = Detail(
        contributions=(
            Contribution(feature="age", words=condition, value=0.3, share=1.5),
            Contribution(feature="sex", words="sex = Female", value=-0.1, share=-0.5),
        ),
        repair=Repaired(feature="channel", words=condition, estimate=estimate, support=1000),
        neighbours=(
            Beside(
                feature="age", words=condition, how="complement", estimate=estimate, support=1000
            ),
        ),
        confusions=(Confused(label=condition, predicted="dog", count=7, share=0.21, overall=0.02),),
    )
    first = msgspec.structs.replace(document.regions[0], detail=detail)
    return msgspec.structs.replace(document, regions=(first, *document.regions[1:]))


def test_a_region_is_taken_apart_without_script() -> None:
    page = render(detailed(report_examples.compas()[0]), None)
    own = page.split('id="region=r1"')[1].split("</article>")[0]
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", own))
    assert "What each condition contributes to the difference from all unseen instances" in said
    assert "age < 25 +30.0 points 150.0%" in html.unescape(said)
    assert "sex = Female −10.0 points" in said
    assert "Adding channel = online brings the rate back to 15.1% 10.0–20.0%" in said
    assert "Regions beside it" in said
    assert "dog 7 21.0% 2.0%" in said
    # from 0, a quarter along the scale, one bar runs to its end and one to its start
    assert 'class="amount" x="25.0%" width="75.0%"' in own
    assert 'class="amount against" x="0.0%" width="25.0%"' in own
    assert "What each condition contributes" not in render(report_examples.compas()[0], None)


def rival_on(name: str) -> str:
    """Return what a reader without script sees of the rival."""
    page = render(*getattr(report_examples, name)())
    panel = page.split('id="rival"')[1].split("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", panel))


def test_the_rival_stands_beside_the_model_with_its_terms_and_wins() -> None:
    said = rival_on("compas")
    assert "error rate is 35.1% 31.6–38.6% , the model's 39.0%" in said
    assert "−3.9 points for the rival , interval −7.8 to −1.9 (paired; p 0.002)" in said
    assert "the rival is better." in said
    assert "1 of 17 candidates was confirmed" in said
    assert "race = Other and sex = Male" in said
    assert "0.012" in said
    assert "priors_count &gt;= 6 1 2.46×" in said
    assert "sex = Female 1 0.90×" in said
    page = render(*report_examples.compas())
    assert page.count('href="#win=w1"') == page.count('id="win=w1"') == 1


def test_a_rival_that_predicts_numbers_says_what_its_terms_add() -> None:
    said = rival_on("prices")
    assert "No region was found where it beats the model, among 17 candidates." in said
    assert "rooms &gt;= 4 +0.9" in said
    assert "class" not in said


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.01, 0.05, "the model is better"), (-0.01, 0.05, "nothing tells the two apart"),
     (-0.05, -0.01, "the rival is better")],
)  # fmt: skip
def test_the_interval_says_who_is_better(low: float, high: float, verdict: str) -> None:
    document = report_examples.compas()[0]
    assert document.rival is not None
    gap = msgspec.structs.replace(document.rival.difference, low=low, high=high)
    rival = msgspec.structs.replace(document.rival, difference=gap)
    page = render(msgspec.structs.replace(document, rival=rival), None)
    assert f"{verdict}." in page


def test_without_a_rival_the_page_is_silent() -> None:
    page = render(*report_examples.noise())
    assert 'id="rival"' not in page
    assert 'href="#rival"' not in page


def in_words(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup))


def test_further_descriptions_lie_beneath_a_region() -> None:
    document, _ = report_examples.compas()
    folded = msgspec.structs.replace(
        document.regions[3], folded=Folded(under="r1", inside=0.875, jaccard=0.5)
    )
    regions = (*document.regions[:3], folded, *document.regions[4:])
    page = render(msgspec.structs.replace(document, regions=regions), None)
    panel = page.split('id="regions"')[1].split('id="groups"')[0]
    row = panel.split('href="#region=r1"')[1].split('href="#region=r2"')[0]
    assert "1 further description of this failure</summary>" in row
    assert "87.5% of its" in in_words(row)
    assert panel.count('href="#region=r4"') == 1  # there, and in no row of its own
    assert "1 of them describes again" in in_words(panel)
    assert 'id="region=r4"' in page


def test_suspected_descriptions_are_counted_apart() -> None:
    document, _ = report_examples.compas()
    beneath = Folded(under="r1", inside=0.875, jaccard=0.5)
    regions = [
        msgspec.structs.replace(region, folded=beneath) if region.id in {"r4", "r5"} else region
        for region in document.regions
    ]
    page = render(msgspec.structs.replace(document, regions=tuple(regions)), None)
    said = in_words(page.split('id="regions"')[1].split('id="groups"')[0])
    assert "1 of them describes again" in said
    assert "2 further descriptions of this failure, 1 of them suspected only" in said
    assert re.search(r"\d% , suspected; 87.5% of its", said)


def test_a_long_set_of_levels_is_there_in_full() -> None:
    document, _ = report_examples.compas()
    levels = tuple(f"job {number}" for number in range(40))
    region = Region.of(Condition(feature="job", kind="levels", levels=levels))
    first = msgspec.structs.replace(document.regions[0], region=region)
    page = render(msgspec.structs.replace(document, regions=(first, *document.regions[1:])), None)
    own = in_words(page.split('id="region=r1"')[1].split("</article>")[0])
    assert "All 40 levels that job is one of" in own
    assert all(level in own for level in levels)
    assert page.count("job 39") == 1 + len(Filters._fields)  # sentences are spared
    assert "job in {job 0, job 1, job 2, job 3, job 4, job 5, … 34 more}" in own
    assert 'data-words="job in {job 0' in page


def test_a_set_too_long_for_a_page_is_named_in_part() -> None:
    document, _ = report_examples.compas()
    levels = tuple(f"job {number}" for number in range(1_200))
    region = Region.of(Condition(feature="job", kind="levels", levels=levels))
    first = msgspec.structs.replace(document.regions[0], region=region)
    page = render(msgspec.structs.replace(document, regions=(first, *document.regions[1:])), None)
    own = in_words(page.split('id="region=r1"')[1].split("</article>")[0])
    assert "All 1,200 levels that job is one of" in own
    assert "job 999 and 200 more, which the JSON document has" in own
    assert "names 1,200 levels, too many to stand here" in own
    assert "df[" not in own


def test_what_does_best_is_not_called_a_failure() -> None:
    document, _ = report_examples.compas()
    regions = tuple(
        msgspec.structs.replace(r, status="best" if r.status == "failing" else r.status)
        for r in document.regions
    )
    method = msgspec.structs.replace(document.method, find="best")
    page = in_words(render(msgspec.structs.replace(document, regions=regions, method=method), None))
    assert "Where it does best" in page
    assert "Best regions" in page
    assert "Failing regions" not in page
    assert "Where it fails" not in page
    assert "of the rest being worse than 1.1 times the region" in page


def test_names_in_details_cannot_act() -> None:
    page = render(detailed(report_examples.compas()[0], "<script>alert(1)</script>"), None)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3


def test_undefined_is_said_with_its_denominator() -> None:
    document, instances = report_examples.compas()
    empty = msgspec.structs.replace(
        document.overall["error_rate"], value=None, low=None, high=None, events=0, exposure=0
    )
    overall = document.overall | {"error_rate": empty}
    assert "n/a (0 of 0 instances)" in render(
        msgspec.structs.replace(document, overall=overall), instances
    )


def test_hidden_characters_become_visible() -> None:
    document, _ = report_examples.hostile()
    surrogate = msgspec.structs.replace(document.benchmark, positive="\ud800")
    page = render(msgspec.structs.replace(document, benchmark=surrogate), None)
    assert "\\ud800" in page
    assert "\u202e" not in page
    assert "\x00" not in page
    assert "\u2028" not in page


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("data/a b.csv", "./data/a%20b.csv"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("//evil.example/x.csv", "./../../evil.example/x.csv"),
        ("/pages/data/x.csv", "./data/x.csv"),
        ("-", ""),
    ],
)
def test_source_links_are_relative_to_the_page(
    path: str, link: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = Path("/home/pages") if path.startswith("//") else Path("/pages")
    monkeypatch.chdir(tmp_path)
    document, instances = report_examples.noise()
    source = msgspec.structs.replace(document.benchmark.sources[0], path=path)
    benchmark = msgspec.structs.replace(document.benchmark, sources=(source,))
    folder = folder if path.startswith("/") else Path()
    page = render(msgspec.structs.replace(document, benchmark=benchmark), instances, folder=folder)
    assert f'"link": "{link}"' in page


def test_cohorts_have_a_panel_with_links_and_hostile_names_do_nothing() -> None:
    plain, _ = report_examples.compas()
    assert 'id="cohorts"' not in render(plain, None)
    attack = "<img src=x onerror=alert(1)>"
    document = report_examples.with_cohorts(plain, "young women", attack)
    few = msgspec.structs.replace(document.cohorts[1], too_few=(document.target,))
    document = msgspec.structs.replace(document, cohorts=(document.cohorts[0], few))
    text = render(document, None)
    panel = text[text.index('<section class="panel" id="cohorts"') : text.index('id="groups"')]
    assert 'href="#cohort=c1"' in panel
    assert 'id="cohort=c2"' in text
    assert panel.count("worse than the rest") == 2
    assert panel.count("too few instances to say") == 1
    seen = Attributes()
    seen.feed(text)
    assert "onerror" not in seen.names
    assert "&lt;img src=x" in panel
