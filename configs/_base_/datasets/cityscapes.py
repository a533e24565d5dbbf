# Cityscapes, 19 classes, 2,975 finely labeled images to train and 500 to
# validate. Lay it out with mmseg's tools/dataset_converters/cityscapes.py.
num_classes = 19
dataset_type = 'CityscapesDataset'
data_root = 'data/cityscapes'
train_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=dict(
            img_path='leftImg8bit/train', seg_map_path='gtFine/train'
        ),
    )
)
val_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=dict(
            img_path='leftImg8bit/val', seg_map_path='gtFine/val'
        ),
    )
)
test_dataloader = val_dataloader
