"""The summary for a terminal."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import msgspec
import pytest
import report_examples
from report_examples import with_cohorts, with_suspects
from rich.console import Console

from terrain.report.text import summary

if TYPE_CHECKING:
    from terrain.document import Terrain
    from terrain.statistics.findings import Find


def printed(document: Terrain) -> str:
    stream = io.StringIO()
    Console(file=stream, width=140).print(summary(document))
    return " ".join(stream.getvalue().split())


def example(name: str) -> Terrain:
    document: Terrain = getattr(report_examples, name)()[0]
    return document


def with_p_values(document: Terrain, p_value: float) -> Terrain:
    """Return the document with one adjusted p-value for every gap of every group."""
    replace = msgspec.structs.replace
    breakdowns = tuple(
        replace(
            breakdown,
            groups=tuple(
                replace(
                    group,
                    gaps={
                        name: replace(gap, p_adjusted=p_value) for name, gap in group.gaps.items()
                    },
                )
                for group in breakdown.groups
            ),
        )
        for breakdown in document.breakdowns
    )
    return replace(document, breakdowns=breakdowns)


def test_summary_says_what_matters_in_order() -> None:
    said = printed(example("compas"))
    places = [
        said.index(words)
        for words in (
            "read 4,000 instances from data/compas.csv",
            "label label_value (usual name)",
            "left out charge (free text)",
            "! 1,213 rows are exact copies",
            "The model errs on 39.0% of 4,000 instances.",
            "1. sex = Female and age < 25 error rate 76.9% (68.1–83.8%;",
            "race error rate of African-American 42.4%, +6.9 points",
            "sex no gap that chance would not explain",
        )
    ]
    assert places == sorted(places)


def test_regions_that_are_not_confirmed_are_called_suspected() -> None:
    document = example("compas")
    regions = tuple(
        msgspec.structs.replace(finding, status="suspected", headline=False)
        for finding in document.regions
    )
    said = printed(msgspec.structs.replace(document, regions=regions))
    assert "Look at these first" not in said
    assert "Suspected, but perhaps by chance" in said
    assert said.count("suspected, not confirmed: error rate") == 3
    assert "adjusted p" not in said.split("Suspected")[1].split(":")[0]


def test_what_is_suspected_does_not_fill_up_the_list_of_what_is_confirmed() -> None:
    document = example("compas")
    regions = [each for each in document.regions if each.id in {"r1", "r5", "r6"}]
    said = printed(msgspec.structs.replace(document, regions=tuple(regions)))
    assert "Look at these first" in said
    assert "suspected" not in said
    assert "2 more regions in the page" in said


@pytest.mark.parametrize(("find", "side"), [("failing", "worse"), ("best", "better")])
def test_a_suspected_region_that_unseen_instances_contradict_says_so(find: Find, side: str) -> None:
    document = example("compas")
    suspects = tuple(each for each in document.regions if each.status == "suspected")
    document = msgspec.structs.replace(document, regions=suspects)
    said = printed(with_suspects(document, find, contradicted=True))
    assert len(re.findall(rf"elsewhere \d+\.\d%, so not {side} there;", said)) == 2
    assert "there;" not in printed(with_suspects(document, find, contradicted=False))


def test_the_rival_is_said_in_a_line() -> None:
    said = printed(example("compas"))
    assert (
        "A small regression errs on 35.1%, 3.9 points less than the model (−7.8 to −1.9). "
        "It beats the model in 1 region: race = Other and sex = Male."
    ) in said
    assert re.search(
        r"has a mean absolute error of [\d,]+, [\d,.]+ less than", printed(example("prices"))
    )
    assert "than the model" not in printed(example("noise"))


def test_the_largest_gap_is_corrected_for_the_metrics_looked_at() -> None:
    document = example("compas")
    chance = "no gap that chance would not explain"
    assert printed(with_p_values(document, 0.04)).count(chance) == 2
    assert printed(with_p_values(document, 0.0001)).count(chance) == 0


def test_cohorts_are_said_with_their_conditions() -> None:
    said = printed(with_cohorts(example("compas"), "young women", "age < 21"))
    assert "Your cohorts (measured on all instances; 95% interval, adjusted p):" in said
    assert "young women sex = Female and age < 25 error rate 76.9% (68.1–83.8%; " in said
    assert "points against all others (" in said
    assert said.count("age < 21") == 1  # its own words are not said twice


@pytest.mark.parametrize("name", ["noise", "prices", "hostile"])
def test_anything_prints_plainly(name: str) -> None:
    said = printed(example(name))
    assert "\x1b" not in said
    assert "\u202e" not in said
    said.encode()


def test_square_brackets_are_no_markup() -> None:
    assert "</script><script>alert(1)</script>" in printed(example("hostile"))


def test_the_most_telling_features_stand_in_one_line() -> None:
    document = example("compas")
    said = printed(document)
    line = "Most telling features alone (share of the error rate explained on unseen instances): "
    assert f"{line}race 15.0%, sex 10.0%, age 5.0%." in said
    silent = tuple(msgspec.structs.replace(note, explained=-0.1) for note in document.features)
    said = printed(msgspec.structs.replace(document, features=silent))
    assert (
        "No feature alone explains anything to speak of in the error rate on unseen instances."
        in said
    )
    assert "telling" not in printed(msgspec.structs.replace(document, features=()))
