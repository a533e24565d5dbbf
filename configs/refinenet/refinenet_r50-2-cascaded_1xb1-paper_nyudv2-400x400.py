_base_ = './refinenet_r50_1xb1-paper_nyudv2-400x400.py'
model = dict(decode_head=dict(wiring=((3, 2), (1, 0))))
