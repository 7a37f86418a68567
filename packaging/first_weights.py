"""Makes the first weights of ``compact-lite0``: ``python packaging/first_weights.py CLONES OUT``.

CLONES is a folder with a git repository ``OWNER+NAME`` for each of :data:`SOURCES` that holds the
commit named there. Of each so many labelled images are taken, and neck, heads and box refinement
learn to find what is framed in them, whatever it is, while the packaged backbone rests. So its maps
of every image are computed once for each of :data:`VARIANTS` variations and kept (some 0.3 MB for
an image). OUT becomes ``workbench/tasks/detection/engine/compact/weights/
things.safetensors``; beside it in ``README.md`` is told what it was learned from.

Takes some ten minutes of one thread of a processor that multiplies bfloat16, and 3 GB of memory.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import safetensors.torch
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn

from workbench.engine.data.letterbox import FILL, Letterbox
from workbench.engine.models.blocks import prepare
from workbench.engine.models.weight_files import load_weights
from workbench.engine.training.ema import WeightAverage
from workbench.engine.training.optimizers import build_optimizers
from workbench.engine.training.schedule import cosine
from workbench.extension.plugins import load_plugins
from workbench.extension.recipe import LITE0
from workbench.extension.registry import recipes
from workbench.tasks.detection.engine.augment import augment_batch
from workbench.tasks.detection.engine.compact.model import CompactDetector
from workbench.tasks.detection.engine.compact.plan import GridPlan
from workbench.tasks.detection.engine.types import DetectionTarget


@dataclass(frozen=True)
class Source:
    """Images and boxes in a git repository."""

    repository: str
    commit: str
    labels: str
    """"voc", "yolo" or "coco"."""
    most: int
    """Images that are taken at most, of one photo's variations one."""


SOURCES = (
    Source("EdjeElectronics/TensorFlow-Object-Detection-API-Tutorial-Train-Multiple-Objects-"
           "Windows-10", "c1645825822622fc75919b6be253779d49678f55", "voc", 300),
    Source("YasoKarim/Image-Processing-Robot", "482e297105d823ff88a200e48a91a6d64ac11f26", "yolo",
           300),
    Source("FajarOC/fruit-detection-yolov8", "36eea2206dbb5a548578261c0e2fc82aa2d7568c", "yolo",
           230),
    Source("WachasWps/Vegetable-Detection-using-YOLOv8", "740321a5ed0e4389da4c25bc6c86e0d5121c0ec7",
           "yolo", 100),
    Source("CloveryPace/food-detection", "12de463e47f62ebb2aa01245959995f54bedf689", "yolo", 300),
    Source("cselabfu/appletron2", "270e71bfb8089e53c2b87d0e165a33a8ec9a5c53", "coco", 160),
    Source("MinhQuang2204/Car_Detection", "cbb35a96cb45f4f9f8bcad155ba5cacb64c27fb9", "yolo", 150),
    Source("AASZ40/Allatok-detektalasa-felvetelrol-mesterseges-intelligencia-segitsegevel",
           "999aa5bae937b68f5008a254f539c2f5f906fcef", "yolo", 60),
    Source("MUHAMMEDAFSAL1/Mobile-Detection-YOLOv8", "aa129897788f96c3808edf0f3be4dae6fe7def18",
           "yolo", 70),
    Source("jsansao/ChessPiecesv23", "246442c35465cdc9c917cdd0aa36698320def063", "coco", 60),
    Source("Thiganth-K/Asiatic-lion-detection", "3e58dfed719a49d9f918720dfcc620d8f4741820", "yolo",
           400),
    Source("MianAliKhalid/Military-Object-Detection", "5835fee01b0cfd631e89af0f2154c849cf7ed303",
           "yolo", 300),
    Source("AUMANSH/ships-dataset-yoloversion8", "f8dfd469441e56de74bfe021b5b3c57aaf8b1653", "yolo",
           250),
    Source("AlanChen4/Fung-Eye", "2e0d83e772f08b86c84a8fbc70bc9f3f6aa7b2e7", "voc", 150),
    Source("Emadamx/ACV-HW4-pen-detection", "86ec638e1b52200d11f60d7615e129cbc90336a9", "coco",
           200),
)

LEFT_OUT = re.compile(r"istock|depositphoto|shutterstock|getty|alamy|dreamstime|123rf|adobestock"
                      r"|kangaroo|wallab", re.IGNORECASE)
"""Photos of agencies, whoever gave them a licence; and what the recipe is judged by."""

