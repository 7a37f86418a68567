"""Ways to vary images of classifiers besides those that all trainings have; off unless chosen.

Importing this imports no torch.
"""

from __future__ import annotations

from workbench.extension.augmentations import Augmentation
from workbench.tasks.image_classification.kind import ID

_MODULE = "workbench.tasks.image_classification.engine.variations"


def _of(name: str, title: str, help: str, *, fills: bool = False) -> Augmentation:
    return Augmentation(name, title, help, (ID,), f"{_MODULE}:{name}", share=True, fills=fills)


ROTATE = _of("rotate", "Rotate", "Images are turned to either side; 1 is up to 45 degrees.",
             fills=True)
AUGMENTATIONS = (
    ROTATE,
    _of("shear", "Shear", "Images are slanted; 1 is up to half of their height.",
        fills=True),
    _of("hue_shift", "Hue", "Colours are turned around the colour circle; 1 is up to half of it."),
    _of("blur", "Blur", "Images become less sharp; 1 is up to a blur of two pixels."),
    _of("sharpen", "Sharpen", "Edges become stronger; 1 is up to three times."),
    _of("noise", "Noise", "Grain is added; 1 is up to a fifth of the range of values."),
    _of("erase", "Erase", "A rectangle is covered; 1 is up to half of each side."),
    _of("mixup", "Mixup", "Each image is blended with another one, and so is what is wanted of it; "
        "1 is up to half of the other."),
    _of("cutmix", "CutMix", "A rectangle of another image is put in, and its share counts for that "
        "one's class; 1 is up to half of the area."),
)
