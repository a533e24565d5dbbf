_base_ = ['./refinenet_r50_paper.py', './resnet152.py']
model = dict(backbone=dict(backbone=_base_.resnet))
