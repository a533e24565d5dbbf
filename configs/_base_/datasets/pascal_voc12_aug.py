# Pascal VOC 2012, training part enlarged by SBD: 10,582 images. Lay it out
# with mmseg's tools/dataset_converters/voc_aug.py.
num_classes = 21
dataset_type = 'PascalVOCAugDataset'
data_root = 'data/VOCdevkit/VOC2012'
data_prefix = dict(img_path='JPEGImages', seg_map_path='SegmentationClass')
train_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=dict(data_prefix, seg_map_path_aug='SegmentationClassAug'),
        ann_file='ImageSets/Segmentation/trainaug.txt',
    )
)
val_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix=data_prefix,
        ann_file='ImageSets/Segmentation/val.txt',
    )
)
test_dataloader = val_dataloader
