"""The settings that every training has, for recipes to start from.

A recipe declares ``settings=training_settings(epochs=26, lr=0.02)`` and extends the result with
fields of its own (:meth:`workbench.core.schema.Schema.extended`). A recipe that leaves one of these
out gets its default from here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from workbench.core.schema import Field, Schema, Value
from workbench.extension.registry import Choices
from workbench.extension.training import optimizers, samplers, schedules

_FIELDS: tuple[Field, ...] = (
    Field("epochs", "int", 50, "Epochs", "How many times every image is shown to the model. "
          "Not used when a time in minutes is given.", minimum=1, maximum=100_000),
    Field("batch_size", "int", 0, "Batch size", "Images in one step; 0 chooses it by the device "
          "and the number of images. It is halved when there is not enough memory.",
          minimum=0, maximum=1024),
    Field("lr", "float", 0.001, "Learning rate", "The highest rate of the schedule.",
          minimum=1e-8, maximum=10),
    Field("image_size", "int", 0, "Image size", "Longer side that images are brought to; "
          "0 chooses it by the size of the objects. Larger finds smaller things and takes longer.",
          "px",
          minimum=0, maximum=4096),
    Field("tiles", "choice", "auto", "Tiles", "Cut large images into overlapping tiles, so that "
          "tiny objects are seen at full size. Slower: every tile is looked at on its own.",
          choices=(("auto", "Where objects are tiny"), ("off", "Never"), ("on", "Always"))),
    Field("train_layers", "choice", "all", "Layers to train", "Only the head is quicker and enough "
          "for a few images, but needs pretrained weights.",
          choices=(("all", "All layers"), ("head", "Only the head"))),
    Field("augment", "bool", True, "Augment images", "Flip, shift, scale and recolour training "
          "images, so that the model learns more from few of them."),
    Field("any_way_up", "bool", False, "Images can be any way up", "For microscope and "
          "aerial images: they are shown upside down and turned as well, so that the model learns "
          "more from few of them."),
    Field("optimizer", "choice", "adamw", "Optimiser", "The rule that changes the weights.",
          choices=Choices(optimizers), advanced=True),
    Field("momentum", "float", 0.9, "Momentum", "For SGD.", minimum=0, maximum=0.999,
          advanced=True),
    Field("weight_decay", "float", 0.0005, "Weight decay", "Pulls weights towards zero, "
          "against overfitting.", minimum=0, maximum=1, advanced=True),
    Field("schedule", "choice", "cosine", "Schedule", "How the learning rate changes over the run.",
          choices=Choices(schedules), advanced=True),
    Field("sampler", "choice", "shuffle", "Samples of an epoch", "Which are shown, and how often: "
          "rare classes can be shown more often than others.", choices=Choices(samplers),
          advanced=True),
    Field("warmup", "float", 0.04, "Warm-up", "Share of the run in which the rate rises.",
          minimum=0, maximum=0.5, advanced=True),
    Field("clip_norm", "float", 10.0, "Gradient limit", "Longest gradient that is followed in "
          "full; 0 is no limit.", minimum=0, maximum=1e6, advanced=True),
    Field("ema", "bool", True, "Average the weights", "Keep a running average of the weights; it "
          "is usually better than the last ones.", advanced=True),
    Field("ema_decay", "float", 0.9998, "Averaging", "How slowly the average follows at the end.",
          minimum=0, maximum=0.999999, advanced=True),
    Field("devices", "int", 1, "GPUs", "How many GPUs of this machine learn together; they share "
          "each batch.", minimum=1, maximum=16, advanced=True),
    Field("precision", "choice", "auto", "Precision", "Half precision is faster on most GPUs.",
          choices=(("auto", "Automatic"), ("32", "32 bit"), ("bf16", "bfloat16"),
                   ("16", "16 bit")), advanced=True),
    Field("previews", "int", 4, "Previews", "Validation images shown after every epoch.",
          minimum=0, maximum=64, advanced=True),
    Field("val_images", "int", 0, "Images per validation", "How many are looked at after an "
          "epoch; 0 chooses. All are used at the end.", minimum=0, maximum=1_000_000,
          advanced=True),
    Field("cache_mb", "int", 0, "Image cache", "Memory for prepared images; 0 is a quarter of "
          "what is free. The rest is kept on disk.", "MB", minimum=0, maximum=1_000_000,
          advanced=True),
    Field("workers", "int", 0, "Loading threads", "0 chooses by the number of cores.",
          minimum=0, maximum=64, advanced=True),
)


def _strength(name: str, default: float, label: str, help: str, maximum: float = 1.0,
              minimum: float = 0.0) -> Field:
    return Field(f"augment.{name}", "float", default, label, help, minimum=minimum,
                 maximum=maximum, advanced=True)


_AUGMENTATION = (
    _strength("mosaic", 0.5, "Mosaic", "Share of training images that are put together from four. "
              "Left as it is, it rises to 0.8 where a run shows every image very often."),
    _strength("smallest", 0.6, "Smallest scale", "Images are scaled by a random factor from here. "
              "Left as it is, it falls to 0.5 where a run shows every image very often.",
              minimum=0.1),
    _strength("largest", 1.4, "Largest scale", "Images are scaled by a random factor up to here.",
              4.0, 1.0),
    _strength("stretch", 1.15, "Stretch", "Largest factor between width and height.", 2.0, 1.0),
    _strength("flip_x", 0.5, "Flip left to right", "Share of images that are mirrored."),
    _strength("flip_y", 0.0, "Flip top to bottom", "Share of images that are turned upside down; "
              "half of them where images can be any way up."),
    _strength("turn", 0.0, "Turn by any angle", "Share of images that are turned, with outlines, "
              "rotated boxes and key points; those with objects of which only an upright box is "
              "known by quarters. Three quarters of them where images can be any way up."),
    _strength("brightness", 0.2, "Brightness", "How much brighter or darker images become."),
    _strength("contrast", 0.25, "Contrast", "How much the contrast changes."),
    _strength("saturation", 0.3, "Saturation", "How much the strength of colours changes."),
    _strength("hue", 0.05, "Hue", "How much colours and the white balance shift."),
    _strength("until", 0.85, "Augment until", "Share of the run after which images are shown as "
              "they are, only mirrored."),
)

TRAINING = Schema(*_FIELDS, *_AUGMENTATION)


def training_settings(*, without: Collection[str] = (), **defaults: Value) -> Schema:
    """The common settings with other ``defaults``, and without those that a recipe ignores.

    An unknown name raises ``KeyError``.
    """
    changed = {name: replace(TRAINING[name], default=value) for name, value in defaults.items()}
    left_out = {TRAINING[name].name for name in without}
    return Schema(*(changed.get(field.name, field) for field in TRAINING
                    if field.name not in left_out))
