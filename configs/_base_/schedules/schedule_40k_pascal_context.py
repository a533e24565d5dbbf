# mmseg's model zoo trains slower on PASCAL-Context.
_base_ = './schedule_40k.py'
optim_wrapper = dict(optimizer=dict(lr=0.004, weight_decay=0.0001))
