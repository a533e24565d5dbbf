_base_ = './refinenet_r50_1xb1-paper_nyudv2-400x400.py'
# "Improved residual pooling" of the TPAMI 2019 paper
model = dict(decode_head=dict(pooling=dict(order=('conv', 'pool'))))
