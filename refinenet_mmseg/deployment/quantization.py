"""Eight-bit ONNX: onnxruntime's own static quantization."""

import contextlib
import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .images import make_input, read_rgb, resize_to
from .metadata import Metadata
from .optional import need

# Everything between the first convolution and the last stays in 8 bit; what
# enlarges the logits, and all before the first convolution, stays in fp32.
QUANTIZED = ('Conv', 'Relu', 'MaxPool', 'Add', 'Clip', 'MatMul', 'Gemm')


def quantize(model: Any, inputs: Iterable[np.ndarray]) -> Any:
    """Quantize an ONNX model to 8 bit.

    Weights have 7 bits and a scale for each output channel: on a CPU without
    VNNI or AMX the sums of 8-bit products overflow 16 bits. Features have 8
    bits and the range that they take on the calibration inputs.

    Args:
        model: An ``onnx.ModelProto`` in fp32.
        inputs: Calibration inputs, as the model takes them.

    Returns:
        An ``onnx.ModelProto`` of the same input and output.
    """
    onnx = need('onnx')
    quantization = need('onnxruntime.quantization')

    base: Any = quantization.CalibrationDataReader

    class Reader(base):
        """Hands the calibration images on, one at a time."""

        def __init__(self) -> None:
            self.inputs = iter(inputs)

        def get_next(self) -> dict[str, np.ndarray] | None:
            images = next(self.inputs, None)
            return None if images is None else {'images': images}

    with tempfile.TemporaryDirectory() as folder, _without_root_messages():
        source, result = Path(folder, 'fp32.onnx'), Path(folder, 'int8.onnx')
        onnx.save(model, str(source))
        quantization.quantize_static(
            str(source),
            str(result),
            Reader(),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTIZED),
            per_channel=True,
            reduce_range=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            calibrate_method=quantization.CalibrationMethod.MinMax,
        )
        quantized = onnx.load(str(result))
    onnx.checker.check_model(quantized, full_check=True)
    return quantized


def calibration_inputs(
    images: Sequence[Path], metadata: Metadata
) -> Iterator[np.ndarray]:
    """Make calibration inputs of images.

    Args:
        images: Image files, resized where the program takes one size.
        metadata: What ``describe`` returned.
    """
    for path in images:
        image = read_rgb(path)
        number = 1
        if not metadata['dynamic']:
            image = resize_to(image, tuple(metadata['shape']))
            number = metadata['batch_size']
        yield np.repeat(make_input(image, metadata), number, 0)


@contextlib.contextmanager
def _without_root_messages() -> Iterator[None]:
    """Silence what onnxruntime logs by Python's root logger.

    It advises to run its preprocessing first, which has nothing left to do:
    batch norms are folded.
    """
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
