from typing import Any

from mmseg.models.losses import CrossEntropyLoss
from mmseg.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class ClassWeightedCrossEntropyLoss(CrossEntropyLoss):
    """Cross entropy with class weights, for label maps with ignored pixels.

    It averages over the weights of the pixels that are not ignored, as
    ``torch.nn.functional.cross_entropy`` does. mmseg's own loss looks up the
    weight of the ignored label, 255, while it averages: an ``IndexError``, on
    a GPU a CUDA assert (upstream 1.2.2 always, OneDL's 1.4.2 with
    ``avg_non_ignore=True``).

    Args:
        kwargs: As mmseg's ``CrossEntropyLoss``, ``class_weight`` among them.
    """

    def forward(
        self,
        cls_score: Tensor,
        label: Tensor,
        weight: Tensor | None = None,
        avg_factor: Any = None,
        reduction_override: str | None = None,
        ignore_index: int = -100,
        **kwargs: Any,
    ) -> Tensor:
        """Compute the loss.

        Args:
            cls_score: Logits, (N, C, H, W).
            label: Class indices, (N, H, W).
            weight: Weights of the pixels, (N, H, W). Default: None.
            avg_factor: Divisor of the sum over pixels. Default: the sum of the
                class weights of the pixels that are not ignored.
            reduction_override: Reduction in place of the loss's own.
                Default: None.
            ignore_index: Label of pixels that are left out. Default: -100.
            kwargs: As mmseg's ``CrossEntropyLoss``.
        """
        reduction = reduction_override or self.reduction
        if (
            self.class_weight is not None
            and avg_factor is None
            and reduction == 'mean'
            and not (self.use_sigmoid or self.use_mask)
        ):
            class_weight = cls_score.new_tensor(self.class_weight)
            avg_factor = class_weight[label[label != ignore_index]].sum()
        return super().forward(
            cls_score,
            label,
            weight=weight,
            avg_factor=avg_factor,
            reduction_override=reduction_override,
            ignore_index=ignore_index,
            **kwargs,
        )
