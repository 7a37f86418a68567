"""The order in which images without a class are worth labelling: typical ones that are unlike each
other first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject

from workbench.gui.app.context import AppContext
from workbench.gui.label.images.label_next_job import LabelNextJob
from workbench.tasks.image_classification.window.bar import SortBar
from workbench.tasks.image_classification.window.grid_view import GridView


class LabelFirst(QObject):
    """Finds it out when the order is chosen, and shows how far that is."""

    def __init__(self, context: AppContext, bar: SortBar, grid: GridView) -> None:
        super().__init__(bar)
        self._bar, self._grid = bar, grid
        self.job = LabelNextJob(context, self)
        self.job.changed.connect(lambda: bar.show_looking(self.job.words))
        self.job.ended.connect(self._take)
        self.job.failed.connect(partial(context.say, "warn"))
        bar.order_changed.connect(self._order_changed)
        bar.stop_button.clicked.connect(self.job.cancel)

    def forget(self) -> None:
        """Another project is shown, or none."""
        self.job.close()
        self._grid.images.set_next({})

    def _order_changed(self) -> None:
        images = self._grid.images
        if self._bar.order == "next":
            self.job.start(lambda key: bool(images.label(key) or images.classes(key)))
        else:
            self.job.close()

    def _take(self, order: Mapping[str, str]) -> None:
        self._grid.images.set_next(order)
        if self._bar.order == "next":
            self._grid.go_to(0)
