"""The detectors that come with the program; importing this imports no torch."""

from __future__ import annotations

from workbench.core.schema import Field
from workbench.extension.recipe import LITE0, Recipe, Weights
from workbench.extension.settings import training_settings
from workbench.tasks.detection.details import KEYPOINTS, OUTLINES
from workbench.tasks.detection.dots import SIZE

_TORCHVISION = "https://download.pytorch.org/models/"
_LICENCE = "BSD-3-Clause (torchvision), trained on COCO (CC BY 4.0)"


def _coco(name: str, mebibytes: float) -> tuple[Weights, ...]:
    """Weights of torchvision; the last part of the file name is the start of its SHA-256."""
    sha256 = name.rsplit("-", 1)[1].removesuffix(".pth")
    size = round(mebibytes * 2**20)
    return (Weights(name, _TORCHVISION + name, sha256, size, "COCO, 80 kinds of things", _LICENCE),)


def _compact(size: str, title: str, summary: str, parameters: int, kept: int) -> Recipe:
    # the default size's builder is plainly called build
    return Recipe(
        id=f"compact-{size}",
        title=title,
        summary=summary,
        task="detection",
        build="workbench.tasks.detection.engine.compact:build"
        + ("" if size == "n" else f"_{size}"),
        settings=training_settings(
            without=("train_layers",), epochs=100, batch_size=0, optimizer="muon", lr=0.02,
            weight_decay=0.1,
        ).extended(OUTLINES, KEYPOINTS, SIZE),
        parameters=parameters,
        from_nothing="yes",
        tile_input=320,
        bytes_a_pixel=kept,
        uses_time=True,
    )


_COMPACT = _compact(
    "n", "Compact", "A small and fast detector that learns from scratch, even without a GPU.",
    660_000, 70,
)
_COMPACT_S = _compact(
    "s", "Compact S", "A larger compact detector: for longer trainings or a GPU.",
    2_130_000, 105,
)
_COMPACT_M = _compact(
    "m", "Compact M", "The largest compact detector: for a GPU and many images.", 7_540_000, 210,
)

_LAYERS = Field(
    "train_layers", "choice", "last", "Layers to train", "The backbone knows photos already: what "
    "does not learn keeps that, and saves time.",
    choices=(("head", "All but the backbone"), ("last", "Not its first stages"),
             ("all", "All layers"), ("gradual", "All layers, the lower ones later and less")),
)
_REFINE_BOXES = Field(
    "refine_boxes", "choice", "auto", "Refine boxes", "Each box is corrected by what is seen all "
    "over it, and neighbouring boxes are averaged: they fit more tightly.",
    choices=(("auto", "Automatic"), ("twice", "Yes, twice, and score them anew"),
             ("scored", "Yes, and score them anew"), ("on", "Yes, their scores stay"),
             ("off", "No")),
    advanced=True,
)
_COMPACT_LITE0 = Recipe(
    id="compact-lite0",
    title="Compact, knows photos",
    summary="The compact detector on a backbone that has seen a million photos, with heads that "
    "have framed things of many kinds: for few photos, even without a GPU.",
    task="detection",
    build="workbench.tasks.detection.engine.compact:build_lite0",
    settings=training_settings(
        without=("train_layers",), epochs=60, batch_size=0, optimizer="muon", lr=0.02,
        weight_decay=0.1,
    ).extended(_LAYERS, _REFINE_BOXES, OUTLINES, KEYPOINTS, SIZE),
    parameters=3_490_000,
    weights=(LITE0,),
    tile_input=320,
    bytes_a_pixel=800,
    processor_batch=8,
    averaged=1 / 3,
)

def _torchvision(
    id: str, title: str, summary: str, parameters: int, weights: tuple[Weights, ...], kept: int, *,
    largest: int = 640, epochs: int, lr: float,
) -> Recipe:
    return Recipe(
        id=id, title=title, summary=summary, task="detection",
        build="workbench.tasks.detection.engine.torchvision_detectors:build_"
        + id.replace("-", "_"),
        settings=training_settings(epochs=epochs, lr=lr, weight_decay=0.0005).extended(SIZE),
        parameters=parameters, weights=weights, bytes_a_pixel=kept, largest_input=largest,
    )


_FASTERRCNN = _torchvision(
    "fasterrcnn-resnet50-fpn-v2", "Faster R-CNN, ResNet-50 FPN v2",
    "Accurate and slow: for a GPU, from COCO weights.", 43_712_278,
    _coco("fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth", 167.104), 2800, epochs=20, lr=0.0001,
)
_FASTERRCNN_MOBILE = _torchvision(
    "fasterrcnn-mobilenet-v3-320", "Faster R-CNN, MobileNetV3 320",
    "The lightest Faster R-CNN: from COCO weights it also learns on a laptop.", 19_386_354,
    _coco("fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth", 74.239), 1200, largest=320,
    epochs=30, lr=0.0002,
)
_SSDLITE = _torchvision(
    "ssdlite320-mobilenet-v3", "SSDlite 320, MobileNetV3",
    "Small and quick to run: for large things, from COCO weights.", 3_440_060,
    _coco("ssdlite320_mobilenet_v3_large_coco-a79551df.pth", 13.418), 950, largest=320,
    epochs=60, lr=0.0005,
)
_RETINANET = _torchvision(
    "retinanet-resnet50-fpn-v2", "RetinaNet, ResNet-50 FPN v2",
    "One stage, strong on crowded images: for a GPU, from COCO weights.", 38_198_935,
    _coco("retinanet_resnet50_fpn_v2_coco-5905b1c5.pth", 146.037), 2150, epochs=20, lr=0.0001,
)

RECIPES = (_COMPACT, _COMPACT_S, _COMPACT_M, _COMPACT_LITE0, _FASTERRCNN, _FASTERRCNN_MOBILE,
           _SSDLITE, _RETINANET)
"""In the order of lists."""
