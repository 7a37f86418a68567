"""What the rail and the window's title say of a training. Knows no widget of Train."""

from __future__ import annotations

from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.extension.run_names import title_of_run
from workbench.gui.app.context import PlaceNotice
from workbench.project.runs import list_runs

PLACE = "train"
_RUNNING = {"paused": ("warn", "paused"), "starting": ("accent", "starting")}
_ENDED = {"finished": ("ok", "finished"), "stopped": ("ok", "stopped"),
          "failed": ("bad", "failed"), "interrupted": ("warn", "was interrupted")}


def running_notice(title: str, state: str, progress: float, *, open_end: bool) -> PlaceNotice:
    """Of the training that is under way; ``progress`` is its share, 0..1."""
    tone, words = _RUNNING.get(state, ("accent", ""))
    percent = tr("training") if open_end else f"{int(100 * progress)} %"
    return PlaceNotice(PLACE, tone, f"{title} {tr(words) if words else percent}")


def ended_notice(title: str, state: str) -> PlaceNotice | None:
    """Of one that ended; None of one that nobody need look at (a cancelled one)."""
    if state not in _ENDED:
        return None
    tone, words = _ENDED[state]
    return PlaceNotice(PLACE, tone, f"{title} {tr(words)}")


def interrupted_notice(project: Path) -> PlaceNotice | None:
    """Of the newest run of a project, where a power cut or a closed window ended it."""
    newest = next(iter(list_runs(project)), None)
    if newest is None:
        return None
    try:
        state, config = str(newest.state.get("state")), newest.config
    except WorkbenchError:
        return None
    title = title_of_run(newest.name, config)
    return ended_notice(title, state) if state == "interrupted" else None
