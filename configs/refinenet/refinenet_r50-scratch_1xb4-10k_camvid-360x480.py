_base_ = './refinenet_r50_1xb4-10k_camvid-360x480.py'
model = dict(
    backbone=dict(init_cfg=None),
    # N(0, 0.01) starves a network without pretrained features of gradient.
    decode_head=dict(init_cfg=None),
)
