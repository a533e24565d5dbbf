_base_ = './refinenet_r152.py'
model = dict(decode_head=dict(type='LightWeightRefineNetHead'))
