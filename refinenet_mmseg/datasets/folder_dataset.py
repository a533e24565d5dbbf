"""Base class of the data sets, which checks their files."""

import os.path as osp
from collections import Counter
from collections.abc import Sequence

from mmengine import fileio
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS


@DATASETS.register_module()
class FolderDataset(BaseSegDataset):
    """Images and label maps in folders, checked when they are loaded.

    mmseg's ``BaseSegDataset`` starts training on an empty image folder, and
    finds a missing label map only when it reads it, maybe hours later.
    The arguments are the same, except that ``seg_map_path`` may be None.

    Args:
        data_prefix: Folders of the images (``img_path``) and of the label
            maps (``seg_map_path``), below ``data_root`` unless absolute.
            Without ``seg_map_path``, or where it is None, the images are
            unlabeled (test data). Default: ``data_root`` for both.
        kwargs: As in ``BaseSegDataset``: ``data_root``, ``ann_file`` (a
            text file with an image name without suffix per line),
            ``img_suffix`` ('.jpg'), ``seg_map_suffix`` ('.png'), ...

    Raises:
        FileNotFoundError: If a folder, the split list, an image or a label
            map is missing.
        ValueError: If no image folder is named or the split list is empty.
    """

    data_prefix: dict
    # Whether a missing image or label map is an error. False, set before
    # ``full_init``, lists the files as they are.
    check_files: bool = True

    def _join_prefix(self) -> None:
        # mmengine refuses a prefix of None, mmseg reads an absent one as
        # "no labels".
        self.data_prefix = {
            key: prefix
            for key, prefix in self.data_prefix.items()
            if prefix is not None
        }
        super()._join_prefix()

    def load_data_list(self) -> list[dict]:
        """List the images, with their label maps if there are any.

        The files are not checked where the storage backend cannot list a
        folder (HTTP, LMDB).
        """
        image_dir = self.data_prefix.get('img_path')
        if image_dir is None:
            raise ValueError(
                f'{self._name()}: `data_prefix` is {self.data_prefix!r} and '
                'names no image folder; set `data_prefix.img_path`.'
            )
        backend = fileio.get_file_backend(
            image_dir, backend_args=self.backend_args
        )
        if not hasattr(backend, 'list_dir_or_file'):
            return self._pair_files()

        self._check_split_list()
        images = self._list_folder('img_path', self.img_suffix)
        if not images:
            raise FileNotFoundError(self._describe_no_images(image_dir))
        data_list = self._pair_files()
        if not data_list:
            raise ValueError(
                f'{self._name()}: the split list {self.ann_file} names no '
                'image; correct it or `ann_file`.'
            )
        if not self.check_files:
            return data_list
        self._check_files(
            [item['img_path'] for item in data_list],
            images,
            f'images listed in {self.ann_file}',
            'correct the list (names without suffix, no empty lines) or '
            '`img_suffix`',
        )
        if self.data_prefix.get('seg_map_path') is not None:
            self._check_files(
                [item['seg_map_path'] for item in data_list],
                self._list_folder('seg_map_path', self.seg_map_suffix),
                'label maps of the images',
                'add them, correct `data_prefix.seg_map_path` or '
                '`seg_map_suffix`, or, for unlabeled test data, set '
                '`data_prefix.seg_map_path=None`',
            )
        return data_list

    def _pair_files(self) -> list[dict]:
        """Pair each image with its label map by the names of the files."""
        return super().load_data_list()

    def _name(self) -> str:
        return type(self).__name__

    def _check_split_list(self) -> None:
        if self.ann_file and not fileio.exists(
            self.ann_file, backend_args=self.backend_args
        ):
            raise FileNotFoundError(
                f'{self._name()}: the split list {self.ann_file} does not '
                'exist; correct `data_root` or `ann_file`, or set '
                "`ann_file=''` to use every image of the folder."
            )

    def _list_folder(self, key: str, suffix: str) -> set[str]:
        folder = self.data_prefix[key]
        if not fileio.isdir(folder, backend_args=self.backend_args):
            raise FileNotFoundError(
                f'{self._name()}: the folder {folder!r} does not exist; put '
                'the data there or correct `data_root` '
                f'({self.data_root!r}) or `data_prefix.{key}`.'
            )
        names = fileio.list_dir_or_file(
            folder,
            list_dir=False,
            suffix=suffix,
            recursive=True,
            backend_args=self.backend_args,
        )
        return {osp.join(folder, name) for name in names}

    def _describe_no_images(self, folder: str) -> str:
        names = fileio.list_dir_or_file(
            folder,
            list_dir=False,
            recursive=True,
            backend_args=self.backend_args,
        )
        suffixes = Counter(osp.splitext(name)[1] for name in names)
        found = ', '.join(
            f'{count} of {suffix!r}' if suffix else f'{count} without suffix'
            for suffix, count in suffixes.most_common(5)
        )
        return (
            f'{self._name()}: no image of suffix {self.img_suffix!r} in '
            f'{folder} (files there: {found or "none"}); correct '
            '`img_suffix` or `data_prefix.img_path`.'
        )

    def _check_files(
        self, paths: Sequence[str], listed: set[str], kind: str, remedy: str
    ) -> None:
        # The listing saves a look-up for each file. It lacks some files that
        # exist: hidden ones, entries such as '../more/0001'.
        missing = [
            path
            for path in paths
            if path not in listed
            and not fileio.exists(path, backend_args=self.backend_args)
        ]
        if missing:
            first = ', '.join(missing[:3])
            raise FileNotFoundError(
                f'{self._name()}: {len(missing)} of {len(paths)} {kind} are '
                f'missing: {first}{", ..." if len(missing) > 3 else ""}; '
                f'{remedy}.'
            )
