_base_ = './refinenet_r152_4xb4-40k_pascal-context-480x480.py'
model = dict(decode_head=dict(type='LightWeightRefineNetHead'))
