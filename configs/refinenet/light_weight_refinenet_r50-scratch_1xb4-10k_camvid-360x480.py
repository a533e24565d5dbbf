_base_ = './light_weight_refinenet_r50_1xb4-10k_camvid-360x480.py'
model = dict(backbone=dict(init_cfg=None))
