# PASCAL-Context, 59 classes and background, 4,998 images to train and 5,105
# to validate (Chen et al., DeepLab, arXiv 1606.00915, section 4.2). Lay it out
# with mmseg's tools/dataset_converters/pascal_context.py.
num_classes = 60
dataset_type = 'PascalContextDataset'
data_root = 'data/VOCdevkit/VOC2010'
data_prefix = dict(
    img_path='JPEGImages', seg_map_path='SegmentationClassContext'
)
train_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=data_prefix,
        ann_file='ImageSets/SegmentationContext/train.txt',
    )
)
val_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=data_prefix,
        ann_file='ImageSets/SegmentationContext/val.txt',
    )
)
test_dataloader = val_dataloader
