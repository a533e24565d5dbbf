# The published weights need a 1x1 convolution that mmseg's MobileNetV2 leaves
# out; there are no ImageNet weights of that backbone.
_base_ = './light_weight_refinenet_mobilenet-v2.py'
model = dict(backbone=dict(type='FullyExpandedMobileNetV2', init_cfg=None))
