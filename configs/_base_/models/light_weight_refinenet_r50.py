_base_ = './refinenet_r50.py'
model = dict(decode_head=dict(type='LightWeightRefineNetHead'))
