_base_ = './refinenet_r50_1xb1-paper_nyudv2-400x400.py'
# Paths 0 to 3 see the image at 0.6 times its size, 4 to 7 at 1.2 times.
model = dict(
    backbone=dict(scales=(0.6, 1.2)),
    decode_head=dict(
        in_channels=_base_.model.decode_head.in_channels * 2,
        in_index=list(range(8)),
        wiring=((3, 7), (2, 6), (1, 5), (0, 4)),
        path_channels=[256, 256, 256, 512] * 2,
    ),
)
