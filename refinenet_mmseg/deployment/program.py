"""A segmentor as a plain function of its images: what is exported."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from mmseg.models.segmentors import CascadeEncoderDecoder, EncoderDecoder
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from ..inference.fast_prediction import PLAIN_PREDICTIONS
from ..inference.optimize import optimize
from .rewriting import rewrite_for_export

PLAIN_SEGMENTORS = (
    EncoderDecoder.encode_decode,
    CascadeEncoderDecoder.encode_decode,
)


@dataclass(frozen=True)
class Interface:
    """What an exported program takes and returns.

    Args:
        with_preprocessing: Whether it takes images as files hold them, RGB
            in unsigned 8 bit, rather than normalized ones in float32.
            Default: False.
        with_argmax: Whether it returns labels rather than logits.
            Default: False.
        dynamic: Whether it takes any size and number of images.
            Default: False.
        shape: Height and width, in pixels, of the images it is traced with;
            those of all images unless ``dynamic``. Default: (512, 512).
        batch_size: Likewise, how many images at a time. Default: 1.
    """

    with_preprocessing: bool = False
    with_argmax: bool = False
    dynamic: bool = False
    shape: tuple[int, int] = (512, 512)
    batch_size: int = 1


class SegmentationProgram(nn.Module):
    """From images to logits or labels of their size, without mmseg's data.

    Args:
        model: A segmentor of mmseg's; left unchanged.
        interface: What goes in and comes out.

    Raises:
        ValueError: If the model does more than enlarge its head's logits.
    """

    def __init__(self, model: nn.Module, interface: Interface) -> None:
        super().__init__()
        head = find_plain_head(model)
        self.interface = interface
        self.align_corners = head.align_corners
        self.threshold = head.threshold if head.out_channels == 1 else None
        self.labels_dtype = (
            torch.uint8 if head.num_classes <= 256 else torch.int32
        )
        mean, std, self.reversed = normalization(model)
        # Not a part of the state: these are constants.
        shape = (1, 3, 1, 1)
        self.register_buffer('mean', torch.tensor(mean).view(shape))
        self.register_buffer('std', torch.tensor(std).view(shape))
        fast = optimize(model.cpu(), compile=False, channels_last=False)
        self.network = rewrite_for_export(fast.model)
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        """Segment images.

        Args:
            images: Of shape (N, 3, H, W): float32, normalized and in the
                order of channels that the network reads; or, with
                preprocessing, uint8 RGB.

        Returns:
            Logits of shape (N, classes, H, W), or labels of shape (N, H, W).
        """
        height, width = images.shape[2:]
        if self.interface.with_preprocessing:
            images = self._normalize(images)
        logits = self.network._forward(images)
        logits = F.interpolate(
            logits,
            (height, width),
            mode='bilinear',
            align_corners=self.align_corners,
        )
        return self._label(logits) if self.interface.with_argmax else logits

    def _normalize(self, images: Tensor) -> Tensor:
        if self.reversed:
            images = images.flip(1)
        return (images.float() - self.mean) / self.std

    def _label(self, logits: Tensor) -> Tensor:
        if self.threshold is None:
            labels = logits.argmax(1)
        else:
            labels = logits[:, 0].sigmoid() > self.threshold
        return labels.to(self.labels_dtype)


def find_plain_head(model: nn.Module) -> nn.Module:
    """Give the head that predicts, the last one of a cascade.

    Args:
        model: A segmentor of mmseg's.

    Raises:
        ValueError: If prediction is more than one pass of the network and
            the enlarging of its logits.
    """
    head = getattr(model, 'decode_head', None)
    if isinstance(head, nn.ModuleList):
        head = head[-1]
    if getattr(type(model), 'encode_decode', None) not in PLAIN_SEGMENTORS:
        culprit: nn.Module | None = model
    elif getattr(type(head), 'predict', None) not in PLAIN_PREDICTIONS:
        culprit = head
    else:
        return head
    raise ValueError(
        f'{type(culprit).__name__} predicts in a way of its own, which an '
        'exported program cannot express; a head that returns logits for '
        'each pixel can be exported'
    )


def normalization(
    model: nn.Module,
) -> tuple[list[float], list[float], bool]:
    """Read how a model normalizes images.

    Args:
        model: A segmentor of mmseg's.

    Returns:
        Mean and deviation of the channels, 0 to 255, in the order that the
        network reads them, and whether that is BGR.
    """
    preprocessor = model.data_preprocessor
    buffers = dict(preprocessor.named_buffers())
    mean = buffers.get('mean', torch.zeros(3)).flatten().tolist()
    std = buffers.get('std', torch.ones(3)).flatten().tolist()
    # mmseg reads images as BGR. Where their blue ends up, no attribute that
    # both distributions have tells.
    blue = torch.zeros(2, 3, 1, 1)
    blue[1, 0] = 255
    inside = preprocessor(
        dict(inputs=list(blue), data_samples=[SegDataSample()] * 2)
    )['inputs']
    inside = torch.stack(list(inside))[:, :, 0, 0]
    return mean, std, bool(inside[0, 0] != inside[1, 0])
