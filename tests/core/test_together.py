"""Several steps that are one, and steps that become part of the one before."""

from __future__ import annotations

import pytest

from workbench.core.commands import Command, UndoStack


class Write:
    """Appends a word; one that follows another of the same kind becomes part of it."""

    key = ""

    def __init__(self, page: list[str], word: str, kind: str = "") -> None:
        self.text = word
        self.words = [word]
        self._page, self._kind = page, kind

    def do(self) -> None:
        self._page.extend(self.words)

    def undo(self) -> None:
        del self._page[-len(self.words):]

    def absorb(self, later: Command) -> bool:
        if not isinstance(later, Write) or not self._kind or later._kind != self._kind:
            return False
        self.words += later.words
        return True


def test_steps_together_are_undone_and_redone_together() -> None:
    stack, page = UndoStack(), []
    with stack.together("write a line"):
        stack.push(Write(page, "a"))
        with stack.together("inside"):
            stack.push(Write(page, "b"))
        assert stack.undo_text is None
    assert stack.undo_text == "write a line"
    stack.undo()
    assert page == [] and stack.undo_text is None
    stack.redo()
    assert page == ["a", "b"]


def test_one_step_stays_itself_and_none_is_none() -> None:
    stack, page = UndoStack(), []
    with stack.together("nothing"):
        pass
    assert stack.undo_text is None
    with stack.together("line"):
        stack.push(Write(page, "a"))
    assert stack.undo_text == "a"


def test_what_fails_inside_is_taken_back() -> None:
    stack, page = UndoStack(), []
    with pytest.raises(ValueError, match="no"), stack.together("line"):
        stack.push(Write(page, "a"))
        raise ValueError("no")
    assert page == [] and stack.undo_text is None
    stack.push(Write(page, "b"))
    assert stack.undo_text == "b"


def test_a_step_may_become_part_of_the_one_before() -> None:
    stack, page = UndoStack(), []
    stack.push(Write(page, "a", "move"))
    stack.push(Write(page, "b", "move"))
    stack.push(Write(page, "c"))
    stack.undo()
    assert page == ["a", "b"]
    stack.undo()
    assert page == [] and stack.undo_text is None
    stack.redo()
    assert page == ["a", "b"] and stack.redo_text == "c"
