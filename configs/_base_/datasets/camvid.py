# CamVid, 11 classes, in SegNet's split and size. Lay it out with
# tools/dataset_converters/camvid.py.
num_classes = 11
dataset_type = 'CamVidDataset'
data_root = 'data/camvid'
train_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=dict(img_path='train', seg_map_path='trainannot'),
    )
)
val_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=dict(img_path='val', seg_map_path='valannot'),
    )
)
test_dataloader = val_dataloader
