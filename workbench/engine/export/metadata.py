"""What travels along in an exported file, so that it can be used without this program.

All values are plain data. ``docs/export.md`` says what a reader does with them.
"""

from __future__ import annotations

from typing import Any

from workbench import __version__
from workbench.engine.data.letterbox import FILL
from workbench.engine.export.graphs import Graph
from workbench.engine.models.card import ModelCard
from workbench.evaluation.nms import MAX_DETECTIONS
from workbench.extension.recipe import Recipe
from workbench.extension.sounds import SoundFacts
from workbench.project.runs import RunFolder
from workbench.tasks.sound_classification.engine.features import FeatureSettings

_OURS = ("The weights belong to whoever trained them. Workbench, which wrote this file, is under "
         "Apache-2.0 and claims no right in them.")


def describe(
    graph: Graph, card: ModelCard, recipe: Recipe, run: RunFolder, *, score_thresh: float,
    nms_thresh: float,
) -> dict[str, Any]:
    """Everything that a reader of the exported model needs.

    Parameters
    ----------
    score_thresh, nms_thresh
        0..1; what a person saw the results with.
    """
    common = {
        "workbench_version": __version__,
        "task": recipe.task,
        "recipe": recipe.id,
        "run": run.name,
        "model": card.id,
        "epoch": card.epoch,
        "classes": list(card.classes),
        "licence": _licence(recipe, run),
    }
    if isinstance(card.facts, SoundFacts):
        return {**common, **_sounds(card.facts)}
    return {**common, **_images(graph, card),
            "score_thresh": score_thresh, "nms_thresh": nms_thresh,
            "max_detections": MAX_DETECTIONS}


def _images(graph: Graph, card: ModelCard) -> dict[str, Any]:
    width, height = card.input_size
    free = graph.free_axes.get(graph.input, {})
    return {
        "input": {
            "name": graph.input, "layout": "NCHW", "dtype": "uint8", "colour": "RGB",
            "range": [0, 255], "width": width, "height": height, "any_batch": 0 in free,
            "any_size": 2 in free, "size_step": graph.size_step,
        },
        "resize": {
            "mode": "letterbox", "fill": FILL, "align": "centre",
            "interpolation": "bilinear, antialiased", "small_images": "enlarged",
            "orientation": "by Exif, before anything else (JPEG, TIFF)",
        },
        "depth": "transparency is ignored; values of more than 8 bits are stretched from the "
                 "smallest to the largest of their file, over all its colours, to 0..255",
        "tiles": _tiles(card),
        "normalisation": "inside the graph",
        "outputs": {
            "boxes": "(B, N, 4) xmin, ymin, xmax, ymax in pixels of the input; may reach beyond it",
            "scores": "(B, N, C) 0..1 for each class; before NMS",
        },
        "nms": "outside the graph, for each class on its own; a box goes when its IoU with a "
               "better one is above nms_thresh",
    }


def _tiles(card: ModelCard) -> dict[str, Any] | None:
    """How large images are cut before anything else; None shows the model whole images."""
    tiling = card.tiling
    if tiling is None:
        return None
    return {"size": tiling.size, "overlap": tiling.overlap,
            "merge": "each tile answers for the objects whose centre lies nearest its own middle; "
                     "NMS over all of an image"}


def _sounds(facts: SoundFacts) -> dict[str, Any]:
    settings = FeatureSettings.from_json(facts.features)
    return {
        "input": {
            "name": "waveform", "layout": "(B, samples)", "dtype": "float32", "range": [-1, 1],
            "channels": "mono, the mean of all", "sample_rate": settings.sample_rate,
            "samples": settings.samples, "any_batch": True,
        },
        "resize": {
            "mode": "window", "long_sounds": "the window of the highest power",
            "short_sounds": "in the middle of silence",
        },
        "normalisation": "inside the graph, as are the features",
        "features": settings.to_json(),
        "background": facts.background,
        "outputs": {
            "scores": "(B, C) probabilities" + (
                "; the last one, behind the classes, is none of them" if facts.background else ""),
        },
    }


def _licence(recipe: Recipe, run: RunFolder) -> str:
    start = run.config.get("start_from")
    if not isinstance(start, dict) or start.get("kind") == "none":
        return _OURS
    if start.get("kind") != "pretrained":
        return f"{_OURS} They started from “{start.get('name', '')}”."
    terms = next((item.licence for item in recipe.weights if item.licence), "")
    return f"{_OURS} They started from {start.get('name', '')}" + (f": {terms}." if terms else ".")
