"""Label maps that no image goes with."""

import os.path as osp
from collections.abc import Collection
from typing import Any

from mmengine import fileio


def find_unpaired_labels(dataset: Any, known: Collection[str]) -> list[str]:
    """Find label maps whose image is not there.

    Where a split list names the images, only those count, and none is
    reported here. Neither is any where the storage cannot list a folder.

    Args:
        dataset: An initialized data set of mmseg's.
        known: Paths of the label maps that go with an image.
    """
    listed = getattr(dataset, 'ann_file', '')
    prefixes = getattr(dataset, 'data_prefix', None) or {}
    image_dir = prefixes.get('img_path')
    suffix = getattr(dataset, 'seg_map_suffix', None)
    if (listed and not osp.isdir(listed)) or not suffix or image_dir is None:
        return []
    backend = fileio.get_file_backend(
        image_dir, backend_args=getattr(dataset, 'backend_args', None)
    )
    if not hasattr(backend, 'list_dir_or_file'):
        return []
    found = []
    for key, folder in prefixes.items():
        if not key.startswith('seg_map_path') or not folder:
            continue
        if not backend.isdir(folder):
            continue
        for name in backend.list_dir_or_file(
            folder, list_dir=False, suffix=suffix, recursive=True
        ):
            path = osp.join(folder, name)
            image = name[: -len(suffix)] + dataset.img_suffix
            if path not in known and not backend.exists(
                osp.join(image_dir, image)
            ):
                found.append(path)
    return sorted(found)
