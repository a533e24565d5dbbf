_base_ = './refinenet_efficientnet-lite1.py'
# 1x1 convolutions are cheap enough for the paper's width.
model = dict(decode_head=dict(type='LightWeightRefineNetHead', channels=256))