SIDE = 320
"""Of the input in pixels."""
STRIDES = (8, 16)
VARIANTS = 2
BATCH = 16
STEPS = 1100
MOST_BOXES = 25

Labelled = tuple[Tensor, DetectionTarget]
"""uint8 (3, SIDE, SIDE), and its boxes."""
Boxes = list[list[float]]


class Clone:
    """One commit of a repository."""

    def __init__(self, folder: Path, commit: str) -> None:
        self._git = ["git", "-C", str(folder)]
        self._commit = commit
        listed = subprocess.run([*self._git, "ls-tree", "-r", "-z", "--name-only", commit],
                                capture_output=True, check=True).stdout
        self.files = {name for name in listed.decode("utf-8", "replace").split("\0") if name}

    def read(self, name: str) -> bytes:
        return subprocess.run([*self._git, "show", f"{self._commit}:{name}"], capture_output=True,
                              check=True).stdout


def voc(text: bytes) -> Boxes:
    corners = ("xmin", "ymin", "xmax", "ymax")
    return [[float(item.findtext(f"bndbox/{name}") or 0) for name in corners]
            for item in ElementTree.fromstring(text).iter("object")]


def yolo(text: bytes, size: tuple[int, int]) -> Boxes:
    found = []
    for line in text.decode("utf-8", "replace").splitlines():
        _, *numbers = map(float, line.split() or ["0"])
        places = np.asarray(numbers).reshape(-1, 2) * size
        if len(numbers) == 4:
            found.append([*(places[0] - places[1] / 2), *(places[0] + places[1] / 2)])
        elif len(numbers) > 5:
            found.append([*places.min(0), *places.max(0)])
    return found


def coco(clone: Clone) -> dict[str, Boxes]:
    """The boxes of each image by its name in the repository."""
    found: dict[str, Boxes] = {}
    for file in sorted(name for name in clone.files if name.endswith(".json")):
        labels = json.loads(clone.read(file))
        names = {item["id"]: item["file_name"] for item in labels.get("images", ())}
        for item in labels.get("annotations", ()):
            left, top, width, height = map(float, item["bbox"])
            name = str(PurePosixPath(file).parent / names[item["image_id"]])
            found.setdefault(name, []).append([left, top, left + width, top + height])
    return found


def labelled(source: Source, clones: Path) -> Iterator[Labelled]:
    """So many of its images, chosen by chance."""
    clone = Clone(clones / source.repository.replace("/", "+"), source.commit)
    in_tables = coco(clone) if source.labels == "coco" else {}
    xml = {PurePosixPath(name).stem: name for name in clone.files if name.endswith(".xml")}
    images = sorted(name for name in clone.files if not LEFT_OUT.search(name)
                    and name.lower().endswith((".jpg", ".jpeg", ".png")))
    random.Random(0).shuffle(images)
    photos: set[str] = set()
    for name in images:
        photo = re.sub(r"_[a-zA-Z]+\.rf\..*", "", PurePosixPath(name).name)
        table = PurePosixPath(re.sub(r"images(/[^/]*)$", r"labels\1", name)).with_suffix(".txt")
        label = {"voc": xml.get(PurePosixPath(name).stem, ""), "yolo": str(table),
                 "coco": name if name in in_tables else ""}[source.labels]
        if photo in photos or label not in clone.files:
            continue
        try:
            image = ImageOps.exif_transpose(Image.open(io.BytesIO(clone.read(name))))
        except OSError:
            continue  # no image, whatever its name
        boxes = (in_tables[name] if in_tables else voc(clone.read(label))
                 if source.labels == "voc" else yolo(clone.read(label), image.size))
        if (found := fitted(image.convert("RGB"), boxes)) is not None:
            photos.add(photo)
            yield found
        if len(photos) == source.most:
            return


def fitted(image: Image.Image, boxes: Boxes) -> Labelled | None:
    """In the input; None where nothing or too much is labelled."""
    place = Letterbox.fit(image.size, (SIDE, SIDE))
    limits = np.asarray(image.size * 2, np.float32)
    inside = np.clip(np.asarray(boxes, np.float32).reshape(-1, 4), 0, limits)
    inside = inside[(inside[:, 2:] - inside[:, :2]).min(1, initial=np.inf) > 2]
    if not 0 < len(inside) <= MOST_BOXES:
        return None
    pixels = np.full((SIDE, SIDE, 3), FILL, np.uint8)
    left, top = place.offset
    pixels[top:top + place.inner[1], left:left + place.inner[0]] = np.asarray(
        image.resize(place.inner, Image.Resampling.BILINEAR))
    target = DetectionTarget(torch.from_numpy(place.to_input(inside)),
                             torch.zeros(len(inside), dtype=torch.long), None)
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous(), target


