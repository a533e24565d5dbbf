_base_ = './refinenet_efficientnet-lite0.py'
model = dict(backbone=dict(model_name='tf_efficientnet_lite1'))
