"""A small child process that speaks the engine's protocol without learning anything.

It makes real run folders with real events, obeys control messages between two steps, and dies when
its script says so. Arguments: ``--epochs N --steps N --pause SECONDS --die-at STEP``.
"""

from __future__ import annotations

import argparse
import base64
import io
import math
import os
import queue
import sys
import threading
import time
from pathlib import Path

from PIL import Image

from workbench.jobs.commands import (
    Control,
    EvaluateRounds,
    Preflight,
    ResumeRun,
    Shutdown,
    Train,
    Vary,
)
from workbench.jobs.events import (
    Checkpoint,
    Epoch,
    Event,
    Failed,
    Finished,
    Paused,
    PreflightDone,
    Preview,
    Progress,
    Ready,
    Started,
    Step,
    Unpaused,
)
from workbench.jobs.protocol import decode_command, decode_event, encode
from workbench.project.runs import RunFolder


class Script:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.commands: queue.Queue[object] = queue.Queue()
        self.lock = threading.Lock()

    def emit(self, event: Event, run: RunFolder | None = None) -> None:
        line = encode(event)
        if run is not None:
            run.append_line(line)
        with self.lock:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def read(self) -> None:
        for line in sys.stdin:
            self.commands.put(decode_command(line))
        self.commands.put(Shutdown())

    def serve(self) -> None:
        threading.Thread(target=self.read, daemon=True).start()
        self.emit(Ready([{"id": "cpu", "name": "2 cores", "memory": 24 << 30}], {"torch": "0"}))
        while not isinstance(command := self.commands.get(), Shutdown):
            if isinstance(command, Preflight):
                self.preflight(command)
            elif isinstance(command, Vary):
                self.vary(command)
            elif isinstance(command, EvaluateRounds):
                found = [{"run": str(number), "learned": 11, "figure": "map", "part": "test",
                          "score": 0.4 + 0.1 * number, "samples": 90} for number in range(2)]
                self.emit(Finished(command.job, "finished", {"rounds": found}))
            elif isinstance(command, Train):
                self.train(command)
            elif isinstance(command, ResumeRun):
                self.resume(command)

    def preflight(self, command: Preflight) -> None:
        self.emit(Progress(command.job, "Measuring", 1, 3))
        if command.request.settings.get("lr") == 0.5:
            self.emit(Failed(command.job, "The learning rate is too high."))
            return
        self.emit(PreflightDone(
            command.job, "compact-n", "Ready. 4 images, 2 classes. About 1 s an epoch.", 4,
            ["cat", "dog"], {"train": 2, "val": 1, "test": 1}, "cpu", 10 << 20,
            {"needed": False, "available": True, "name": "", "size": 0},
            self.options.epochs, 1.0, float(self.options.epochs), ["Very few images."],
        ))

    def vary(self, command: Vary) -> None:
        """One pixel: its red tells the brightness that is asked for, its blue the draw."""
        red = round(100 * float(command.request.settings.get("augment.brightness", 0.0)))
        stream = io.BytesIO()
        Image.new("RGB", (8, 8), (red, 0, 50 * command.draw)).save(stream, "PNG")
        image = {"file": "a.jpg", "jpeg": base64.b64encode(stream.getvalue()).decode(),
                 "size": [8, 8], "boxes": [[1, 2, 6, 7]]}
        self.emit(Finished(command.job, "finished", {"recipe": "compact-n", "images": [image]}))

    def train(self, command: Train) -> None:
        config = {"recipe": "compact-n", "classes": ["cat", "dog"], "batch_size": 2,
                  "epochs": command.request.epochs or self.options.epochs,
                  "settings": {"schedule": "cosine"}, "teacher": command.request.teacher}
        run = RunFolder.create(Path(command.project), "compact-n", config)
        self.emit(Started(command.job, run.name, config), run)
        self.loop(command.job, run, config["epochs"], 1)

    def resume(self, command: ResumeRun) -> None:
        run = RunFolder.find(Path(command.project), command.run)
        epoch = int(run.checkpoint_path.read_text()) + 1
        kept = [line for line in run.lines() if self.stays(line, epoch)]
        run.events_path.write_text("".join(f"{line}\n" for line in kept))
        run.write_state(state="running", pid=os.getpid())
        self.emit(Started(command.job, run.name, run.config, resumed_at_epoch=epoch), run)
        self.loop(command.job, run, run.config["epochs"], epoch)

    @staticmethod
    def stays(line: str, epoch: int) -> bool:
        """Whether an event lies before the epoch that is repeated, as the engine decides it."""
        event = decode_event(line)
        if isinstance(event, Step | Epoch | Preview):
            return event.epoch < epoch
        return not isinstance(event, Finished | Failed)

    def loop(self, job: str, run: RunFolder, epochs: int, first: int) -> None:
        steps, metrics = self.options.steps, {}
        for epoch in range(first, epochs + 1):
            for at in range(1, steps + 1):
                time.sleep(self.options.pause)
                ending = self.obey(job)
                if ending:
                    state = {"stop": "stopped", "cancel": "cancelled"}[ending]
                    run.write_state(state=state, epoch=epoch)
                    self.emit(Finished(job, state, {"run": run.name, "metrics": metrics}), run)
                    return
                self.step(job, run, epoch, epochs, (epoch - 1) * steps + at, steps)
            metrics = self.end_of_epoch(job, run, epoch, epochs)
        run.write_state(state="finished", epoch=epochs)
        result = {"run": run.name, "metrics": metrics}
        if run.config.get("teacher"):
            result["verdict"] = {"better": False, "words": "Not better than its teacher."}
        self.emit(Finished(job, "finished", result), run)

    def step(
        self, job: str, run: RunFolder, epoch: int, epochs: int, step: int, steps: int
    ) -> None:
        if step == self.options.die_at:
            os._exit(9)
        total = epochs * steps
        falling = 2.0 * math.exp(-2.0 * step / total) + 0.1 * math.sin(step * 1.7)
        self.emit(Step(
            job, epoch, epochs, step, total,
            {"loss": falling, "box": 0.6 * falling, "class": 0.4 * falling},
            0.002 * math.cos(step / total * 1.5), 16.2,
            {"data": 0.1, "forward": 0.3, "backward": 0.5, "step": 0.1},
            step / total, 0.2 * (total - step),
        ), run)

    def end_of_epoch(
        self, job: str, run: RunFolder, epoch: int, epochs: int
    ) -> dict[str, float]:
        good = 1.0 - math.exp(-epoch / 6.0)
        metrics = {"map": 0.55 * good, "map_50": 0.9 * good, "val_loss": 2.0 - 1.6 * good}
        self.emit(Epoch(job, epoch, epochs, {"loss": 1.0}, metrics, 1.0, True), run)
        self.emit(Preview(job, epoch, [
            {"file": "a.png", "boxes": [[4, 4, 30 + epoch, 30]], "labels": ["cat"],
             "scores": [0.5]},
            {"file": "b.png", "boxes": [], "labels": [], "scores": []},
        ]), run)
        run.best_path.write_bytes(b"best")
        run.checkpoint_path.write_text(str(epoch))
        best = {"best_epoch": epoch, "val": metrics}
        if epoch % self.options.save_every == 0:
            run.write_state(state="running", metrics=best, epoch=epoch)
        self.emit(Checkpoint(job, epoch, str(run.checkpoint_path)), run)
        return metrics

    def obey(self, job: str) -> str:
        """Return "stop" or "cancel" when that was asked for; pause as long as it is wanted."""
        paused = False
        while True:
            try:
                command = self.commands.get() if paused else self.commands.get_nowait()
            except queue.Empty:
                return ""
            if isinstance(command, Shutdown):
                os._exit(0)
            if not isinstance(command, Control) or command.job != job:
                continue
            if command.action in ("stop", "cancel"):
                return command.action
            if command.action == "pause" and not paused:
                paused = True
                self.emit(Paused(job))
            if command.action == "unpause" and paused:
                self.emit(Unpaused(job))
                return ""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--die-at", type=int, default=0)
    parser.add_argument("--save-every", type=int, default=1)
    Script(parser.parse_args()).serve()


if __name__ == "__main__":
    main()
