"""What is said where the table with the labels cannot be read, or folders could mean something
else, and the way on."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.style import tokens
from workbench.gui.widgets import column, label, row
from workbench.gui.widgets.buttons import QuietButton
from workbench.tasks.image_classification.label_store import LabelStore
from workbench.tasks.image_classification.window.folder_level import FolderDoubt


class TableWarning(QWidget):
    """Why labels cannot be changed, and a button that begins a new table where that helps."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._store: LabelStore | None = None
        self.text = label("", tone="warn", wrap=True)
        self.anew_button = QuietButton(tr("Start anew"), run=self._start_anew, tip=tr(
            "Keep the damaged file under another name, and write what is known and the folders do "
            "not say into a new one"))
        self.doubt = FolderDoubt(context)
        self.setLayout(column(row((self.text, 1), self.anew_button), self.doubt, spacing=0,
                              margins=(tokens.SPACE_M, 0, tokens.SPACE_M, 0)))

    def show_store(self, store: LabelStore | None) -> None:
        """Show what is wrong with the labels of ``store``, or hide where nothing is."""
        self._store = store
        problem = store.problem if store is not None else ""
        self.text.setText(problem)
        self.text.setVisible(bool(problem))
        self.anew_button.setVisible(store is not None and store.damaged)
        self.doubt.show_store(None if problem else store)
        self.setVisible(bool(problem) or self.doubt.asks)

    def _start_anew(self) -> None:
        store = self._store
        if store is None:
            return
        try:
            aside = store.start_anew()
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
        else:
            self._context.say("ok", tr(
                "{name} is kept as {aside}. The labels that are known stay; those that the folders "
                "do not say go into a new file.",
                name=store.path.name, aside=aside.name))
