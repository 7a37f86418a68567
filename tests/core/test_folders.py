"""Each person's folders are where their system wants them, and where they were before."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core.folders import (
    user_cache_folder,
    user_config_folder,
    user_data_folder,
    weights_folder,
)

linux = pytest.mark.skipif("sys.platform != 'linux'", reason="the rules of Linux")


@linux
def test_the_persons_own_choice_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CONFIG", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    assert user_config_folder() == tmp_path / "CONFIG" / "workbench"
    assert user_cache_folder() == tmp_path / "CACHE" / "workbench"
    assert user_data_folder() == tmp_path / "DATA" / "workbench"
    assert not list(tmp_path.iterdir())


@linux
def test_without_one_they_lie_in_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TORCH_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert user_config_folder() == tmp_path / ".config" / "workbench"
    assert user_cache_folder() == tmp_path / ".cache" / "workbench"
    assert user_data_folder() == tmp_path / ".local" / "share" / "workbench"
    assert weights_folder() == tmp_path / ".cache" / "torch" / "hub" / "checkpoints"
    monkeypatch.setenv("TORCH_HOME", "~/elsewhere")
    assert weights_folder() == tmp_path / "elsewhere" / "hub" / "checkpoints"
