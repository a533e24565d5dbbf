_base_ = [
    './_base_/recipes/1xb4-1k_camvid-192x256.py',
    './_base_/heads/fcn.py',
]
model = _base_.head
