"""Models as ONNX files.

torch's older exporter is used on purpose: the newer one wants another package (onnxscript) and does
not follow torchvision's detectors. Source of the file's fields: the ONNX specification.
"""

from __future__ import annotations

import io
import json
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from workbench import __version__
from workbench.core.errors import WorkbenchError
from workbench.engine.devices import cpu_cores
from workbench.extension.exports import Graph

OPSET = 17
"""Version of the operators, of 2022: the least that has all that is needed, so that older runtimes
take the file too."""

Array = NDArray[Any]


def write(graph: Graph, metadata: Mapping[str, Any]) -> bytes:
    """Write a graph as an ONNX file.

    Parameters
    ----------
    metadata
        Plain data; each value is kept as JSON among the file's ``metadata_props``.

    Raises
    ------
    WorkbenchError
        If something in the model has no equal in ONNX.
    """
    import onnx

    stream = io.BytesIO()
    target: Any = stream  # the function takes a stream, its annotation does not
    try:
        with warnings.catch_warnings():
            # It warns of its age, and of everything that a trace takes as it is.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                graph.module, (graph.example,), target, dynamo=False, opset_version=OPSET,
                input_names=[graph.input], output_names=list(graph.outputs),
                dynamic_axes={name: dict(axes) for name, axes in graph.free_axes.items()},
            )
    except (torch.onnx.errors.OnnxExporterError, RuntimeError) as error:
        raise WorkbenchError("something in this model cannot be written as ONNX") from error
    model = onnx.load_from_string(stream.getvalue())
    model.producer_name, model.producer_version = "workbench", __version__
    for name, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = name, json.dumps(value, ensure_ascii=False)
    data: bytes = model.SerializeToString()
    return data


def open_session(data: bytes) -> Callable[[Array], list[Array]]:
    """Run an ONNX file's content on the CPU with onnxruntime.

    Raises
    ------
    WorkbenchError
        If onnxruntime does not take it.
    """
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # nothing leaves this machine
    options = onnxruntime.SessionOptions()
    wished = os.environ.get("OMP_NUM_THREADS", "")
    options.intra_op_num_threads = int(wished) if wished.isdigit() else cpu_cores()
    options.log_severity_level = 3  # its advice is for those who made it
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except _faults() as error:
        raise WorkbenchError("onnxruntime does not take the exported model") from error
    name = session.get_inputs()[0].name

    def run(values: Array) -> list[Array]:
        try:
            found: Sequence[Array] = session.run(None, {name: values})
        except _faults() as error:
            raise WorkbenchError("onnxruntime could not run the exported model") from error
        return [np.asarray(item) for item in found]

    return run


def _faults() -> tuple[type[Exception], ...]:
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf,
            state.NotImplemented, state.RuntimeException, state.NoSuchFile)
