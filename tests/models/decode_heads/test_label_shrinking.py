import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from support.heads import build_head

from refinenet_mmseg.models.decode_heads.label_shrinking import shrink_labels


def samples(labels):
    return [
        SegDataSample(gt_sem_seg=PixelData(data=label[None]))
        for label in labels
    ]


@pytest.mark.parametrize('dtype', [torch.int64, torch.uint8])
def test_takes_the_pixel_at_the_center(dtype):
    label = torch.arange(12 * 9).reshape(12, 9).to(dtype)
    given = samples([label])
    (shrunk,) = shrink_labels(given, (4, 3))
    assert shrunk.gt_sem_seg.data.dtype == dtype
    assert torch.equal(shrunk.gt_sem_seg.data[0], label[1::3, 1::3])
    assert torch.equal(given[0].gt_sem_seg.data[0], label)


def logits_and_labels():
    labels = torch.randint(0, 3, (2, 12, 9))
    labels[:, :4] = 255
    return torch.randn(2, 3, 4, 3, requires_grad=True), labels


def test_loss_at_the_logits_size():
    head = build_head(loss_at_logits_size=True)
    logits, labels = logits_and_labels()
    logits = logits.detach()
    losses = head.loss_by_feat(logits, samples(labels))
    small = labels[:, 1::3, 1::3]
    expected = F.cross_entropy(
        logits, small, ignore_index=255, reduction='sum'
    )
    assert losses['loss_ce'] == pytest.approx(expected.item() / small.numel())
    right = (logits.argmax(1) == small)[small != 255].float().mean()
    assert losses['acc_seg'].item() == pytest.approx(100 * right.item())
    default = build_head().loss_by_feat(logits, samples(labels))
    assert default['loss_ce'] != pytest.approx(losses['loss_ce'].item())


@pytest.mark.parametrize(
    'arguments',
    [
        dict(sampler=dict(type='OHEMPixelSampler', thresh=0.7, min_kept=3)),
        dict(
            loss_decode=[
                dict(type='CrossEntropyLoss', loss_name='loss_ce'),
                dict(type='DiceLoss', loss_name='loss_dice'),
            ]
        ),
    ],
)
def test_with_hard_examples_and_several_losses(arguments):
    head = build_head(loss_at_logits_size=True, **arguments)
    logits, labels = logits_and_labels()
    losses = head.loss_by_feat(logits, samples(labels))
    sum(v for name, v in losses.items() if 'loss' in name).backward()
    assert logits.grad.abs().sum() > 0


def test_with_one_logit_for_two_classes():
    head = build_head(
        loss_at_logits_size=True,
        num_classes=2,
        out_channels=1,
        threshold=0.5,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True),
    )
    logits, labels = logits_and_labels()
    labels = labels.clamp(max=1)
    losses = head.loss_by_feat(logits[:, :1], samples(labels))
    expected = F.binary_cross_entropy_with_logits(
        logits[:, 0], labels[:, 1::3, 1::3].float()
    )
    assert losses['loss_ce'].item() == pytest.approx(expected.item())
