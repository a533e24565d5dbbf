"""Layouts of published networks: tables of parameter names, and classes.

A row of a table pairs the name of a module in the published network with its
name here; the module's tensors (``weight``, ``running_mean``, ...) keep their
names. Fields in braces are numbers, see ``recognition.NamePattern``. In the
names of the ResNet heads, ``stage`` counts the RefineNet blocks and their
backbone paths from 1, the coarsest, to 4; in those of the MobileNet-v2 head it
counts down, to 1, the finest, and elsewhere it counts layers. A block's last
fusion convolution is that of the previous block's output, which is why
``mflow_conv_g1_b3...`` and ``conv_adapt4``, named after the block that they
come from, move on by one.
"""

from dataclasses import dataclass
from typing import Any

from mmseg.registry import DATASETS

from ..datasets.pascal_voc import voc_colors

Table = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Network:
    """A network whose checkpoints come in one of the layouts.

    Args:
        name: Its usual name.
        num_residual_blocks: Number of residual blocks in each stage of the
            backbone, finest stage first.
        config: Path of its config below ``configs/``.
    """

    name: str
    num_residual_blocks: tuple[int, ...]
    config: str


@dataclass(frozen=True)
class Layout:
    """The names of a family of networks.

    Args:
        name: Its usual name.
        table: Published and own names of the modules.
        networks: The family's members.
        license: Terms under which the authors give the weights.
        has_head: Whether the decode head is among the weights, rather than
            the backbone alone. Default: True.
        ignored: Published modules that have no place in the network.
            Default: ().
    """

    name: str
    table: Table
    networks: tuple[Network, ...]
    license: str
    has_head: bool = True
    ignored: tuple[str, ...] = ()


RESNET_BLOCKS = {
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}

PORTS_LICENSE = (
    'refinenet-pytorch, light-weight-refinenet: academic, non-commercial use '
    'only (BSD 2-clause text with that note; for commercial use ask the '
    'authors). refinenet package: BSD 3-clause'
)
TORCHVISION_LICENSE = 'BSD 3-clause (torchvision), weights from ImageNet'

RESNET_TABLE: Table = (
    ('conv1', 'backbone.conv1'),
    ('bn1', 'backbone.bn1'),
    (
        'layer{stage}.{block}.conv{step}',
        'backbone.layer{stage}.{block}.conv{step}',
    ),
    (
        'layer{stage}.{block}.bn{step}',
        'backbone.layer{stage}.{block}.bn{step}',
    ),
    (
        'layer{stage}.{block}.downsample.{step}',
        'backbone.layer{stage}.{block}.downsample.{step}',
    ),
)

LIGHT_WEIGHT_TABLE: Table = (
    *RESNET_TABLE,
    (
        'p_ims1d2_outl{stage}_dimred',
        'decode_head.reductions.{4-stage}',
    ),
    (
        'adapt_stage{stage}_b2_joint_varout_dimred',
        'decode_head.blocks.{stage-1}.fuse.convs.0',
    ),
    (
        'mflow_conv_g{stage}_b3_joint_varout_dimred',
        'decode_head.blocks.{stage}.fuse.convs.1',
    ),
    (
        'mflow_conv_g{stage}_pool.0.{link}_outvar_dimred',
        'decode_head.blocks.{stage-1}.pool.stages.{link-1}.conv',
    ),
    ('clf_conv', 'decode_head.conv_seg'),
)

REFINENET_TABLE: Table = (
    *LIGHT_WEIGHT_TABLE,
    (
        'adapt_stage{stage}_b.0.{unit}_conv',
        'decode_head.blocks.{stage-1}.adapt.0.{unit-1}.conv1',
    ),
    (
        'adapt_stage{stage}_b.0.{unit}_conv_relu_varout_dimred',
        'decode_head.blocks.{stage-1}.adapt.0.{unit-1}.conv2',
    ),
    (
        'mflow_conv_g{stage}_b.0.{unit}_conv',
        'decode_head.blocks.{stage-1}.output.{unit-1}.conv1',
    ),
    (
        'mflow_conv_g{stage}_b.0.{unit}_conv_relu_varout_dimred',
        'decode_head.blocks.{stage-1}.output.{unit-1}.conv2',
    ),
)

