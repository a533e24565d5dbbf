"""Two processes, which agree over gloo on what they draw."""

import json
from datetime import timedelta
from itertools import islice

import numpy as np
import torch.distributed as dist
from mmseg.registry import DATA_SAMPLERS
from support.datasets import folder_dataset, write_labels
from torch.multiprocessing import start_processes


def build_sampler(root, seed):
    return DATA_SAMPLERS.build(
        dict(
            type='ClassBalancedSampler',
            dataset=folder_dataset(root),
            seed=seed,
            images_per_class=4,
            min_images=5,
            max_images=9,
            cache_dir=None,
        )
    )


def draw(rank, root):
    """Draw 60 images in one of two processes and write them down."""
    dist.init_process_group(
        'gloo',
        init_method=f'file://{root}/meeting_point',
        timeout=timedelta(minutes=1),
        rank=rank,
        world_size=2,
    )
    # Both would start from the same state: they are forked.
    np.random.seed(rank)
    sampler = build_sampler(root / str(rank), seed=None)
    drawn = list(islice(sampler, 60))
    (root / f'{rank}.json').write_text(json.dumps([sampler.seed, drawn]))
    dist.destroy_process_group()


def test_processes_draw_what_the_first_one_read(tmp_path):
    # The second process sees other classes in a folder of its own.
    for rank, number_of_classes in enumerate((3, 2)):
        root = tmp_path / str(rank)
        root.mkdir()
        write_labels(root, [[i % number_of_classes] for i in range(30)])
    start_processes(draw, (tmp_path,), nprocs=2, start_method='fork')
    (seed, first), (other_seed, second) = (
        json.loads((tmp_path / f'{rank}.json').read_text()) for rank in (0, 1)
    )
    assert seed == other_seed
    turns = [i for turn in zip(first, second, strict=True) for i in turn]
    alone = build_sampler(tmp_path / '0', seed)
    assert turns == list(islice(alone, 120))
