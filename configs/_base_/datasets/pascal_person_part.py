# PASCAL Person-Part, 6 parts and background, 1,716 images to train and 1,817
# to validate. Lay it out with
# tools/dataset_converters/pascal_person_part.py.
num_classes = 7
dataset_type = 'PascalPersonPartDataset'
data_root = 'data/pascal_person_part'
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
        data_prefix=dict(img_path='img_dir/val', seg_map_path='ann_dir/val'),
    )
)
test_dataloader = val_dataloader
