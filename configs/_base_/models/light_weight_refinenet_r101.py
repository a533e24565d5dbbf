_base_ = './refinenet_r101.py'
model = dict(decode_head=dict(type='LightWeightRefineNetHead'))
