"""A large annotation is read by a thread while the window goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Bounds, Box
from workbench.formats.voc import new_voc, read_voc
from workbench.gui.app.context import ImageTarget
from workbench.gui.label.images import scene as scenes
from workbench.gui.label.images.scene import Scene, drawn_each
from workbench.gui.label.images.status import right_words
from workbench.project.library import images as image_library
from workbench.project.library import read_ahead
from workbench.project.stores.base import AnnotationStore

if TYPE_CHECKING:
    from conftest import Bench

SIZE = (120, 90)
BOXES: tuple[Bounds, ...] = ((5, 5, 25, 25), (40, 40, 60, 70), (80, 10, 100, 30))


class Gate:
    """Holds back what the thread does, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.threads: set[int] = set()
        real = read_ahead.parsed

        def held(store: AnnotationStore, data: bytes, path: Path, image: Path,
                 ) -> read_ahead.Parsed:
            self.threads.add(threading.get_ident())
            assert self.open.wait(60)
            return real(store, data, path, image)

        monkeypatch.setattr(read_ahead, "parsed", held)
        monkeypatch.setattr(image_library, "LARGE", 600)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(monkeypatch)
    yield made
    made.open.set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small annotation, two large ones and one that is large and damaged."""
    for name, boxes in (("a", BOXES[:1]), ("b", BOXES), ("c", BOXES[:2]), ("d", BOXES)):
        path = tmp_path / f"{name}.png"
        Image.new("RGB", SIZE, (90, 120, 150)).save(path)
        objects = tuple(LabeledObject("cell", Box(*box)) for box in boxes)
        data = new_voc(Annotation(objects, size=SIZE), image_path=path)
        path.with_suffix(".xml").write_bytes(data if name != "d" else data[:-40])
    return tmp_path


def test_the_window_goes_on_while_many_boxes_are_read(
    bench: Bench, folder: Path, gate: Gate
) -> None:
    bench.open_project(folder)
    editor = bench.place.editor
    assert (editor.key, len(editor.objects), editor.reading) == ("a.png", 1, ""), "at once"
    bench.open("b.png")  # its picture comes, which takes a turn of the event loop
    assert not editor.objects and not editor.editable
    assert bench.place.viewer.notice.isVisibleTo(bench.place)
    assert editor.reading == "Reading 3 objects…"
    assert not editor.add_box((1, 1, 9, 9), "cell"), "nothing can be lost that is not there yet"
    assert bench.said[-1][1] == "Reading 3 objects…"

    gate.open.set()
    bench.wait(lambda: bool(editor.objects))
    assert threading.get_ident() not in gate.threads
    assert editor.editable and not bench.place.viewer.notice.isVisibleTo(bench.place)
    assert [item.box for item in editor.objects] == list(BOXES)
    assert editor.add_box((1, 1, 9, 9), "cell")
    bench.saved()
    assert len(read_voc(folder / "b.xml").annotation.objects) == 4
    bench.open("a.png")
    bench.open("b.png")
    assert len(editor.objects) == 4 and not editor.reading, "what is in memory is shown at once"


def test_going_on_leaves_what_is_being_read(bench: Bench, folder: Path, gate: Gate) -> None:
    bench.open_project(folder)
    editor = bench.place.editor
    bench.open("b.png")
    bench.open("c.png")
    bench.open("a.png")
    gate.open.set()
    bench.open("c.png")
    bench.wait(lambda: not editor.reading)
    assert (editor.key, len(editor.objects)) == ("c.png", 2)


def test_what_was_written_meanwhile_is_what_is_shown(
    bench: Bench, folder: Path, gate: Gate
) -> None:
    bench.open_project(folder)
    editor = bench.place.editor
    bench.open("b.png")
    bench.wait(lambda: bool(gate.threads))  # it holds the old bytes by now
    data = (folder / "b.xml").read_bytes()
    (folder / "b.xml").write_bytes(data.replace(b"<xmin>5<", b"<xmin>7<"))
    gate.open.set()
    bench.wait(lambda: bool(editor.objects))
    assert editor.objects[0].box == (7, 5, 25, 25)


def test_an_object_to_be_shown_is_selected_when_it_is_there(
    bench: Bench, folder: Path, gate: Gate
) -> None:
    bench.open_project(folder)
    bench.place.entered(ImageTarget("b.png", object_index=2, back="results"))
    assert bench.place.editor.selection == ()
    gate.open.set()
    bench.wait(lambda: bench.place.editor.selection == (2,))


def test_a_damaged_one_is_told_as_any_other(bench: Bench, folder: Path, gate: Gate) -> None:
    session = bench.open_project(folder)
    bench.open("d.png")
    gate.open.set()
    bench.wait(lambda: not bench.place.editor.reading)
    assert "cut off" in bench.place.editor.readonly_reason
    notice = bench.place.viewer.notice
    assert notice.choices and notice.height() >= notice.heightForWidth(notice.width())
    with pytest.raises(WorkbenchError, match="cut off"):
        session.edit("d.png", (), "clear")


def test_only_a_share_of_very_many_boxes_is_drawn(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenes, "DRAWN_LIMIT", 10)
    bench.open_project(folder)
    crowd = tuple(LabeledObject("cell", Box(x, y, x + 4, y + 4))
                  for x in range(0, 40, 8) for y in range(0, 40, 8))
    bench.session.edit("a.png", crowd, "many")
    scene: Scene = bench.canvas.scene
    bench.wait(lambda: len(scene.objects) == 25)
    assert drawn_each(scene) == 3
    assert "1 box in 3 is drawn" in right_words(bench.place.editor, bench.canvas)
    bench.canvas.show_box((0, 0, 12, 12))
    bench.canvas.viewport.zoom(40.0, (0.0, 0.0))
    assert drawn_each(scene) == 1
