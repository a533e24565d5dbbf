"""Safe runner, loading and losses for a whole process."""

from mmcv.transforms import TRANSFORMS as MMCV_TRANSFORMS
from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from mmseg.registry import MODELS, TRANSFORMS

from .compat.mmseg_tools import repair_mmseg_tools
from .datasets import StrictLoadAnnotations, StrictLoadImageFromFile
from .engine import SafeRunner
from .models import ClassWeightedCrossEntropyLoss
from .safe_loading import load_checkpoints_as_data_everywhere

_build_runner = Runner.from_cfg.__func__


def harden() -> None:
    """Make the whole process load and run as this package's configs do.

    Importing the package leaves other code unchanged. From this call on, for
    all that a config builds or mmengine loads:

    - checkpoints are loaded as data, and weights of another network refused,
      in all threads (see :func:`.safe_loading.checkpoints_as_data`);
    - a runner without ``runner_type`` is a :class:`SafeRunner`;
    - ``LoadImageFromFile`` and ``LoadAnnotations`` are
      :class:`StrictLoadImageFromFile` and :class:`StrictLoadAnnotations`;
    - ``CrossEntropyLoss`` is :class:`ClassWeightedCrossEntropyLoss`;
    - mmseg's ``get_flops`` and ``browse_dataset`` run on upstream, too.

    Classes that are imported and called directly are not replaced. Further
    calls have no effect.
    """
    load_checkpoints_as_data_everywhere()
    Runner.from_cfg = classmethod(_build_safe_runner)
    for registry, name, replacement in (
        (RUNNERS, 'Runner', SafeRunner),
        (MMCV_TRANSFORMS, 'LoadImageFromFile', StrictLoadImageFromFile),
        (TRANSFORMS, 'LoadAnnotations', StrictLoadAnnotations),
        (MODELS, 'CrossEntropyLoss', ClassWeightedCrossEntropyLoss),
    ):
        registry.register_module(name, module=replacement, force=True)
    repair_mmseg_tools()


def _build_safe_runner(cls: type[Runner], cfg: dict | Config) -> Runner:
    return (
        SafeRunner.from_cfg(cfg) if cls is Runner else _build_runner(cls, cfg)
    )
