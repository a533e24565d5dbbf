_base_ = './r50.py'
model = dict(backbone=dict(depth=18))
deepest_level = dict(in_channels=512, channels=128)
deeplabv3plus = dict(c1_in_channels=64, c1_channels=12)
all_levels = dict(in_channels=[64, 128, 256, 512])
feature_pyramid = dict(in_channels=[64, 128, 256, 512])
refinenet = dict(channels=128)
