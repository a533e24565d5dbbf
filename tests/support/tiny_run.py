"""A narrow network that trains on a few small images, in this process."""

import uuid

import numpy as np
from mmengine.config import Config
from mmengine.runner import Runner
from PIL import Image

from refinenet_mmseg import config_path

CONFIG = 'light_weight_refinenet_r18-scratch_1xb4-10k_camvid-360x480.py'


def write_images(root, count=3, height=24, width=32):
    generator = np.random.default_rng(0)
    for split in ('train', 'val'):
        for folder, shape, high in (
            (split, (height, width, 3), 256),
            (f'{split}annot', (height // 8, width // 8), 12),
        ):
            (root / folder).mkdir(parents=True)
            for index in range(count):
                values = generator.integers(0, high, shape, np.uint8)
                if len(shape) == 2:
                    values = np.kron(values, np.ones((8, 8), np.uint8))
                path = root / folder / f'image_{index}.png'
                Image.fromarray(values).save(path)


def tiny_config(root, work_dir, hook=(), **changes):
    config = Config.fromfile(config_path(f'refinenet/{CONFIG}'))
    config.merge_from_dict(
        {
            'model.backbone.stem_channels': 8,
            'model.backbone.base_channels': 4,
            'model.decode_head.in_channels': [4, 8, 16, 32],
            'model.decode_head.channels': 8,
            'model.data_preprocessor.size': (24, 32),
            'optim_wrapper.type': 'OptimWrapper',
            'train_cfg.max_iters': 2,
            'train_cfg.val_interval': 1,
            'default_hooks.checkpoint.interval': 1,
            'custom_hooks': [dict(type='ResultHook', **dict(hook))],
            'randomness.seed': 5,
            'work_dir': str(work_dir),
            'experiment_name': uuid.uuid4().hex,
            'visualizer.name': uuid.uuid4().hex,
        }
    )
    for loader in ('train', 'val', 'test'):
        loader = config[f'{loader}_dataloader']
        loader.merge(dict(num_workers=0, persistent_workers=False))
        loader.dataset.data_root = str(root)
    config.train_dataloader.batch_size = 2
    pipeline = config.train_dataloader.dataset.pipeline
    pipeline[2].scale = (32, 24)
    pipeline[3].crop_size = (24, 32)
    config.merge_from_dict(changes)
    return config


def tiny_runner(*arguments, **changes):
    return Runner.from_cfg(tiny_config(*arguments, **changes))
