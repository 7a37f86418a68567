"""Names that not every file can hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.project.helpers import Owner, box, labelled, labels
from workbench.core.annotation import LabeledObject
from workbench.core.errors import UsageError
from workbench.core.shapes import Region
from workbench.project.session import Session


def project(folder: Path, owner: Owner) -> Session:
    session = Session.open(folder, post=owner.post)
    owner.until(lambda: not session.sounds.scanning)
    owner.ready(session)
    return session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    labelled(tmp_path, "i.png", ["cat"])
    for name in ("a", "b"):
        soundfile.write(tmp_path / f"{name}.wav", np.full(8000, 0.1), 8000)
    return tmp_path


def test_one_name_in_images_and_sounds_also_after_a_restart(folder: Path, owner: Owner) -> None:
    session = project(folder, owner)
    session.sounds.set_label(["a.wav"], "bird\tsong")
    session.sounds.edit("b.wav", [LabeledObject("bird\nsong", Region(0.1, 0.2))], "mark")
    session.rename_class("cat", "sea \n lion")
    objects = session.document("i.png").annotation.objects
    session.edit("i.png", (*objects, box("bird\t song")), "draw")
    session.add_class(" new \t class")
    owner.settled(session)
    wanted = ["bird song", "new class", "sea lion"]
    assert sorted(session.classes) == wanted
    session.close(5)
    session = project(folder, owner)
    assert sorted(session.classes) == wanted
    assert labels(session, "i.png") == ["sea lion", "bird song"]
    assert {session.sounds.summary(key).classes for key in session.sounds} == {(("bird song", 1),)}
    session.close(5)


@pytest.mark.parametrize("name", ["\0nul", "half \ud800", "a\x07b"])
def test_what_no_file_holds_is_refused_before_anything_changes(
    folder: Path, owner: Owner, name: str
) -> None:
    session = project(folder, owner)
    for act in (lambda: session.add_class(name), lambda: session.rename_class("cat", name),
                lambda: session.edit("i.png", (box(name),), "draw"),
                lambda: session.sounds.set_label(["a.wav"], name),
                lambda: session.sounds.edit(
                    "b.wav", [LabeledObject(name, Region(0.1, 0.2))], "mark"),
                lambda: session.rename_class("cat", name)):
        with pytest.raises(UsageError, match="a class name cannot hold"):
            act()
    assert list(session.classes) == ["cat"] and labels(session, "i.png") == ["cat"]
    assert session.undo.undo() is None
    session.close(5)
