"""Weights that are downloaded when training starts."""

from urllib.error import URLError

from mmengine.runner.checkpoint import CheckpointLoader, load_from_http


def explain_failed_downloads() -> None:
    """Say which weights could not be downloaded and what to do about it.

    What: without a network, training ends in a bare ``URLError`` that names
    neither the file nor the config key that asked for it.
    Where: mmengine, ``runner/checkpoint.py``, ``load_from_http``.
    Until: mmengine's error names the file.
    """

    def load(
        filename: str, map_location: object = None, **kwargs: object
    ) -> dict:
        try:
            return load_from_http(
                filename, map_location=map_location, **kwargs
            )
        except (URLError, TimeoutError) as error:
            raise RuntimeError(
                f'Could not download {filename} ({error}). Download it '
                'elsewhere and name the file with --cfg-options '
                'model.backbone.init_cfg.checkpoint=FILE (or load_from=FILE), '
                'or train from random weights: a config with -scratch in its '
                'name, or --cfg-options model.backbone.init_cfg=None'
            ) from error

    CheckpointLoader.register_scheme(
        prefixes=['http://', 'https://'], loader=load, force=True
    )
