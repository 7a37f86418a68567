"""What a recipe for sounds builds, as the engine uses it, and the settings it starts from.

torch is imported for type checkers only: this module is safe to import in the window.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from workbench.core.schema import Field, Schema, Value
from workbench.extension.model import ModelContext, TrainableModel
from workbench.extension.settings import TRAINING

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What a model for sounds was fitted to."""

    clips: int
    """How many labelled sounds there are to learn from; regions count each."""
    features: Mapping[str, float | int]
    """How sounds become numbers: ``sample_rate`` (Hz), ``seconds`` (a window), ``n_fft``,
    ``hop_length`` (samples), ``n_mels``, ``n_mfcc`` (0 for log-mel), ``low``, ``high`` (Hz) and
    ``centred`` (0..1)."""
    class_counts: tuple[int, ...]
    """Sounds for each class, in class order."""
    background: bool = False
    """Whether the model also learns what is none of the classes, from the unlabelled parts of clips
    with regions; it is one more output behind the classes."""
    bands: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Between which frequencies (Hz) a class is heard, of classes whose labelled regions say it."""

    def to_json(self) -> dict[str, Any]:
        return {"clips": self.clips, "features": dict(self.features),
                "class_counts": list(self.class_counts), "background": self.background,
                "bands": {name: list(band) for name, band in self.bands.items()}}


SoundContext: TypeAlias = ModelContext[SoundFacts]
"""What a recipe for sounds is built for."""


class SoundModel(TrainableModel, Protocol):
    """A classifier of sounds that the engine can train.

    The engine resamples every sound, mixes it to mono and cuts or pads it to one window, in the
    same way for training, validation, prediction and the microphone. What comes after that belongs
    to the model, so that it cannot differ.
    """

    def magnitudes(self, windows: Tensor) -> Tensor:
        """Windows of sound, float32 (B, samples), as STFT magnitudes (B, bins, frames); these are
        what is varied in training."""

    def features(self, magnitudes: Tensor) -> Tensor:
        """What the network sees of magnitudes: float32 (B, rows, frames)."""

    def losses(self, features: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Loss parts for a batch as scalars with gradients; ``targets`` are shares of each class,
        float32 (B, outputs)."""

    def scores(self, windows: Tensor) -> Tensor:
        """Probabilities (B, outputs) for windows of sound; the outputs are the classes, and none
        of them behind those where the facts say so."""


@runtime_checkable
class TraceableSoundModel(Protocol):
    """What a classifier of sounds may have besides, so that it can be exported."""

    def traceable(self) -> nn.Module:
        """From windows of sound, float32 (B, samples), to probabilities (B, outputs), in a way that
        ``torch.jit.trace`` and ONNX can follow (without complex numbers)."""


_OWN: tuple[Field, ...] = (
    Field("strength", "float", 1.0, "Augment sounds", "How much voice, speed, room, microphone "
          "and noise are varied in training, so that the model also copes with voices and places "
          "it never heard. 0 varies nothing.", minimum=0, maximum=2),
    Field("seconds", "float", 0.0, "Clip length", "Length of sound that is judged at once; "
          "automatic is what nine of ten sounds fit into.", "s", minimum=0, maximum=30,
          zero="automatic"),
    Field("split.test_groups", "text", "", "Hold out for testing (speaker or site)", "Speakers or "
          "recordings, separated by commas, that the model never hears in training, so that the "
          "test tells how it does on new ones."),
    Field("split.val_groups", "text", "", "Hold out for validation", "Speakers or recordings, "
          "separated by commas, that tell which epoch is best.", advanced=True),
    Field("sample_rate", "int", 0, "Sample rate", "All sounds are brought to it; automatic is "
          "the lowest that many of them have, at most 16 kHz, or twice the frequency up to which "
          "regions are labelled.", "Hz", minimum=0, maximum=192_000,
          advanced=True, zero="automatic"),
    Field("n_mels", "int", 0, "Mel bands", "Resolution in frequency.", minimum=0,
          maximum=256, advanced=True, zero="automatic"),
    Field("centred", "float", 0.5, "Colour removed", "How much of a sound's mean spectrum is taken "
          "off: 0 keeps the colour of voice, room and microphone, 1 removes it.", minimum=0,
          maximum=1, advanced=True),
    Field("background", "bool", True, "Learn background", "Where sounds are labelled as parts of "
          "recordings, the parts between them are learned as “background”, which is none of the "
          "classes. Turn it off if they hold sounds that are not labelled yet.", advanced=True),
    Field("mix", "float", 0.0, "Mix sounds", "Share of training sounds that are mixed with another "
          "one, the label too.", minimum=0, maximum=1, advanced=True),
    Field("smoothing", "float", 0.05, "Label smoothing", "Keeps the model from being too "
          "confident.",
          minimum=0, maximum=0.5, advanced=True),
)

_SHARED = {
    "epochs": "How many times every sound is heard. Not used when a time in minutes is given.",
    "batch_size": "Sounds in one step; 0 chooses it by the number of sounds.",
    "lr": "", "optimizer": "", "momentum": "", "weight_decay": "", "schedule": "", "sampler": "",
    "warmup": "",
    "clip_norm": "", "ema": "", "ema_decay": "", "precision": "",
    "cache_mb": "Memory for prepared sounds; 0 is a quarter of what is free. What does not fit is "
                "kept on disk.",
    "workers": "",
}
"""Common settings that make sense for sounds, with other words where those speak of images."""

_ORDER = ("epochs", "batch_size", "lr", "strength", "seconds", "split.test_groups")


def sound_settings(without: Collection[str] = (), /, **defaults: Value) -> Schema:
    """The settings of every recipe for sounds with other ``defaults``, and without those that a
    recipe ignores."""
    fields = [replace(TRAINING[name], help=words or TRAINING[name].help,
                      label="Sound cache" if name == "cache_mb" else TRAINING[name].label)
              for name, words in _SHARED.items()]
    fields += [field for field in _OWN if field.name not in without]
    fields.sort(key=lambda field: _ORDER.index(field.name) if field.name in _ORDER else 99)
    unknown = set(defaults) - {field.name for field in fields}
    if unknown:
        raise KeyError(sorted(unknown)[0])
    return Schema(*(replace(field, default=defaults.get(field.name, field.default))
                    for field in fields))
