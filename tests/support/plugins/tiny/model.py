"""One cell in eight pixels says whether a box has its centre there, and how large it is."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.core.schema import Value
from workbench.extension.detection import BuildContext, ClassRows, Targets

STRIDE = 8


class Found:
    def __init__(self, boxes: Tensor, scores: Tensor, labels: Tensor) -> None:
        self.boxes, self.scores, self.labels = boxes, scores, labels


def build(context: BuildContext) -> Tiny:
    print("a library that talks")
    os.write(1, b"{broken json from a C library\n")
    return Tiny(context)


class Tiny:
    class_rows: Mapping[str, ClassRows] = {
        "classify.weight": ClassRows(), "classify.bias": ClassRows()
    }

    def __init__(self, context: BuildContext) -> None:
        self._settings = context.settings
        side = int(context.settings.get("image_size") or 48)
        self.input_size = (side, side)
        self.summary = f"cells of {STRIDE} px"
        self._losses = 0
        body = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU(), nn.Dropout2d(0.1),
            nn.Conv2d(16, 16, 3, 2, 1), nn.ReLU(),
        )
        self.module = nn.ModuleDict({
            "body": body,
            "classify": nn.Conv2d(16, len(context.classes), 1),
            "box": nn.Conv2d(16, 4, 1),
        })
        nn.init.constant_(self.module["classify"].bias, -2.0)

    def losses(self, images: Tensor, targets: list[Targets]) -> dict[str, Tensor]:
        if torch.is_grad_enabled():  # not when the validation loss is measured
            self._losses += 1
            self._fail(len(images))
        classes, sizes = self._maps(images)
        wanted = torch.zeros_like(classes)
        box_loss = sizes.sum() * 0
        for index, target in enumerate(targets):
            for box, label in zip(target.boxes, target.labels, strict=True):
                x, y = (((box[:2] + box[2:]) / 2) / STRIDE).long().tolist()
                y, x = min(y, classes.shape[2] - 1), min(x, classes.shape[3] - 1)
                wanted[index, label, y, x] = 1
                centre = torch.tensor([x + 0.5, y + 0.5]).repeat(2) * STRIDE
                offset = (box - centre) / STRIDE
                box_loss = box_loss + functional.smooth_l1_loss(sizes[index, :, y, x], offset)
        losses = {
            "class": functional.binary_cross_entropy_with_logits(classes, wanted) * 20,
            "box": box_loss / len(images),
        }
        if self._settings.get("tiny.fault") == "nan" and self._is_time():
            losses["class"] = losses["class"] * float("nan")
        return losses

    def detect(self, images: Tensor) -> list[Found]:
        classes, sizes = self._maps(images)
        found = []
        for scores, size in zip(classes.sigmoid(), sizes, strict=True):
            label, y, x = torch.nonzero(scores >= 0.01, as_tuple=True)
            centre = torch.stack([x + 0.5, y + 0.5, x + 0.5, y + 0.5], 1) * STRIDE
            boxes = centre + size[:, y, x].T * STRIDE
            order = scores[label, y, x].argsort(descending=True)[:1000]
            found.append(Found(boxes[order], scores[label, y, x][order], label[order]))
        return found

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        body = list(self.module["body"].parameters())
        head = [*self.module["classify"].parameters(), *self.module["box"].parameters()]
        return [{"params": body, "lr_scale": 0.5}, {"params": head, "weight_decay": 0.0}]

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        own = self.module.state_dict()
        fits = {name: state[name] for name in own
                if name in state and state[name].shape == own[name].shape}
        self.module.load_state_dict(fits, strict=False)
        return [name for name in own if name not in fits]

    def _maps(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.module["body"](images.float() / 255 - 0.5)
        return self.module["classify"](features), self.module["box"](features)

    def _is_time(self) -> bool:
        return self._losses >= int(self._settings.get("tiny.fault_step", 0))

    def _fail(self, images: int) -> None:
        time.sleep(float(self._settings.get("tiny.slow", 0.0)))
        fault = self._settings.get("tiny.fault", "none")
        if fault == "memory" and images > int(self._settings["tiny.largest_batch"]):
            raise torch.OutOfMemoryError("out of memory")
        if fault == "bug" and self._is_time():
            raise KeyError("a bug of the recipe")
        if fault == "exit" and self._is_time():
            raise SystemExit(3)
        if fault == "lost card" and self._is_time():
            raise torch.AcceleratorError("CUDA error: unspecified launch failure")
