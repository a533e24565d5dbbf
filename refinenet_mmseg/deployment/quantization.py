"""Quantization of ONNX models to 8 bit, by onnxruntime."""

import contextlib
import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..inference.drawing import read_image
from .formats import Metadata, import_deploy
from .program import make_input

# All from the first convolution to the last computes in 8 bit; preprocessing
# and the resizing of logits stay in fp32.
QUANTIZED_OPERATORS = (
    'Conv',
    'Relu',
    'MaxPool',
    'Add',
    'Clip',
    'MatMul',
    'Gemm',
)


def quantize(model: Any, calibration_inputs: Iterable[np.ndarray]) -> Any:
    """Quantize an ONNX model to 8 bit.

    Weights get 7 bits and a scale for each output channel: on a CPU without
    VNNI or AMX the sums of 8-bit products overflow 16 bits. Features get 8
    bits over the range that they take on the calibration inputs.

    Args:
        model: An ``onnx.ModelProto`` in fp32.
        calibration_inputs: Inputs of the model.

    Returns:
        An ``onnx.ModelProto`` of the same input and output.
    """
    onnx = import_deploy('onnx')
    quantization = import_deploy('onnxruntime.quantization')
    base: Any = quantization.CalibrationDataReader

    class CalibrationInputs(base):
        """Reader of the calibration inputs, one at a time."""

        def __init__(self) -> None:
            self.inputs = iter(calibration_inputs)

        def get_next(self) -> dict[str, np.ndarray] | None:
            images = next(self.inputs, None)
            return None if images is None else {'images': images}

    with tempfile.TemporaryDirectory() as folder, _quiet_root_logger():
        source, result = Path(folder, 'fp32.onnx'), Path(folder, 'int8.onnx')
        onnx.save(model, str(source))
        quantization.quantize_static(
            str(source),
            str(result),
            CalibrationInputs(),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTIZED_OPERATORS),
            per_channel=True,
            reduce_range=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            calibrate_method=quantization.CalibrationMethod.MinMax,
        )
        quantized = onnx.load(str(result))
    onnx.checker.check_model(quantized, full_check=True)
    return quantized


def make_calibration_inputs(
    images: Sequence[Path], metadata: Metadata
) -> Iterator[np.ndarray]:
    """Make calibration inputs of image files.

    Args:
        images: The files. Images are resized if the program takes a single
            size, and repeated if it takes several at a time.
        metadata: Metadata of the program.

    Yields:
        Arrays of shape (N, 3, H, W).
    """
    for path in images:
        image, batch_size = read_image(path), 1
        if not metadata['dynamic']:
            height, width = metadata['shape']
            resized = Image.fromarray(image).resize(
                (width, height), Image.Resampling.BILINEAR
            )
            image, batch_size = np.asarray(resized), metadata['batch_size']
        yield np.repeat(make_input(image, metadata), batch_size, 0)


@contextlib.contextmanager
def _quiet_root_logger() -> Iterator[None]:
    """Silence onnxruntime's advice to preprocess the model first.

    There is nothing left to preprocess: batch norms are folded.
    """
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
