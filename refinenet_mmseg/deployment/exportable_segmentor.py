"""Exportable form of a segmentor: from images to logits or labels."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from mmseg.models.segmentors import CascadeEncoderDecoder, EncoderDecoder
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from ..inference.optimization import copy_folded, has_standard_predict
from ..networks import find_decode_head
from .exportable_layers import make_exportable

STANDARD_ENCODE_DECODE = (
    EncoderDecoder.encode_decode,
    CascadeEncoderDecoder.encode_decode,
)


@dataclass(frozen=True)
class ExportOptions:
    """Input and output of an exported program.

    Args:
        with_preprocessing: Whether it takes RGB images in unsigned 8 bit
            instead of normalized ones in float32. Default: False.
        with_argmax: Whether it returns labels instead of logits.
            Default: False.
        dynamic: Whether it takes images of any size and number.
            Default: False.
        shape: Height and width of the images that it is traced with, in
            pixels. Unless ``dynamic``, it takes no others.
            Default: (512, 512).
        batch_size: Number of images that it is traced with. Unless
            ``dynamic``, it takes no other number. Default: 1.
    """

    with_preprocessing: bool = False
    with_argmax: bool = False
    dynamic: bool = False
    shape: tuple[int, int] = (512, 512)
    batch_size: int = 1


class ExportableSegmentor(nn.Module):
    """A segmentor without mmseg's data samples and preprocessor.

    Args:
        model: A segmentor of mmseg's; a copy is exported.
        options: Input and output of the program.

    Raises:
        ValueError: If the model predicts in more than one forward pass, or
            its exportable form does not compute its logits.
    """

    def __init__(self, model: nn.Module, options: ExportOptions) -> None:
        super().__init__()
        head = find_exportable_head(model)
        self.options = options
        self.align_corners = head.align_corners
        self.threshold = head.threshold if head.out_channels == 1 else None
        self.labels_dtype = (
            torch.uint8 if head.num_classes <= 256 else torch.int32
        )
        mean, std, self.is_bgr = read_normalization(model)
        self.register_buffer('mean', torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer('std', torch.tensor(std).view(1, 3, 1, 1))
        self.network = copy_folded(model.cpu(), make_exportable)
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        """Segment images.

        Args:
            images: Images of shape (N, 3, H, W): float32, normalized and in
                the network's channel order; or, with preprocessing, RGB in
                unsigned 8 bit.

        Returns:
            Logits of shape (N, classes, H, W), or labels of shape (N, H, W).
        """
        height, width = images.shape[2:]
        if self.options.with_preprocessing:
            images = self._normalize(images)
        logits = self.network._forward(images)  # (N, classes, h, w)
        logits = F.interpolate(
            logits,
            (height, width),
            mode='bilinear',
            align_corners=self.align_corners,
        )  # (N, classes, H, W)
        return self._label(logits) if self.options.with_argmax else logits

    def _normalize(self, images: Tensor) -> Tensor:
        if self.is_bgr:
            images = images.flip(1)
        return (images.float() - self.mean) / self.std

    def _label(self, logits: Tensor) -> Tensor:
        if self.threshold is None:
            labels = logits.argmax(1)
        else:
            labels = logits[:, 0].sigmoid() > self.threshold
        return labels.to(self.labels_dtype)


def find_exportable_head(model: nn.Module) -> nn.Module:
    """Return the decode head of a segmentor that can be exported.

    Args:
        model: A segmentor of mmseg's.

    Raises:
        ValueError: If prediction takes more than one forward pass and the
            resizing of its logits.
    """
    head = find_decode_head(model)
    unsupported: nn.Module
    if (
        getattr(type(model), 'encode_decode', None)
        not in STANDARD_ENCODE_DECODE
    ):
        unsupported = model
    elif not has_standard_predict(head):
        unsupported = head
    else:
        return head
    raise ValueError(
        f'{type(unsupported).__name__} predicts in a way of its own, which an '
        'exported program cannot express; a head that returns logits for '
        'each pixel can be exported'
    )


def read_normalization(
    model: nn.Module,
) -> tuple[list[float], list[float], bool]:
    """Read the normalization of a model.

    Args:
        model: A segmentor of mmseg's.

    Returns:
        Mean and standard deviation of the channels, 0 to 255, in the
        network's channel order, and whether that order is BGR.
    """
    preprocessor = model.data_preprocessor
    buffers = dict(preprocessor.named_buffers())
    mean = buffers.get('mean', torch.zeros(3)).flatten().tolist()
    std = buffers.get('std', torch.ones(3)).flatten().tolist()
    # The preprocessors of the two distributions have no attribute in common
    # that holds the order. Two BGR images, black and blue, reveal it: their
    # first channels differ unless it was moved.
    images = torch.zeros(2, 3, 1, 1)
    images[1, 0] = 255
    processed = preprocessor(
        dict(inputs=list(images), data_samples=[SegDataSample()] * 2)
    )['inputs']
    black, blue = torch.stack(list(processed))[:, 0, 0, 0]
    return mean, std, bool(black != blue)
