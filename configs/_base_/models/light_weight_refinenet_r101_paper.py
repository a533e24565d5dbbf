_base_ = ['./light_weight_refinenet_r50_paper.py', './resnet101.py']
model = dict(backbone=_base_.resnet)