MOBILENET_V2_TABLE: Table = (
    ('layer1.0', 'backbone.conv1.conv'),
    ('layer1.1', 'backbone.conv1.bn'),
    (
        'layer{stage}.{block}.output.{step}.0',
        'backbone.layer{stage-1}.{block}.conv.{step}.conv',
    ),
    (
        'layer{stage}.{block}.output.{step}.1',
        'backbone.layer{stage-1}.{block}.conv.{step}.bn',
    ),
    ('conv{stage}', 'decode_head.reductions.{stage-3}'),
    ('conv_adapt4', 'decode_head.blocks.1.fuse.convs.2'),
    ('conv_adapt3', 'decode_head.blocks.2.fuse.convs.1'),
    ('conv_adapt2', 'decode_head.blocks.3.fuse.convs.1'),
    (
        'crp{stage}.0.{link}_outvar_dimred',
        'decode_head.blocks.{4-stage}.pool.stages.{link-1}.conv',
    ),
    ('segm', 'decode_head.conv_seg'),
)

CONFIG = 'refinenet/{}_4xb4-20k_voc12aug-512x512.py'

LAYOUTS = (
    Layout(
        name='RefineNet (refinenet-pytorch)',
        table=REFINENET_TABLE,
        networks=tuple(
            Network(
                f'RefineNet ResNet-{depth}',
                blocks,
                CONFIG.format(f'refinenet_r{depth}-published'),
            )
            for depth, blocks in RESNET_BLOCKS.items()
        ),
        license=PORTS_LICENSE,
    ),
    Layout(
        name='light-weight RefineNet (light-weight-refinenet), ResNet',
        table=LIGHT_WEIGHT_TABLE,
        networks=tuple(
            Network(
                f'light-weight RefineNet ResNet-{depth}',
                blocks,
                CONFIG.format(f'light_weight_refinenet_r{depth}-published'),
            )
            for depth, blocks in RESNET_BLOCKS.items()
        ),
        license=PORTS_LICENSE,
    ),
    Layout(
        name='light-weight RefineNet (light-weight-refinenet), MobileNet-v2',
        table=MOBILENET_V2_TABLE,
        networks=(
            Network(
                'light-weight RefineNet MobileNet-v2',
                (1, 2, 3, 4, 3, 3, 1),
                CONFIG.format('light_weight_refinenet_mobilenet-v2-published'),
            ),
        ),
        license=PORTS_LICENSE,
    ),
    Layout(
        name='backbone (torchvision), ResNet',
        table=RESNET_TABLE,
        networks=tuple(
            Network(
                f'ImageNet ResNet-{depth}, backbone only',
                blocks,
                CONFIG.format(f'refinenet_r{depth}'),
            )
            for depth, blocks in RESNET_BLOCKS.items()
        ),
        license=TORCHVISION_LICENSE,
        has_head=False,
        ignored=('fc',),
    ),
)

# Data sets that define the names and colors of the classes.
DATASET_OF_NUM_CLASSES = {
    7: 'PascalPersonPartDataset',
    19: 'CityscapesDataset',
    21: 'PascalVOCDataset',
    40: 'NYUDv2Dataset',
    150: 'ADE20KDataset',
}

# PASCAL-Context as light-weight-refinenet numbers it: after the background
# and VOC's 20 classes, the rest. mmseg's PascalContextDataset has the same
# names in alphabetical order.
PASCAL_CONTEXT = (
    *('background', 'aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus'),
    *('car', 'cat', 'chair', 'cow', 'table', 'dog', 'horse', 'motorbike'),
    *('person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor', 'bag'),
    *('bed', 'bench', 'book', 'building', 'cabinet', 'ceiling', 'cloth'),
    *('computer', 'cup', 'door', 'fence', 'floor', 'flower', 'food', 'grass'),
    *('ground', 'keyboard', 'light', 'mountain', 'mouse', 'curtain'),
    *('platform', 'sign', 'plate', 'road', 'rock', 'shelves', 'sidewalk'),
    *('sky', 'snow', 'bedclothes', 'track', 'tree', 'truck', 'wall', 'water'),
    *('window', 'wood'),
)


def find_dataset_meta(num_classes: int) -> dict[str, list[Any]] | None:
    """Return the class names and colors for a number of classes.

    Args:
        num_classes: Number of classes.

    Returns:
        ``classes``, and ``palette`` of RGB colors (0 to 255), both of plain
        lists; None if no published network has that many classes.
    """
    if num_classes == len(PASCAL_CONTEXT):
        colors = voc_colors(range(num_classes))
        return dict(classes=list(PASCAL_CONTEXT), palette=colors)
    name = DATASET_OF_NUM_CLASSES.get(num_classes)
    if name is None:
        return None
    meta = DATASETS.get(name).METAINFO
    return dict(
        classes=list(meta['classes']),
        palette=[list(color) for color in meta['palette']],
    )
