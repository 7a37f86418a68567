"""Where this program keeps its own files for one person. Nothing here makes a folder."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_NAME = "workbench"


def user_config_folder() -> Path:
    """For what a person chose, and the list of recent projects."""
    return platformdirs.user_config_path(_NAME, appauthor=False, roaming=True)


def user_cache_folder() -> Path:
    """For what can be deleted at any time."""
    return platformdirs.user_cache_path(_NAME, appauthor=False, opinion=False)


def user_data_folder() -> Path:
    """For the log and the sample projects."""
    return platformdirs.user_data_path(_NAME, appauthor=False)


def shared_data_folder() -> Path:
    """Where all programs of a person keep what desktops look for (Linux: ``$XDG_DATA_HOME``)."""
    return platformdirs.user_data_path()


def weights_folder() -> Path:
    """Where torch keeps downloaded weights, so that a machine that has them needs no second copy.

    Source: ``torch.hub.get_dir``, which has this one rule for all systems.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    home = Path(os.environ.get("TORCH_HOME") or Path(cache) / "torch").expanduser()
    return home / "hub" / "checkpoints"
