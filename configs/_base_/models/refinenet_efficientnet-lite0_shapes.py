# Narrow, for a demo on a CPU. In a short schedule N(0, 0.01) loses time, and
# nothing overfits.
_base_ = './refinenet_efficientnet-lite0.py'
model = dict(decode_head=dict(channels=64, init_cfg=None, dropout_ratio=0))
