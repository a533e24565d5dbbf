import re
from collections.abc import Iterable, Sequence

from mmengine.model import update_init_info
from mmengine.model.weight_init import PretrainedInit
from mmengine.registry import WEIGHT_INITIALIZERS
from mmengine.runner import load_checkpoint
from torch import nn


@WEIGHT_INITIALIZERS.register_module(name='RenamedPretrained')
class RenamedPretrainedInit(PretrainedInit):
    """Load pretrained weights after renaming them.

    mmpretrain's weights of ResNet v1d, for example, number the layers of the
    stem and of the first shortcut differently from mmseg's class. mmengine's
    ``Pretrained`` would leave these layers random and only log a line.

    Args:
        checkpoint: Path or URL of the weights.
        renames: Pairs of a regular expression and its replacement, applied
            to each name in this order.
        map_location: Device to load the weights to. Default: 'cpu'.
    """

    def __init__(
        self,
        checkpoint: str,
        renames: Sequence[Sequence[str]],
        map_location: str = 'cpu',
    ) -> None:
        super().__init__(checkpoint, map_location=map_location)
        self.renames = [tuple(rename) for rename in renames]

    def __call__(self, module: nn.Module) -> None:
        """Load the weights into a module.

        Args:
            module: The module to initialize.

        Raises:
            ValueError: If the checkpoint lacks some of its parameters.
        """
        content = load_checkpoint(
            module,
            self.checkpoint,
            map_location=self.map_location,
            strict=False,
            logger='current',
            revise_keys=self.renames,
        )
        self._check_complete(module, content.get('state_dict', content))
        # Otherwise, mmengine would initialize the children after this: it
        # makes an exception only for its own ``Pretrained``.
        for child in module.children():
            child.is_init = True
        if hasattr(module, '_params_init_info'):
            update_init_info(module, init_info=self._get_init_info())

    def _check_complete(self, module: nn.Module, names: Iterable[str]) -> None:
        for pattern, replacement in self.renames:
            names = [re.sub(pattern, replacement, name) for name in names]
        parameters = dict(module.named_parameters())
        missing = sorted(set(parameters) - set(names))
        if missing:
            raise ValueError(
                f'{self.checkpoint}, renamed by {self.renames}, has no '
                f'weights for {len(missing)} of {len(parameters)} parameters, '
                f'{missing[0]} among them; correct init_cfg.renames'
            )
