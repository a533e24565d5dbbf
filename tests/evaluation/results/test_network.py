import pytest
from mmengine.config import Config
from mmengine.model import BaseModel, BaseTTAModel
from torch import nn

from refinenet_mmseg import config_path
from refinenet_mmseg.evaluation.results.network import describe_network


class Head(nn.Module):
    pass


class FinalHead(Head):
    pass


class Segmentor(BaseModel):
    def forward(self, *args, **kwargs):
        raise AssertionError


def segmentor(head):
    model = Segmentor()
    model.decode_head = head
    model.data_preprocessor.size = (8, 6)
    return model


@pytest.mark.parametrize(
    ('config', 'name'),
    [
        ('refinenet_r18', 'ResNet-18'),
        ('refinenet_r50-v1c', 'ResNetV1c-50'),
        ('refinenet_convnext-tiny', 'ConvNeXt-tiny'),
        ('refinenet_mobilenet-v2', 'MobileNetV2'),
        ('refinenet_x50-32x4d', 'ResNeXt-50'),
    ],
)
def test_a_backbone_has_its_depth_or_variant(config, name):
    config = Config.fromfile(config_path(f'_base_/models/{config}.py'))
    described = describe_network(segmentor(Head()), config.model)
    assert described == dict(
        head='Head',
        backbone=name,
        input_size=[8, 6],
        test_time_augmentation=False,
    )


def test_looks_into_what_a_model_is_wrapped_in():
    model = segmentor(nn.ModuleList([Head(), FinalHead()]))
    model.data_preprocessor.size = None

    class Averaged(BaseTTAModel):
        def merge_preds(self, data_samples_list):
            raise AssertionError

    inner = dict(type='ResNet', depth=101)
    config = dict(module=dict(backbone=dict(type='Scales', backbone=inner)))
    assert describe_network(Averaged(model), config) == dict(
        head='FinalHead',
        backbone='Scales(ResNet-101)',
        input_size=None,
        test_time_augmentation=True,
    )
