_base_ = ['./refinenet_r50.py', './resnet101.py']
model = dict(backbone=_base_.resnet)
