# As released: the backbone sees the image at 1.2 times its size; its batch
# norm's moments are frozen, scale and shift are not; the loss is the mean
# over the labeled pixels at the logits' size.
_base_ = './refinenet_r50.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='MultiScaleBackbone',
        backbone=dict(_base_.model.backbone, norm_eval=True),
        scales=(1.2,),
    ),
    decode_head=dict(
        loss_at_logits_size=True,
        loss_decode=dict(avg_non_ignore=True),
        # 4 stages, pool before conv
        pooling=dict(type='ChainedResidualPooling'),
    ),
)
