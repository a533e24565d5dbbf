"""Labels at the size of the logits."""

from collections.abc import Sequence

from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch.nn import functional as F


def shrink_labels(
    samples: Sequence[SegDataSample], size: Sequence[int]
) -> list[SegDataSample]:
    """Resize label maps by nearest neighbor.

    Source: RefineNet's released code, whose loss so compares the labels with
    the logits. ``nearest-exact`` because MATLAB's ``imresize`` measures from
    the pixels' centers.

    Args:
        samples: Training samples with label maps of shape (1, H, W); they
            stay as they are.
        size: Wanted height and width in pixels.

    Returns:
        New samples with nothing but the label maps.
    """
    return [
        SegDataSample(
            gt_sem_seg=PixelData(
                data=F.interpolate(
                    # interpolates no integers wider than 8 bit
                    sample.gt_sem_seg.data[None].float(),
                    size=tuple(size),
                    mode='nearest-exact',
                )[0].to(sample.gt_sem_seg.data)
            )
        )
        for sample in samples
    ]
