"""The image classifiers that come with the program; importing this imports no torch."""

from __future__ import annotations

from workbench.core.schema import Field, Schema, Value
from workbench.extension.recipe import LITE0, Recipe, Weights
from workbench.extension.settings import TRAINING, training_settings

_MODULE = "workbench.tasks.image_classification.engine.model"

_RESNET18 = Weights(
    "resnet18-f37072fd.pth", "https://download.pytorch.org/models/resnet18-f37072fd.pth",
    "f37072fd", 46_830_571, "ImageNet, a thousand kinds of pictures",
    "BSD-3-Clause (torchvision), trained on ImageNet",
)

_DECAY = Field(
    "decay", "float", 0.0, "Weight decay", "How strongly the weights are held small; automatic "
    "tries several, each on training images that were held back from the fit.", minimum=0,
    maximum=1e6, advanced=True, zero="automatic",
)
_BALANCE = Field(
    "balance", "bool", False, "Balance classes", "Every class counts alike, however many images it "
    "has: rare ones are found more often, at the price of some mistakes in common ones.",
)
_LAYERS = Field(
    "train_layers", "choice", "last", "Layers to train", "Only the head is quick and enough for a "
    "few images; more layers learn more where there are many, and take longer.",
    choices=(("head", "Only the head"), ("last", "The last stages"), ("all", "All layers")),
)
_SMOOTHING = Field(
    "smoothing", "float", 0.05, "Label smoothing", "Keeps the model from being too confident.",
    minimum=0, maximum=0.5, advanced=True,
)


def _settings(*own: Field, **defaults: Value) -> Schema:
    without = ("image_size", "tiles", "train_layers", "any_way_up", "augment.mosaic",
               "augment.flip_y", "augment.hue", "augment.until", *(field.name for field in own))
    common = training_settings(without=[name for name in without if name in TRAINING], **defaults)
    return common.extended(*own)


INSTANT = Recipe(
    id="instant", title="Instant", task="image-classification",
    summary="Looks at every image once with a network that knows a thousand kinds of pictures, "
    "then fits the classes in a moment.",
    build="workbench.tasks.image_classification.engine.instant:build_instant",
    parameters=4_700_000, weights=(LITE0,), from_nothing="yes",
    settings=Schema(TRAINING["previews"], TRAINING["workers"], _BALANCE, _DECAY),
    fixed={"epochs": 1, "ema": False, "views": 2},
)
_LITE0 = Recipe(
    id="lite0", title="EfficientNet-Lite0", task="image-classification",
    summary="Learns the last stages, or all, of a small network that knows a thousand kinds of "
    "pictures.",
    build=f"{_MODULE}:build_lite0", parameters=4_700_000, weights=(LITE0,),
    settings=_settings(_LAYERS, _SMOOTHING, epochs=8, lr=0.001, weight_decay=0.02,
                       **{"augment.smallest": 0.7, "augment.largest": 1.2}),
)
_LENET = Recipe(
    id="lenet-5", title="LeNet-5", task="image-classification",
    summary="Two convolutions and two dense layers, for small images such as digits.",
    build=f"{_MODULE}:build_lenet", parameters=430_000, from_nothing="yes",
    settings=_settings(_SMOOTHING, epochs=10, lr=0.003, weight_decay=0.01,
                       **{"augment.smallest": 0.85, "augment.largest": 1.15,
                          "augment.flip_x": 0.0}),
)
_RESNET = Recipe(
    id="resnet-18", title="ResNet-18", task="image-classification",
    summary="The usual network to begin from; its weights are fetched once.",
    build=f"{_MODULE}:build_resnet18", parameters=11_180_000, weights=(_RESNET18,),
    settings=_settings(_LAYERS, _SMOOTHING, epochs=8, lr=0.001, weight_decay=0.02,
                       **{"augment.smallest": 0.7, "augment.largest": 1.2}),
)

RECIPES = (INSTANT, _LITE0, _LENET, _RESNET)
