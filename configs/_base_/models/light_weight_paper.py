# As the port trains: moments of batch norm frozen, the loss is the mean over
# the labeled pixels.
as_ported = dict(
    backbone=dict(norm_eval=True),
    decode_head=dict(loss_decode=dict(avg_non_ignore=True)),
)
