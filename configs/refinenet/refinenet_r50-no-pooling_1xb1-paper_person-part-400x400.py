_base_ = './refinenet_r50_1xb1-paper_person-part-400x400.py'
model = dict(decode_head=dict(pooling=None))
