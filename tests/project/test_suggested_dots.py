"""Suggested dots: accepted as dots, not suggested where one is, kept from start to start."""

from __future__ import annotations

from pathlib import Path

from workbench.core.annotation import LabeledObject
from workbench.core.dots import dot_at
from workbench.core.shapes import Box
from workbench.project.suggestion import Suggestion, fresh, suggestion
from workbench.project.suggestion_file import StoredSuggestions, read_kept, save_kept

SIZE = (400, 300)


def suggested(x: float = 100.0, y: float = 50.0) -> Suggestion:
    found = suggestion("seal", (x - 10, y - 10, x + 10, y + 10), 0.8, SIZE, "run", dot_at((x, y)))
    assert found is not None
    return found


def test_it_is_accepted_as_a_dot_also_where_it_was_dragged() -> None:
    assert suggested().labeled().shape == dot_at((100.0, 50.0))
    assert suggested().labeled((95, 45, 115, 65), SIZE).shape == dot_at((105.0, 55.0))


def test_nothing_is_suggested_where_a_dot_or_a_box_is() -> None:
    def left(*objects: LabeledObject) -> int:
        return len(fresh([suggested()], objects))

    assert not left(LabeledObject("seal", dot_at((106.0, 50.0))))
    assert left(LabeledObject("seal", dot_at((112.0, 50.0)))), "farther than half the side"
    assert left(LabeledObject("gull", dot_at((100.0, 50.0))))
    assert not left(LabeledObject("seal", Box(60, 20, 140, 80)))
    box = suggestion("seal", (90, 40, 110, 60), 0.8, SIZE, "run")
    assert box is not None and not fresh([box], [LabeledObject("seal", dot_at((100.0, 50.0)))])


def test_it_is_kept(tmp_path: Path) -> None:
    kept = StoredSuggestions(suggested={"a.png": (suggested(), suggested(200.5, 70.0))})
    (tmp_path / ".workbench").mkdir()
    save_kept(tmp_path, kept)
    assert read_kept(tmp_path).suggested == kept.suggested
