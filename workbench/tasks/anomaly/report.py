"""The report of a model of good images: one HTML file, for the window and for the shell."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from workbench.evaluation.report_page import ReportImage, class_colors, render_report
from workbench.project.class_results import report_picture, save_report
from workbench.tasks.anomaly.messages import PIXEL_WORDS, verdict
from workbench.tasks.anomaly.results import DifferenceSnapshot
from workbench.tasks.anomaly.saving import lay_heat

_TEMPLATE = Path(__file__).parent / "templates" / "report.html"
_PICTURES = 12
_SIDE = 480  # pixels of a picture in the report


def write_report(path: Path, shown: DifferenceSnapshot, *, title: str, config: Mapping[str, Any],
                 ) -> Path:
    """Write the report of a run on a part of its split to ``path`` and return it; for any thread.

    Raises
    ------
    WorkbenchError
        If it cannot be written; a report that was there before is untouched.
    """
    found, results = shown.judged, shown.results
    rows = [(row.label or "no class", (f"{row.images:,}", f"{row.called:,}"))
            for row in shown.rows_of_classes]
    html = render_report(
        _TEMPLATE, title=title, run=results.run, split=results.split, config=config, result=found,
        good=int((~found.faulty).sum()), faulty=int(found.faulty.sum()), verdict=verdict(found),
        pixels=[(name, shown.pixels[key]) for key, name, _ in PIXEL_WORDS if key in shown.pixels],
        notes=[*filter(None, (results.doubt,))], rows=rows, colors=class_colors((), len(rows)),
        names=["good", "different"], matrix=found.confusion.tolist(),
        images=[_picture(shown, image) for image in shown.rows[:_PICTURES].tolist()])
    return save_report(path, html)


def _picture(shown: DifferenceSnapshot, image: int) -> ReportImage:
    item = shown.results.samples[image]
    words = (item.key.rpartition("/")[2], item.label, f"{shown.judged.scores[image]:.2f}")
    return report_picture(" · ".join(filter(None, words)), partial(_drawn, shown, image))


def _drawn(shown: DifferenceSnapshot, image: int) -> bytes:
    """An image as JPEG with its heat."""
    from PIL import Image

    from workbench.media.images.pixels import upright_rgb

    small = Image.fromarray(upright_rgb(shown.results.samples[image].path))
    small.thumbnail((_SIDE, _SIDE))
    lay_heat(small, shown.results.values(image))
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=85)
    return stream.getvalue()
