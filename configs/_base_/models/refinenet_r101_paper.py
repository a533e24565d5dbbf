_base_ = ['./refinenet_r50_paper.py', './resnet101.py']
model = dict(backbone=dict(backbone=_base_.resnet))
