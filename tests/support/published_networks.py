"""The published networks, step by step, and snapshots of what they compute.

Written from the description of the networks alone, on torch's functions: the
package and these share nothing but what both are meant to compute. Weights
are made when a step first asks for them, each as a function of its name.
Snapshots are of networks at an eighth of the width.
"""

import zlib
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.config import Config

import refinenet_mmseg

RESNET_BLOCKS = {
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}


class Weights(dict):
    """Stand-in weights by their published names."""

    def get_or_make(self, name, *shape):
        if name not in self:
            random = np.random.RandomState(zlib.crc32(name.encode()))
            values = random.standard_normal(shape).astype(np.float32)
            self[name] = torch.from_numpy(self._scale(name, values))
        assert self[name].shape == shape, name
        return self[name]

    @staticmethod
    def _scale(name, values):
        if name.endswith('running_var'):
            return 1 + 0.2 * np.abs(values)
        if name.endswith(('running_mean', 'bias')):
            return 0.2 * values
        if values.ndim == 1:  # the scale of a batch norm
            return 1 + 0.2 * values
        return values * np.float32(0.7 / np.sqrt(values[0].size))

    def conv(self, name, x, channels, size, stride=1, groups=1, bias=False):
        weight = self.get_or_make(
            f'{name}.weight', channels, x.shape[1] // groups, size, size
        )
        offset = self.get_or_make(f'{name}.bias', channels) if bias else None
        return F.conv2d(x, weight, offset, stride, size // 2, 1, groups)

    def norm(self, name, x):
        scale, offset, mean, variance = (
            self.get_or_make(f'{name}.{part}', x.shape[1])
            for part in ('weight', 'bias', 'running_mean', 'running_var')
        )
        self[f'{name}.num_batches_tracked'] = torch.tensor(0)
        return F.batch_norm(x, mean, variance, scale, offset)


def enlarge(x, like):
    size = like.shape[2:]
    return F.interpolate(x, size, mode='bilinear', align_corners=True)


def resnet(weights, image, blocks, width):
    """Four levels, finest first; the stride sits in the 3x3 convolution."""
    x = weights.conv('conv1', image, width, 7, stride=2)
    x = F.max_pool2d(weights.norm('bn1', x).relu(), 3, 2, 1)
    levels = []
    for stage, count in enumerate(blocks, 1):
        inner = width * 2 ** (stage - 1)
        for block in range(count):
            name = f'layer{stage}.{block}'
            stride = 2 if stage > 1 and block == 0 else 1
            y = weights.conv(f'{name}.conv1', x, inner, 1)
            y = weights.norm(f'{name}.bn1', y).relu()
            y = weights.conv(f'{name}.conv2', y, inner, 3, stride)
            y = weights.norm(f'{name}.bn2', y).relu()
            y = weights.conv(f'{name}.conv3', y, 4 * inner, 1)
            y = weights.norm(f'{name}.bn3', y)
            if block == 0:
                x = weights.conv(
                    f'{name}.downsample.0', x, 4 * inner, 1, stride
                )
                x = weights.norm(f'{name}.downsample.1', x)
            x = (x + y).relu()
        levels.append(x)
    return levels


def pooling_chain(weights, name, x, size):
    y = x
    for link in range(1, 5):
        y = F.max_pool2d(y, 5, 1, 2)
        y = weights.conv(f'{name}.0.{link}_outvar_dimred', y, x.shape[1], size)
        x = x + y
    return x


def residual_units(weights, name, x, count):
    for unit in range(1, count + 1):
        width = x.shape[1]
        first, second = f'{name}.0.{unit}_conv', '_relu_varout_dimred'
        y = weights.conv(first, x.relu(), width, 3, bias=True)
        x = x + weights.conv(first + second, y.relu(), width, 3)
    return x


def cascade(weights, image, blocks, classes, width, size, has_units):
    """Blocks g1 (coarsest) to g4 on a ResNet."""
    levels = resnet(weights, image, blocks, width)
    x = None
    for stage, level in enumerate(reversed(levels), 1):
        path_width = 8 * width if stage == 1 else 4 * width
        path = weights.conv(
            f'p_ims1d2_outl{stage}_dimred', level, path_width, size
        )
        if has_units:
            path = residual_units(weights, f'adapt_stage{stage}_b', path, 2)
        if x is not None:
            path = weights.conv(
                f'adapt_stage{stage}_b2_joint_varout_dimred',
                path,
                4 * width,
                size,
            )
            x = weights.conv(
                f'mflow_conv_g{stage - 1}_b3_joint_varout_dimred',
                x,
                4 * width,
                size,
            )
            path = path + enlarge(x, path)
        x = pooling_chain(
            weights, f'mflow_conv_g{stage}_pool', path.relu(), size
        )
        if has_units:
            x = residual_units(weights, f'mflow_conv_g{stage}_b', x, 3)
    return weights.conv('clf_conv', x, classes, 3, bias=True)


def refinenet(weights, image, depth=50, classes=21, width=64):
    blocks = RESNET_BLOCKS[depth]
    return cascade(weights, image, blocks, classes, width, 3, True)


def light_weight_refinenet(weights, image, depth=50, classes=21, width=64):
    blocks = RESNET_BLOCKS[depth]
    return cascade(weights, image, blocks, classes, width, 1, False)


STAGES = (  # expansion ratio, width, blocks, stride
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet(weights, image, widths, stem):
    """Levels of layer3 to layer8, by the number of their layer."""
    x = weights.conv('layer1.0', image, stem, 3, stride=2)
    x = F.relu6(weights.norm('layer1.1', x))
    levels = {}
    for layer, (ratio, _, count, first_stride) in enumerate(STAGES, 2):
        for block in range(count):
            name = f'layer{layer}.{block}.output'
            stride = first_stride if block == 0 else 1
            inner = x.shape[1] * ratio
            y = weights.conv(f'{name}.0.0', x, inner, 1)
            y = F.relu6(weights.norm(f'{name}.0.1', y))
            y = weights.conv(f'{name}.1.0', y, inner, 3, stride, inner)
            y = F.relu6(weights.norm(f'{name}.1.1', y))
            y = weights.conv(f'{name}.2.0', y, widths[layer], 1)
            y = weights.norm(f'{name}.2.1', y)
            x = x + y if x.shape == y.shape else y
        levels[layer] = x
    return levels


def light_weight_mobilenet(
    weights, image, classes=21, width=256, widths=None, stem=32
):
    if widths is None:
        widths = {layer: row[1] for layer, row in enumerate(STAGES, 2)}
    levels = mobilenet(weights, image, widths, stem)

    def path(layer):
        return weights.conv(f'conv{layer}', levels[layer], width, 1)

    x = None
    for layers, chain in (((8, 7), 4), ((6, 5), 3), ((4,), 2), ((3,), 1)):
        total = sum(path(layer) for layer in layers)
        if x is not None:
            x = weights.conv(f'conv_adapt{chain + 1}', x, width, 1)
            total = total + enlarge(x, total)
        x = pooling_chain(weights, f'crp{chain}', F.relu6(total), 1)
    return weights.conv('segm', x, classes, 3, bias=True)


SNAPSHOTS = Path(__file__).parents[1] / 'checkpoints' / 'snapshots'
NUM_CLASSES = 5
REDUCED_RESNET = {
    'model.backbone.base_channels': 8,
    'model.backbone.stem_channels': 8,
    'model.decode_head.in_channels': [32, 64, 128, 256],
    'model.decode_head.channels': 32,
}
REDUCED_MOBILENET = {
    'model.backbone.widen_factor': 0.25,
    'model.decode_head.in_channels': [8, 8, 16, 24, 40, 80],
    'model.decode_head.channels': 32,
    'model.decode_head.path_channels': [32] * 6,
}
# Snapshot, published network, its arguments, the same for our config.
REDUCED_NETWORKS = {
    'refinenet_r50': (refinenet, dict(width=8), REDUCED_RESNET),
    'light_weight_refinenet_r50': (
        light_weight_refinenet,
        dict(width=8),
        REDUCED_RESNET,
    ),
    'light_weight_refinenet_mobilenet-v2': (
        light_weight_mobilenet,
        dict(
            width=32,
            stem=8,
            widths={2: 8, 3: 8, 4: 8, 5: 16, 6: 24, 7: 40, 8: 80},
        ),
        REDUCED_MOBILENET,
    ),
}


def compute_reduced(name, weights, image):
    """Run a published network at reduced width."""
    network, arguments, _ = REDUCED_NETWORKS[name]
    return network(weights, image, classes=NUM_CLASSES, **arguments)


def write_reduced_config(name, folder):
    """Write our config of the network at reduced width; return its path."""
    config = Config.fromfile(
        refinenet_mmseg.config_path(
            f'refinenet/{name}-published_4xb4-20k_voc12aug-512x512.py'
        )
    )
    config.merge_from_dict(REDUCED_NETWORKS[name][2])
    path = folder / 'reduced.py'
    config.dump(path)
    return str(path)


def load_snapshot(name):
    """Return a snapshot's weights, image and logits."""
    with np.load(SNAPSHOTS / f'{name}.npz') as content:
        weights = Weights()
        for key, shape in zip(content['keys'], content['shapes'], strict=True):
            key = str(key)
            if key.endswith('num_batches_tracked'):
                weights[key] = torch.tensor(0)
            else:
                shape = map(int, str(shape).split(','))
                weights.get_or_make(key, *shape)
        return (
            dict(weights),
            torch.from_numpy(content['image']),
            torch.from_numpy(content['logits']),
        )


def make_snapshots():
    """Compute and write every snapshot."""
    SNAPSHOTS.mkdir(exist_ok=True)
    random = np.random.RandomState(0)
    image = random.standard_normal((1, 3, 65, 49)).astype(np.float32)
    for name in REDUCED_NETWORKS:
        weights = Weights()
        logits = compute_reduced(name, weights, torch.from_numpy(image))
        np.savez_compressed(
            SNAPSHOTS / f'{name}.npz',
            keys=np.array(list(weights)),
            shapes=np.array(
                [','.join(map(str, w.shape)) for w in weights.values()]
            ),
            image=image,
            logits=logits.numpy(),
        )


if __name__ == '__main__':
    make_snapshots()
