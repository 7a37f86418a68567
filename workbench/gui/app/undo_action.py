"""Undo and redo in every place, and the way back that is offered in a message."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from workbench.core.commands import Command, UndoStack
from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext, Tone
from workbench.project.session import Session

_DONE = {
    "accept": "Accepted", "add": "Added", "delete": "Deleted", "label": "Labelled",
    "mend": "Mended", "merge": "Merged", "move": "Moved", "put": "Put", "remove": "Removed",
    "rename": "Renamed", "settle": "Settled", "tag": "Tagged", "take": "Took",
}
"""What steps begin with, and a sentence about one that was taken."""


def done_words(step: Command) -> str:
    """A sentence about what a step did ("Labelled 2 images “bee”.")."""
    verb, _, rest = step.text.partition(" ")
    if verb in _DONE and rest:
        return f"{tr(_DONE[verb])} {rest}."
    return tr("Done: {step}.", step=step.text)


def say_done(context: AppContext, session: Session, sentence: str = "", tone: Tone = "ok",
             undo: Callable[[], object] | None = None) -> None:
    """Tell what the last step of ``session`` did, in its own words where there are no better ones,
    and offer the way back; ``undo`` is that of the place, which also shows where it was."""
    step = session.undo.undo_step
    if step is not None:
        words = sentence or done_words(step)
        context.say(tone, words, tr("Undo"),
                    lambda: undo_action(context, session, step, undo=undo))
        goes_when_undone(context, session, step, words)


def goes_when_undone(context: AppContext, session: Session, step: Command, sentence: str) -> None:
    """Take away ``sentence``, which was just said of ``step``, once that is undone elsewhere."""
    stack = session.undo

    def look() -> None:
        if stack.redo_step is step:
            context.withdrawn.emit(sentence)

    context.watched.add(stack.changed.connect(look))


def undo_action(context: AppContext, session: Session, step: Command,
                before: Callable[[], object] = lambda: None,
                undo: Callable[[], object] | None = None) -> bool:
    """Undo ``step`` of ``session``, or say why that cannot be; whether it was undone.

    Called after another project was opened, it does nothing. ``before`` is called before files
    may be moved; ``undo`` as for :func:`say_done`.
    """
    if context.session is not session:
        return False
    if session.undo.undo_step is not step:
        context.say("info", tr("Undo first what you did after it."))
        return False
    before()
    return (undo or partial(take_step, context))() is not None


def take_step(context: AppContext, *, forward: bool = False) -> Command | None:
    """Undo, or redo, in the open project, and return what; or say why that cannot be."""
    session = context.session
    if session is None:
        return None
    try:
        return session.undo.redo() if forward else session.undo.undo()
    except WorkbenchError as error:
        context.say("warn", error.sentence())
        return None


def take_and_tell(context: AppContext, forward: bool) -> None:
    """As :func:`take_step`, in a place that does not show what changed: that is said."""
    step = take_step(context, forward=forward)
    if step is not None:
        done = tr("Done again: {text}.") if forward else tr("Undone: {text}.")
        context.say("info", done.format(text=step.text))


def add_undo_actions(
    context: AppContext, place: str, stack: Callable[[], UndoStack | None] | None = None,
    take: Callable[[bool], object] | None = None,
) -> None:
    """Register Undo and Redo of a place.

    Parameters
    ----------
    stack
        What has the steps; the open project without it.
    take
        Takes a step, forward or back; without it just that is done.
    """
    steps = stack or (lambda: context.session.undo if context.session is not None else None)

    def run(forward: bool) -> None:
        own = stack() if stack is not None else None
        if take is not None:
            take(forward)
        elif own is not None:
            (own.redo if forward else own.undo)()
        else:
            take_step(context, forward=forward)

    for verb, text, keys, forward in (("undo", "Undo", ("Ctrl+Z",), False),
                                      ("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), True)):
        context.actions.add(Action(
            f"{place}.{verb}", text, partial(run, forward), keys, place, "Edit", verb,
            partial(_has_step, steps, forward)))


def _has_step(steps: Callable[[], UndoStack | None], forward: bool) -> bool:
    return (found := steps()) is not None and found.next_step(forward) is not None
