_base_ = ['./refinenet_r50.py', './resnet152.py']
model = dict(backbone=_base_.resnet)
