_base_ = './refinenet_r101_4xb4-40k_pascal-context-480x480.py'
model = dict(decode_head=dict(type='LightWeightRefineNetHead'))
