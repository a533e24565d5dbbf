# NYU Depth v2, 40 classes, 795 images to train and 654 to test. Lay it out
# with tools/dataset_converters/nyudv2.py.
num_classes = 40
dataset_type = 'NYUDv2Dataset'
data_root = 'data/nyudv2'
train_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=dict(
            img_path='img_dir/train', seg_map_path='ann_dir/train'
        ),
    )
)
val_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=dict(img_path='img_dir/test', seg_map_path='ann_dir/test'),
    )
)
test_dataloader = val_dataloader
