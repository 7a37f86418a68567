from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import tiny_project


@pytest.fixture(autouse=True)
def tiny_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_project.use_tiny_recipe(monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny_project.make_project(tmp_path / "shapes")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one finished run."""
    from workbench.cli import main

    project = tiny_project.make_project(tmp_path_factory.mktemp("trained") / "shapes")
    with pytest.MonkeyPatch.context() as patch:
        tiny_project.use_tiny_recipe(patch)
        settings = ["--recipe", "tiny", "--device", "cpu", "--epochs", "25", "--set", "augment=no",
                    "--set", "image_size=64"]
        assert main(["train", str(project), *settings]) == 0
    return project
