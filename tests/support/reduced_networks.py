"""The published networks at an eighth of their width, and their configs."""

from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config

import refinenet_mmseg
from support import published_networks
from support.published_networks import Weights

FOLDER = Path(__file__).parents[1] / 'checkpoints' / 'snapshots'
CLASSES = 5
RESNET = {
    'model.backbone.base_channels': 8,
    'model.backbone.stem_channels': 8,
    'model.decode_head.in_channels': [32, 64, 128, 256],
    'model.decode_head.channels': 32,
}
MOBILENET = {
    'model.backbone.widen_factor': 0.25,
    'model.decode_head.in_channels': [8, 8, 16, 24, 40, 80],
    'model.decode_head.channels': 32,
    'model.decode_head.path_channels': [32] * 6,
}
# Snapshot, published network, its arguments, the same for our config.
NETWORKS = {
    'refinenet_r50': ('refinenet', dict(width=8), RESNET),
    'light_weight_refinenet_r50': (
        'light_weight_refinenet',
        dict(width=8),
        RESNET,
    ),
    'light_weight_refinenet_mobilenet-v2': (
        'light_weight_mobilenet',
        dict(
            width=32,
            stem=8,
            widths={2: 8, 3: 8, 4: 8, 5: 16, 6: 24, 7: 40, 8: 80},
        ),
        MOBILENET,
    ),
}


def compute(name, weights, image):
    """Run a published network at reduced width."""
    function, arguments, _ = NETWORKS[name]
    network = getattr(published_networks, function)
    return network(weights, image, classes=CLASSES, **arguments)


def write_config(name, folder):
    """Write our config of the network at reduced width; return its path."""
    config = Config.fromfile(
        refinenet_mmseg.config_path(
            f'refinenet/{name}-published_4xb4-20k_voc12aug-512x512.py'
        )
    )
    config.merge_from_dict(NETWORKS[name][2])
    path = folder / 'reduced.py'
    config.dump(path)
    return str(path)


def load_snapshot(name):
    """Give a snapshot's weights, image and logits."""
    with np.load(FOLDER / f'{name}.npz') as content:
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
    FOLDER.mkdir(exist_ok=True)
    random = np.random.RandomState(0)
    image = random.standard_normal((1, 3, 65, 49)).astype(np.float32)
    for name in NETWORKS:
        weights = Weights()
        logits = compute(name, weights, torch.from_numpy(image))
        np.savez_compressed(
            FOLDER / f'{name}.npz',
            keys=np.array(list(weights)),
            shapes=np.array(
                [','.join(map(str, w.shape)) for w in weights.values()]
            ),
            image=image,
            logits=logits.numpy(),
        )


if __name__ == '__main__':
    make_snapshots()
