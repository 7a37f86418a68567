"""The tasks that come with the program, a folder each."""

import workbench.tasks.anomaly.kind
import workbench.tasks.detection.kind
import workbench.tasks.image_classification.kind
import workbench.tasks.segmentation.kind
import workbench.tasks.sound_classification.kind
import workbench.tasks.sound_detection.kind
from workbench.extension.window import Place, SearchEntry, places


def register() -> None:
    """Register them as a plugin would, and the place that several lead to."""
    workbench.tasks.detection.kind.register()
    workbench.tasks.image_classification.kind.register()
    workbench.tasks.segmentation.kind.register()
    workbench.tasks.anomaly.kind.register()
    workbench.tasks.sound_classification.kind.register()
    workbench.tasks.sound_detection.kind.register()
    places.register(Place(
        "network", "Network", "layers", "workbench.gui.network.place:NetworkPlace",
        after="train", passing=True, finds=(SearchEntry(
            "Design your own network", "layers convolution architecture cnn build", "layers"),),
    ))
