"""The demo's steps for classes of sounds."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from workbench.extension.engine_task import SilentReporter
from workbench.extension.shell import DemoTask
from workbench.project.runs import RunFolder
from workbench.project.unattended import editing
from workbench.tasks.sound_classification.shell import measure

_SURE = 0.6  # probability from which the demo believes the model


def _evaluate(project: Path, run: RunFolder, report_path: Path) -> dict[str, Any]:
    found = measure(project, run, None, "auto", SilentReporter())
    found.write_report(report_path)
    return {"split": found.split, **{name: found.figures[name] for name in
                                     ("accuracy", "f1", "roc_auc")}}


def _label(project: Path, run: RunFolder) -> int:
    """Give unlabelled clips the model's class, through the window's own session."""
    from workbench.project.datasets.sounds import read_clips
    from workbench.tasks.sound_classification.engine.predict import SoundPredictor

    bare = [record for record in read_clips(project)[0] if not record.label and not record.regions]
    if not bare:
        return 0
    predictor = SoundPredictor.load(run)
    keys = {record.path: record.key for record in bare}
    sure: defaultdict[str, list[str]] = defaultdict(list)
    for item in predictor.listen_to(keys):
        best = int(item.scores.argmax())
        if item.scores[best] >= _SURE:
            sure[predictor.classes[best]].append(keys[item.path])
    with editing(project) as session:
        for label, found in sure.items():
            session.sounds.set_label(found, label)
    return sum(map(len, sure.values()))


TASK = DemoTask("sample_sounds", "Making the sample project of sounds", "sounds", "accuracy",
                "accuracy", _evaluate, _label)
