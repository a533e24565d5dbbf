# SUN RGB-D, 37 classes, 5,285 images to train and 5,050 to test. Lay it out
# with tools/dataset_converters/sunrgbd.py.
num_classes = 37
dataset_type = 'SUNRGBDDataset'
data_root = 'data/sunrgbd'
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
