_base_ = './light_weight_refinenet_r50.py'
model = dict(backbone=dict(norm_eval=True))