class KeptMaps(nn.Module):
    """Stands where the backbone was, and gives the maps that are put into it."""

    mean, deviation = 127.0, 128.0

    def __init__(self) -> None:
        super().__init__()
        self.maps: list[Tensor] = []

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.maps


def detector(things: tuple[float, float]) -> CompactDetector:
    plan = GridPlan((SIDE, SIDE), STRIDES, things, "")
    torch.manual_seed(0)
    model = CompactDetector("lite0", 1, plan, half_on_cpu=True, layers="head", refine=True,
                            rescore=True)
    fresh = {name: item.clone() for name, item in model.module.state_dict().items()
             if not name.startswith("backbone.")}
    model.load_pretrained(load_weights(LITE0))
    model.module.load_state_dict(fresh, strict=False)  # not from what is to be made here
    return model


def kept_maps(images: list[Labelled], settings: dict[str, Any]
              ) -> list[tuple[list[Tensor], DetectionTarget]]:
    """Of every image in every variation: its maps at strides 8, 16 and 32, and boxes."""
    backbone: Any = detector((100.0, 100.0)).module.train().backbone
    found: list[tuple[list[Tensor], DetectionTarget]] = []
    for variant in range(VARIANTS):
        generator = torch.Generator().manual_seed(variant)
        order = torch.randperm(len(images), generator=generator).tolist()
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = [images[item] for item in order[start:start + BATCH]]
            pixels, labels = augment_batch(torch.stack([item for item, _ in chosen]),
                                           [item for _, item in chosen], generator, settings, 0.0)
            labels = labels.where((labels.boxes[:, 2:] - labels.boxes[:, :2]).amin(1) >= 4)
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                maps = backbone(prepare(pixels, torch.bfloat16, KeptMaps.mean, KeptMaps.deviation))
            for place, target in enumerate(labels.of_each(BATCH)):
                found.append(([level[place].bfloat16().clone() for level in maps[1:]], target))
        print(f"variation {variant + 1} of {VARIANTS}", flush=True)
    return found


def learn(kept: list[tuple[list[Tensor], DetectionTarget]], settings: dict[str, Any]
          ) -> tuple[dict[str, Tensor], tuple[float, float]]:
    """Weights, and the usual size of the things that they were learned from."""
    boxes = torch.cat([target.boxes for _, target in kept])
    width, height = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1).log().mean(0).exp().tolist()
    model = detector((width, height))
    module: Any = model.module
    stand_in = KeptMaps()
    module.backbone = stand_in
    module.train()
    optimizers, average = build_optimizers(settings, model), WeightAverage(module, 0.9998)
    shape = torch.zeros((BATCH, 3, SIDE, SIDE), dtype=torch.uint8)
    generator, order = torch.Generator().manual_seed(0), list[int]()
    for step in range(STEPS):
        if len(order) < BATCH:
            order += torch.randperm(len(kept), generator=generator).tolist()
        chosen, order = [kept[item] for item in order[:BATCH]], order[BATCH:]
        stand_in.maps = [torch.zeros(BATCH, 1, 1, 1)] + [
            torch.stack([maps[level] for maps, _ in chosen]).contiguous(
                memory_format=torch.channels_last) for level in range(3)]
        loss = torch.stack(list(model.losses(shape, [item for _, item in chosen]).values())).sum()
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * cosine(step / STEPS, float(settings["warmup"]))
            optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(module.parameters(), float(settings["clip_norm"]))
        for optimizer in optimizers:
            optimizer.step()
        average.update()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1} of {STEPS}, loss {loss.item():.2f}", flush=True)
    with average.applied():
        state = {name: item.half().contiguous() for name, item in module.state_dict().items()
                 if ".scores." not in name and not name.endswith("num_batches_tracked")}
    return state, (width, height)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clones", type=Path)
    parser.add_argument("out", type=Path)
    wanted = parser.parse_args()
    load_plugins()
    settings = dict(recipes.get("compact-lite0").settings.defaults())
    images: list[Labelled] = []
    for source in SOURCES:
        found = list(labelled(source, wanted.clones))
        images += found
        print(f"{source.repository}: {len(found)} images", flush=True)
    state, things = learn(kept_maps(images, settings), settings)
    safetensors.torch.save_file(state, wanted.out, {
        "object_size": json.dumps([round(side, 2) for side in things])})


if __name__ == "__main__":
    main()
