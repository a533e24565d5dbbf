_base_ = [
    './refinenet_r50_4xb4-40k_pascal-context-480x480.py',
    '../_base_/models/resnet101.py',
]
model = dict(backbone=_base_.resnet)
