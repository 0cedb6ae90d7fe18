"""Headings keep a metric's own capitals."""

from __future__ import annotations

import msgspec
import report_examples

from terrain.report.page import render


def test_a_metric_keeps_its_capitals_at_the_head_of_a_table() -> None:
    document, _ = report_examples.compas()
    notes = {
        name: msgspec.structs.replace(note, title="AUC") if name != document.target else note
        for name, note in document.metrics.items()
    }
    page = render(msgspec.structs.replace(document, metrics=notes), None)
    assert "<summary><span>AUC</span>" in page
    assert "<summary><span>Error rate</span>" in page
    assert "Auc" not in page
