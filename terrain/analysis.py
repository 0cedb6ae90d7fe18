"""What an analysis found, as Python and notebooks meet it: tables, charts, rows and files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from terrain.errors import UsageError, nearest
from terrain.files import write_atomically
from terrain.publish import instances_of, publish, refuse_overwriting
from terrain.report import json
from terrain.report.instances import selected

if TYPE_CHECKING:
    import pandas as pd

    from terrain.document import Terrain
    from terrain.report.live import Charts
    from terrain.study import Study


@dataclass(frozen=True, repr=False)
class Analysis:
    """What `terrain.analyze` returns; in a notebook it shows itself as the page's first screen.

    Attributes
    ----------
    terrain
        Everything found, as one document.
    study
        What it was measured on.
    """

    terrain: Terrain
    study: Study

    def __repr__(self) -> str:
        """Return the headline, and what to ask next."""
        return (
            f"<terrain.Analysis of {self.terrain.benchmark.name}: {self.terrain.headline} "
            "See .regions, .tree, .groups, .chart, .instances(id), .to_html(path)>"
        )

    def _repr_html_(self) -> str:
        from terrain.report.first_screen import first_screen  # noqa: PLC0415 - only in a notebook

        return first_screen(self.terrain)

    @property
    def regions(self) -> pd.DataFrame:
        """The regions that were found, as the page ranks them; see `terrain.report.frames`."""
        from terrain.report import frames  # noqa: PLC0415 - pandas takes half a second to import

        return frames.regions(self.terrain)

    @property
    def slices(self) -> pd.DataFrame:
        """Those of the regions that the slice search found."""
        regions = self.regions
        return regions[regions["found_by"] == "slices"].reset_index(drop=True)

    @property
    def tree(self) -> pd.DataFrame:
        """The nodes of the error tree, depth first, the worse child first."""
        from terrain.report import frames  # noqa: PLC0415 - as above

        return frames.tree(self.terrain)

    @property
    def groups(self) -> pd.DataFrame:
        """The groups of sensitive features: a row for each group and metric."""
        from terrain.report import frames  # noqa: PLC0415 - as above

        return frames.groups(self.terrain)

    @property
    def cohorts(self) -> pd.DataFrame:
        """Your own regions."""
        from terrain.report import frames  # noqa: PLC0415 - as above

        return frames.cohorts(self.terrain)

    @property
    def chart(self) -> Charts:
        """Altair charts of what was found: `.chart.regions()`, `.chart.groups("sex")`, …."""
        from terrain.report.live import Charts  # noqa: PLC0415 - only where charts are drawn

        return Charts(self.terrain, self.study)

    def instances(self, finding: str) -> pd.DataFrame:
        """Return the raw rows of a region, node, group or cohort, worst first.

        Parameters
        ----------
        finding
            Its id, as the tables have it: ``r1``, ``n4``, ``g2``, ``c1``, ``w1``.

        Returns
        -------
        All columns of the table; the index is each row's position in it, from 0.

        Raises
        ------
        UsageError
            There is no such finding.
        """
        held = instances_of(self.terrain, self.study)
        if finding not in held.selections:
            known = ", ".join(list(held.selections)[:20])
            raise UsageError(
                f"nothing found is called `{finding}`{nearest(finding, held.selections) or '.'} "
                f"There are: {known}{', …' if len(held.selections) > 20 else ''}"  # noqa: PLR2004 - enough to see the pattern
            )
        rows = np.flatnonzero(selected(held, finding))
        loss = held.loss[rows]
        order = np.argsort(np.where(np.isnan(loss), np.inf, -loss), kind="stable")
        rows = rows[order]
        frame: pd.DataFrame = held.table.take(rows).to_pandas()
        return frame.set_axis(rows, axis="index")

    def to_html(self, path: str | Path) -> Path:
        """Write the page, with everything that the command writes, and return its path.

        Raises
        ------
        OutputError
            It cannot be written, or is one of the files that were analyzed.
        """
        page = Path(path)
        publish(self.terrain, instances_of(self.terrain, self.study), page, None)
        return page

    def to_json(self, path: str | Path) -> Path:
        """Write everything found as JSON, as the option ``--json`` does, and return its path.

        Raises
        ------
        OutputError
            It cannot be written, or is one of the files that were analyzed.
        """
        document = Path(path)
        refuse_overwriting([Path(each.path) for each in self.terrain.benchmark.sources], [document])
        write_atomically(document, json.encode(self.terrain))
        return document
