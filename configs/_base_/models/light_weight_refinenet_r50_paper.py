# As the port trains: moments of batch norm frozen, the loss is the mean over
# the labelled pixels.
_base_ = './light_weight_refinenet_r50.py'
model = dict(
    backbone=dict(norm_eval=True),
    decode_head=dict(loss_decode=dict(avg_non_ignore=True)),
)
