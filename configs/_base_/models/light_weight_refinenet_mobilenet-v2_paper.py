_base_ = [
    './light_weight_refinenet_mobilenet-v2.py',
    './light_weight_paper.py',
]
model = _base_.as_ported
