"""What the task adds besides its recipes; imports neither Qt nor torch."""

from workbench.extension.explanations import ExplanationMethod
from workbench.extension.shell import ShellCommand
from workbench.extension.window import PlaceCard
from workbench.tasks.sound_classification.kind import ID

_HERE = "workbench.tasks.sound_classification"

EXPLANATIONS = (ExplanationMethod("sound-input", "What the model sees", (ID,),
                                  f"{_HERE}.engine.live:explain"),)
COMMANDS = (ShellCommand("listen", "hear classes live, from a microphone or a file",
                         f"{_HERE}.shell_listen:add", f"{_HERE}.shell_listen:listen"),)
CARDS = tuple(PlaceCard(name, "audio", f"{_HERE}.window.audio_cards:{name}")
              for name in ("model_input", "listening"))
