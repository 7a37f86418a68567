"""What the status bar says about Audio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.text import count, tr
from workbench.gui.label.sounds.time_view import duration_words
from workbench.gui.label.status import GAP, busy_words

if TYPE_CHECKING:
    from workbench.gui.label.sounds.editor import ClipEditor
    from workbench.project.library.sounds import SoundLibrary

_CHANNELS = {1: "mono", 2: "stereo"}
_ENCODINGS = {"PCM_16": "16 bit", "PCM_24": "24 bit", "PCM_32": "32 bit", "PCM_U8": "8 bit",
              "PCM_S8": "8 bit", "FLOAT": "32 bit float", "DOUBLE": "64 bit float",
              "VORBIS": "Vorbis", "OPUS": "Opus", "MPEG_LAYER_III": "MP3"}


def skipped_words(editor: ClipEditor, selected: int) -> str:
    """ "2,000 sounds · 4 speakers or sites   12 selected"."""
    sounds = editor.library
    if sounds is None:
        return ""
    if not len(sounds):
        return tr("Looking for sounds …") if sounds.scanning else tr("No sounds")
    busy = busy_words(sounds)
    if busy:
        return busy
    words = [count_words(sounds)]
    if selected > 1:
        words.append(tr("{selected:,} selected", selected=selected))
    return GAP.join(words)


def count_words(sounds: SoundLibrary) -> str:
    """ "2,000 sounds · 4 speakers or sites"."""
    clips = count(len(sounds), "sound")
    groups = len(set(sounds.groups().values()))
    if not groups:
        return clips
    if groups == 1:
        return tr("{clips} · 1 speaker or site", clips=clips)
    return tr("{clips} · {groups:,} speakers or sites", clips=clips, groups=groups)


def right_words(editor: ClipEditor) -> str:
    """ "Recorded 2026-05-12 04:30:00   0.43 s   8 kHz · mono · 16 bit"."""
    document = editor.document
    info = document.info if document is not None else None
    if document is None or info is None:
        return ""
    channels = _CHANNELS.get(info.channels, count(info.channels, "channel"))
    encoding = _ENCODINGS.get(info.encoding, info.encoding.replace("_", " "))
    words = [tr("Recorded {moment}", moment=document.recorded.words)] if document.recorded else []
    words += [duration_words(info.duration), tr(
        "{sample_rate:g} kHz · {channels} · {encoding}",
        sample_rate=info.sample_rate / 1000, channels=channels, encoding=encoding)]
    return GAP.join(words)
