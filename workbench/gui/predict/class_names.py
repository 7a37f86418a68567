"""What classes of a model are called in the project, where it has no class of their name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.import_page import ClassNamesForm
from workbench.gui.style import tokens
from workbench.gui.widgets import PrimaryButton, QuietButton, column, label, row, widget_of
from workbench.project.class_map import class_map, read_class_map, write_class_map
from workbench.project.runs import RunFolder

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.app.models import TrainedModel
    from workbench.gui.shell.main_window import MainWindow

_MOST = 200


def ask_names(parent: QWidget, context: AppContext, model: TrainedModel,
              counts: Mapping[str, int], then: Callable[[], object] | None = None) -> None:
    """Let a person say which class of the project the classes of a model become of which something
    was found (``counts``), unless that is known; then go on. Without ``then`` it is asked also what
    was said before. Reads a small file."""
    session = context.session
    assert session is not None
    run = RunFolder(session.folder / "runs" / model.run)
    project = tuple(session.classes)
    said = read_class_map(run, project)
    renamed = class_map(model.classes, project)
    asked = {name: counts.get(name, 0) for name in model.classes if name not in project
             and (then is None or (name not in said and counts.get(name)
                            and renamed.get(name, "").casefold() in ("", name.casefold())))}
    if asked and project and len(asked) <= _MOST:
        form = ClassNamesForm(asked, {**renamed, **said}, project, _MOST)
        _show(cast("MainWindow", parent.window()), model, form,
              lambda names: write_class_map(run, names, project),
              None if then is None else lambda: then() if context.session is session else None)
    elif then is not None:
        then()
    else:
        words = tr("The project has all classes of “{model}”.", model=model.title) if not asked \
            else tr("Classes of “{model}” that the project does not have keep their names.",
                    model=model.title)
        context.say("info", words)


def _show(window: MainWindow, model: TrainedModel, form: ClassNamesForm,
          write: Callable[[dict[str, str]], object], then: Callable[[], object] | None) -> None:
    """The form on a sheet; ``write`` takes what was chosen, and the sheet stays where it raises."""
    problem = label("", "caption", "bad", wrap=True)
    page = widget_of(column(
        label(tr("“{model}” knows classes that this project does not have. Choose the class that "
                 "each becomes, write the name of a new one, or leave it empty to leave its "
                 "objects out. It is remembered for this model.", model=model.title), tone="soft",
              wrap=True), form, problem, 1, spacing=tokens.SPACE_M))
    no = QuietButton(tr("Cancel"))
    yes = PrimaryButton(tr("Save") if then is None else tr("Suggest"))
    sheet = window.overlays.lay_over(tr("Classes of the model"), page, widget_of(row(1, no, yes)))
    no.clicked.connect(sheet.close_sheet)

    def go_on() -> None:
        try:
            write({name: form.rename.get(name, name) for name in form.fields})
        except WorkbenchError as error:
            problem.setText(error.sentence())
            return
        sheet.close_sheet()
        if then is not None:
            then()

    yes.clicked.connect(go_on)
    yes.setFocus()
