# As released: the moments of batch norm are frozen, its scale and shift are
# not; the loss is the mean over the labelled pixels at the logits' size.
_base_ = './refinenet_r50.py'
model = dict(
    backbone=dict(norm_eval=True),
    decode_head=dict(
        loss_at_logits_size=True,
        loss_decode=dict(avg_non_ignore=True),
        # 4 stages, pool before conv
        pooling=dict(type='ChainedResidualPooling'),
    ),
)
