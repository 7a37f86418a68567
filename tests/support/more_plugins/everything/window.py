"""What the task brings to the window; only ``page.py`` imports Qt."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.extension.predictions import PredictionDisplay
from workbench.extension.window import SplitOption, WindowTask

_HERE = __name__.rpartition(".")[0]


class BrightnessSummary:
    def is_unlabelled(self, session: Any) -> bool:
        return not (session.folder / "numbers.csv").is_file()

    def words(self, session: Any) -> str:
        lines = (session.folder / "numbers.csv").read_text("utf-8").splitlines()
        return f"{len(lines) - 1} images and how bright they are."

    def splits(self, session: Any) -> list[SplitOption]:
        return [SplitOption("default", "70 / 15 / 15", "By chance.")]

    def watch(self, session: Any, changed: Callable[[], None]) -> Sequence[Callable[[], None]]:
        return []


def unchanged(answer: Mapping[str, Any], limits: Mapping[str, float]) -> Mapping[str, Any]:
    return answer


def count(answer: Mapping[str, Any], limits: Mapping[str, float]) -> tuple[dict[str, int], float]:
    return {"bright" if answer["value"] > 0.5 else "dark": 1}, 1.0


SUMMARY = BrightnessSummary()
DISPLAY = PredictionDisplay((), {}, dict, unchanged, count, f"{_HERE}.page:paint", whole=True,
                            found=("image", "images"))
TASK = WindowTask(
    place="images", sample="image", metric="error",
    no_labels=("How bright are they?", "Write numbers.csv.", "Go to Images"),
    results=f"{_HERE}.page:ErrorPage", previews="", data=f"{_HERE}.window:SUMMARY",
    answers=f"{_HERE}.window:DISPLAY",
)
