"""Telling sounds apart: what is registered; imports neither Qt nor torch."""

from workbench.extension.explanations import ExplanationMethod, explanation_methods
from workbench.extension.registry import recipes
from workbench.extension.shell import ShellCommand, shell_commands
from workbench.extension.tasks import Task, tasks
from workbench.extension.window import PlaceCard, cards

ID = "audio-classification"
_HERE = "workbench.tasks.sound_classification"


def register() -> None:
    """Register the task, its recipes and its cards in Audio."""
    tasks.register(Task(
        id=ID, title="Classes of sounds", medium="sounds", noun="clip",
        engine=f"{_HERE}.engine.task:TASK", window=f"{_HERE}.window:TASK",
        shell=f"{_HERE}.shell:TASK",
    ))
    explanation_methods.register(ExplanationMethod(
        id="sound-input", title="What the model sees", tasks=("audio-classification",),
        explain=f"{_HERE}.engine.live:explain",
    ))
    shell_commands.register(ShellCommand(
        id="listen", words="hear classes live, from a microphone or a file",
        add=f"{_HERE}.shell_listen:add", run=f"{_HERE}.shell_listen:listen",
    ))
    recipes.register_later(f"{_HERE}.recipes:RECIPES")
    for name in ("model_input", "listening"):
        cards.register(PlaceCard(name, "audio", f"{_HERE}.window.audio_cards:{name}"))
