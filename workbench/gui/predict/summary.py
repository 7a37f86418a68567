"""What was found in all files, in words."""

from __future__ import annotations

from pathlib import Path

from workbench.core.text import count, listed, several, share_text, tr
from workbench.extension.tasks import tasks
from workbench.gui.app.context import Tone
from workbench.gui.app.model_job import gave_way_text
from workbench.gui.app.models import TrainedModel
from workbench.gui.app.task import place_for, task_of, window_task
from workbench.gui.predict.files import GivenFiles
from workbench.gui.predict.table import ALL, FINDS, NOTHING, PredictionTable
from workbench.project.session import Session


def things_text(answers: PredictionTable) -> str:
    """How many objects, or sounds, were found."""
    assert answers.display is not None
    return tr("{objects} found",
              objects=count(sum(answers.counts().values()), *answers.display.found))


def sums_text(answers: PredictionTable, files: GivenFiles) -> str:
    """What was found in how many files; of whole files, how many have a class."""
    kinds, display = answers.kinds(), answers.display
    if display is not None and display.whole:
        words = files.rows(kinds[FINDS] + kinds[NOTHING])
        return words if not kinds[NOTHING] else tr("{files}, {number:,} without a class",
                                                   files=words, number=kinds[NOTHING])
    if not any(answers.counts().values()):
        return tr("Nothing found with these settings")
    if answers.means():
        return _cover_text(answers, files)
    return tr("{objects} in {files}", objects=things_text(answers),
              files=files.rows(kinds[FINDS]))


def _cover_text(answers: PredictionTable, files: GivenFiles) -> str:
    """ "24 files: cell 41 %, membrane 22 % on average"."""
    kinds = answers.kinds()
    number = kinds[FINDS] + kinds[NOTHING]
    values = {"files": files.rows(number),
              "shares": listed([f"{name} {share_text(share)}"
                                for name, share in answers.means().items()])}
    return tr("{files}: {shares}", **values) if number == 1 else \
        tr("{files}: {shares} on average", **values)


def status_texts(answers: PredictionTable, files: GivenFiles, title: str) -> tuple[str, str]:
    """What the line at the foot of the window says, left and right; ``title`` is the model's."""
    number = answers.kinds()[ALL]
    if not number:
        return "", ""
    if answers.means() or (answers.display is not None and answers.display.whole):
        return sums_text(answers, files), title
    return f"{files.rows(number)}   {things_text(answers)}", title


def empty_text(opened: bool, looked: bool, model: TrainedModel | None) -> tuple[str, str]:
    """What the place is for and what to do first, and what the button says ("" for none);
    whether a project is ``opened``, and was ``looked`` through for models."""
    if not opened:
        return tr("Open a project with a trained model first."), ""
    if model is None and not looked:
        return tr("Looking for trained models …"), ""
    if model is None:
        return tr("This project has no trained model yet. Train one; then drop files here, and it "
                  "says what is in them."), tr("Go to Train")
    task = tasks.get(model.task)
    kinds = tr("{nouns}, videos", nouns=several(task.noun)) if task.videos else several(task.noun)
    return (tr("Drop {kinds} or whole folders here. “{model}” says what is in them; they need "
               "not belong to the project.", kinds=kinds, model=model.title),
            tr("Choose files") if task.videos else tr("Choose {nouns}", nouns=several(task.noun)))


def other_task_text(session: Session, model: TrainedModel) -> str:
    """What can be done with a model of another task than the project's; "" for one of its own."""
    its, shown = tasks.get(model.task), window_task(model.task)
    if shown is None or place_for(its.medium, session) == shown.place:
        return ""
    own = tasks.get(task_of(session))
    words = tr("This model is for “{its}”, the project for “{own}”: what it says can be kept as "
               "files, but not as labels of the project.", its=tr(its.title), own=tr(own.title))
    return words if not (its.crops and own.boxes) else words + " " + tr(
        "A detector can ask it about its boxes (“Then: …” below the model).")


def ended_text(answers: PredictionTable, files: GivenFiles, gave_way: bool = False
               ) -> tuple[Tone, str, list[Path]]:
    """The tone and the words of the message when all files were looked at, or as many as there
    were until it was ended, by a person or, with ``gave_way``, for a training; and the stacks of
    which it says that not all pages were."""
    wrong = [item for item in answers.all if item.problem]
    words = [] if len(wrong) == len(answers.all) else [f"{sums_text(answers, files)}."]
    if wrong:
        words.append(wrong[0].problem if len(wrong) == 1 else
                     tr("{files} could not be read.", files=count(len(wrong), "file")))
    if any(item.file in answers.films for item in wrong):
        words.append(tr("What was found until there is kept."))
    if gave_way:
        words.append(gave_way_text())
    stacks = files.stacks if words and files.unseen_pages else []
    if stacks:
        words.append(files.unseen_pages)
    files.unseen_pages = ""
    return ("warn" if wrong or gave_way else "ok",
            " ".join(words) or tr("Cancelled before a file was looked at."), stacks)


def camera_text(events: int) -> str:
    """What was seen at lines and zones until the camera was closed."""
    return tr("{events} in the camera's pictures.", events=count(events, "event"))


def unsaved_text(events: int) -> str:
    """What is lost when the program ends; "" for nothing."""
    return tr("Not saved as a table yet: {events} that a camera saw at lines and zones.",
              events=count(events, "event")) if events else ""
