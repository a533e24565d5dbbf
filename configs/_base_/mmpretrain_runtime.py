# For backbones of mmpretrain, which needs torchvision.
_base_ = './default_runtime.py'
custom_imports = dict(imports=['refinenet_mmseg', 'mmpretrain.models'])
