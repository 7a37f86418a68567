"""The image classifiers that come with the program; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from workbench.core.schema import Field, Schema, Value
from workbench.extension.augmentations import FILL, share_field, strength_field
from workbench.extension.recipe import LITE0, Recipe, Weights
from workbench.extension.settings import TRAINING, training_settings
from workbench.project.networks.files import DesignedRecipes
from workbench.project.networks.network import IMAGES, LAYERS_SETTING
from workbench.tasks.image_classification.augmentations import ROTATE

_MODULE = "workbench.tasks.image_classification.engine.model"

_DECAY = Field(
    "decay", "float", 0.0, "Weight decay", "How strongly the weights are held small; automatic "
    "tries several, each on training images that were held back from the fit.", minimum=0,
    maximum=1e6, advanced=True, zero="automatic",
)
_BALANCE = Field(
    "balance", "bool", False, "Balance classes", "Every class counts alike, however many images it "
    "has: rare ones are found more often, at the price of some mistakes in common ones.",
    label_kinds=("class",),
)
_LAYERS = Field(
    "train_layers", "choice", "last", "Layers to train", "Only the head is quick and enough for a "
    "few images; more layers learn more where there are many, and take longer.",
    choices=(("head", "Only the head"), ("last", "The last stages"), ("all", "All layers"),
             ("gradual", "All layers, the lower ones later and less"),
             ("new", "All layers, from nothing")),
)
_SMOOTHING = Field(
    "smoothing", "float", 0.05, "Label smoothing", "Keeps the model from being too confident.",
    minimum=0, maximum=0.5, advanced=True, label_kinds=("class", "tags"),
)


_SHIFT = Field(
    "augment.shift", "float", 1.0, "Shift", "How far images are moved; 1 is as far as there is "
    "something beside what is seen.", minimum=0, maximum=1, advanced=True,
)
_SHARES = {"augment.largest": ("zoom", "Scale"), "augment.stretch": ("stretch", "Stretch"),
           "augment.shift": ("shift", "Shift"), "augment.brightness": ("brightness", "Brightness"),
           "augment.contrast": ("contrast", "Contrast"),
           "augment.saturation": ("saturation", "Saturation")}
"""What stands behind a setting of all trainings: the share of samples that it is applied to."""


def _varied(common: Schema) -> Iterator[Field]:
    """The settings with the shares of their variations, and how edges are filled."""
    for field in common:
        if field.name == "augment.flip_x":
            yield from (_SHIFT, share_field(*_SHARES[_SHIFT.name]), FILL)
        yield field
        if field.name in _SHARES:
            yield share_field(*_SHARES[field.name])


def _settings(*own: Field, **defaults: Value) -> Schema:
    without = ("image_size", "tiles", "train_layers", "any_way_up", "augment.mosaic",
               "augment.flip_y", "augment.turn", "augment.hue", "augment.until",
               *(field.name for field in own))
    common = training_settings(without=[name for name in without if name in TRAINING], **defaults)
    return Schema(*_varied(common)).extended(*own)


INSTANT = Recipe(
    id="instant", title="Instant", task="image-classification",
    summary="Looks at every image once with a network that knows a thousand kinds of pictures, "
    "then fits the classes in a moment.",
    build="workbench.tasks.image_classification.engine.instant:build_instant",
    parameters=4_700_000, weights=(LITE0,), from_nothing="yes",
    settings=Schema(TRAINING["previews"], TRAINING["workers"], _BALANCE, _DECAY),
    fixed={"epochs": 1, "ema": False, "views": 2, "augment": False}, fitted=True,
)
_LITE0 = Recipe(
    id="lite0", title="EfficientNet-Lite0", task="image-classification",
    summary="Learns the last stages, or all, of a small network that knows a thousand kinds of "
    "pictures.",
    build=f"{_MODULE}:build_lite0", parameters=3_400_000, weights=(LITE0,),
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
_VGG6 = Recipe(
    id="vgg-6", title="VGG, six layers", task="image-classification",
    summary="Six small convolutions and two dense layers, for many small images such as digits.",
    build="workbench.tasks.image_classification.engine.designed:build_vgg6",
    parameters=475_000, from_nothing="yes",
    settings=_LENET.settings.extended(strength_field(ROTATE, 0.2)),
)
_VGG9 = Recipe(
    id="vgg-9", title="VGG, nine layers", task="image-classification",
    summary="Seven convolutions and two dense layers, for images of some 64 pixels; begins with "
    "nothing.",
    build=f"{_MODULE}:build_vgg9", parameters=450_000, from_nothing="yes",
    settings=_settings(_SMOOTHING, epochs=20, lr=0.002, weight_decay=0.02,
                       **{"augment.smallest": 0.8, "augment.largest": 1.2}),
)
_XCEPTION = Recipe(
    id="xception", title="Xception, small", task="image-classification",
    summary="Separable convolutions with ways around them, for images of some 128 pixels; begins "
    "with nothing.", build=f"{_MODULE}:build_xception", parameters=1_700_000, from_nothing="yes",
    settings=_VGG9.settings,
)
_VIT = Recipe(
    id="vit-tiny", title="ViT-Tiny", task="image-classification",
    summary="A vision transformer: looks at pieces of 16 pixels and how they belong together. It "
    "begins with nothing and needs many images.", build=f"{_MODULE}:build_vit",
    parameters=5_500_000, from_nothing="yes",
    settings=_settings(_SMOOTHING, epochs=60, lr=0.0005, weight_decay=0.05, warmup=0.1,
                       **{"augment.smallest": 0.7, "augment.largest": 1.2}),
)
OWN = Recipe(
    id="own-network", title="Your own network", task="image-classification",
    summary="A network of layers that you chose yourself.",
    build="workbench.tasks.image_classification.engine.designed:build_designed",
    parameters=0, from_nothing="yes", settings=_VGG9.settings, carries=(LAYERS_SETTING,),
)
NETWORKS = DesignedRecipes(OWN, IMAGES)
"""Those of a project."""


class _Network(NamedTuple):
    """A network of torchvision with its file of weights: its name there, the millions of weights
    with a head of few classes, the file, and how many MB that has."""

    id: str
    title: str
    name: str
    parameters: float
    file: str
    size: int
    summary: str


_NETWORKS = (
    _Network("resnet-18", "ResNet-18", "resnet18", 11.2, "resnet18-f37072fd", 47,
             "The usual network to begin from; its weights are fetched once."),
    _Network("resnet-50", "ResNet-50", "resnet50", 23.5, "resnet50-0676ba61", 103,
             "Deeper than ResNet-18: slower, and better where there are many images."),
    _Network("mobilenet-v3-small", "MobileNetV3, small", "mobilenet_v3_small", 1.5,
             "mobilenet_v3_small-047dcff4", 10, "Made for phones: small and quick."),
    _Network("mobilenet-v3-large", "MobileNetV3, large", "mobilenet_v3_large", 4.2,
             "mobilenet_v3_large-8738ca79", 22, "Made for phones: quick, and better than the small "
             "one."),
    _Network("efficientnet-b0", "EfficientNet-B0", "efficientnet_b0", 4.0,
             "efficientnet_b0_rwightman-7f5810bc", 21, "Much accuracy for few weights."),
    _Network("convnext-tiny", "ConvNeXt-Tiny", "convnext_tiny", 27.8, "convnext_tiny-983f1562", 114,
             "A network of today without batch norms: accurate, and slow without a GPU."),
    _Network("densenet-121", "DenseNet-121", "densenet121", 7.0, "densenet121-a639ec97", 32,
             "Each layer sees all that came before: few weights, much memory."),
    _Network("inception-v3", "Inception v3", "inception_v3", 21.8, "inception_v3_google-0cc3c7bd",
             109, "Looks for things of several sizes at once, in images of 299 pixels."),
    _Network("vgg-16", "VGG-16", "vgg16", 134.3, "vgg16-397923af", 553,
             "Thirteen convolutions and three dense layers: simple, large and slow."),
    _Network("alexnet", "AlexNet", "alexnet", 57.0, "alexnet-owt-7be5be79", 244,
             "Five convolutions and three dense layers: quick, and less accurate than others."),
)


def _torchvision(network: _Network) -> Recipe:
    name = f"{network.file}.pth"
    weights = Weights(
        name, f"https://download.pytorch.org/models/{name}", network.file.rpartition("-")[2],
        network.size * 1_000_000, "ImageNet, a thousand kinds of pictures",
        "BSD-3-Clause (torchvision), trained on ImageNet")
    return Recipe(
        id=network.id, title=network.title, task="image-classification", summary=network.summary,
        build=f"{_MODULE}:build_torchvision", parameters=round(network.parameters * 1e6),
        weights=(weights,), fixed={"network": network.name},
        settings=_settings(_LAYERS, _SMOOTHING, epochs=8, lr=0.001, weight_decay=0.02,
                           **{"augment.smallest": 0.7, "augment.largest": 1.2}))


RECIPES = (INSTANT, _LITE0, _LENET, _VGG6, _VGG9, _XCEPTION, _VIT, OWN,
           *map(_torchvision, _NETWORKS))
