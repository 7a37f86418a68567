"""The demo of an installed wheel: from a drawn sample to a trained model and pictures of it."""

from __future__ import annotations

from tests.packaging.test_wheel import Installed, installed, wheel

__all__ = ["installed", "wheel"]


def test_the_demo_goes_the_whole_way(installed: Installed) -> None:
    said = installed.workbench("demo", "--out", "demo", "--minutes", "0.1")
    assert "pictures of the window" in said
    assert (installed.folder / "demo" / "model.safetensors").is_file()
    assert list((installed.folder / "demo" / "screens").glob("*.png"))
