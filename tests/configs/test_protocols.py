"""The protocols of the configs: settings, and a step on every data set."""

import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner
from mmseg.registry import MODELS
from support.datasets import LAYOUTS, write_data

from refinenet_mmseg import config_path

MMSEG = {
    'voc12aug': '4xb4-20k_voc12aug-512x512',
    'pascal-context': '4xb4-40k_pascal-context-480x480',
    'cityscapes': '4xb2-80k_cityscapes-512x1024',
    'ade20k': '4xb4-160k_ade20k-512x512',
    'nyudv2': '4xb4-20k_nyudv2-512x512',
    'sunrgbd': '4xb4-20k_sunrgbd-512x512',
    'person-part': '4xb4-20k_person-part-512x512',
}
PAPER = {data: f'1xb1-paper_{data}-400x400' for data in MMSEG}
PAPER['cityscapes'] = '1xb1-paper_cityscapes-600x600'
# Both protocols on every data set, and the other networks on one each
LEAVES = {
    f'refinenet_r50_{leaf}': data
    for data, leaf in (*MMSEG.items(), *PAPER.items())
}
LEAVES |= {
    f'refinenet_r50-{cascade}_{PAPER["nyudv2"]}': 'nyudv2'
    for cascade in ('single', '2-cascaded', '2-scale')
}
LEAVES |= {
    f'light_weight_refinenet_r50_{PAPER["person-part"]}': 'person-part',
    f'light_weight_refinenet_r50_{MMSEG["nyudv2"]}': 'nyudv2',
    f'light_weight_refinenet_mobilenet-v2_{PAPER["voc12aug"]}': 'voc12aug',
    f'light_weight_refinenet_mobilenet-v2_{MMSEG["voc12aug"]}': 'voc12aug',
    'refinenet_r18_1xb4-10k_camvid-360x480': 'camvid',
    'refinenet_r18_1xb8-1k_shapes-160x160': 'shapes',
}


# What light-weight RefineNet's paper reports
LIGHT_WEIGHT = {
    'voc12aug': ('r50', 'r101', 'r152', 'mobilenet-v2'),
    'pascal-context': ('r101', 'r152'),
    'nyudv2': ('r50', 'r101', 'r152'),
    'person-part': ('r50', 'r101', 'r152'),
}


def load_leaf(name):
    return Config.fromfile(config_path(f'refinenet/{name}.py'))


def load(protocol, head='refinenet_r50'):
    return load_leaf(f'{head}_{protocol}')


# Arguments of narrow backbones, channels of their levels, path_channels
NARROW = {
    'ResNet': (
        dict(depth=18, base_channels=8),
        [8, 16, 32, 64],
        [8, 8, 8, 16],
    ),
    'MobileNetV2': (
        dict(widen_factor=0.25),
        [8, 8, 16, 24, 40, 80],
        [8, 8, 8, 8, 8, 8],
    ),
}
SIZES = {'crop_size', 'maximum', 'minimum', 'scale', 'size', 'stride'}


def divide_sizes(item):
    """Divide all sizes of images in a config by 4."""
    if isinstance(item, dict):
        return {
            key: divide_by_4(value) if key in SIZES else divide_sizes(value)
            for key, value in item.items()
        }
    if isinstance(item, list):
        return [divide_sizes(part) for part in item]
    return item


def divide_by_4(size):
    return size // 4 if isinstance(size, int) else tuple(x // 4 for x in size)


def reduced(config):
    """Reduce the network, the images and the batch."""
    config = Config(divide_sizes(config.to_dict()))
    backbone = config.model.backbone
    number = len(backbone.get('scales', (1,)))
    backbone = backbone.get('backbone', backbone)
    arguments, in_channels, path_channels = NARROW[backbone.type]
    backbone.update(arguments, init_cfg=None)
    config.model.decode_head.update(
        in_channels=in_channels * number,
        path_channels=path_channels * number,
        channels=8,
        # N(0, 0.01) would leave the backbone no gradient.
        init_cfg=None,
    )
    config.train_dataloader.batch_size = 1
    return config


def test_published_networks_have_both_protocols():
    for data in MMSEG:
        networks = [f'refinenet_{depth}' for depth in ('r50', 'r101', 'r152')]
        networks += [
            f'light_weight_refinenet_{backbone}'
            for backbone in LIGHT_WEIGHT.get(data, ())
        ]
        for network in networks:
            for protocol in (MMSEG, PAPER):
                name = f'refinenet/{network}_{protocol[data]}.py'
                assert Path(config_path(name)).is_file()


def test_paper_schedule():
    config = reduced(load(PAPER['nyudv2']))
    model = MODELS.build(config.model)
    wrapper = build_optim_wrapper(model, config.optim_wrapper)
    rates = {'backbone': 5e-5, 'decode_head': 5e-4}
    # mmengine adds a group of its own, of no parameter of the model.
    groups = {
        id(value): group
        for group in wrapper.optimizer.param_groups
        for value in group['params']
    }
    for name, value in model.named_parameters():
        group = groups[id(value)]
        assert group['lr'] == pytest.approx(rates[name.split('.')[0]])
        assert (group['momentum'], group['weight_decay']) == (0.9, 5e-4)
    (step,) = config.param_scheduler
    assert (step.type, step.gamma) == ('MultiStepLR', 0.1)
    assert max(step.milestones) < step.end == config.train_cfg.max_iters


@pytest.mark.parametrize(
    ('data', 'limits'),
    [(data, (450, 800)) for data in PAPER if data != 'cityscapes']
    + [('cityscapes', (600, 1100))],
)
def test_paper_pipelines(data, limits):
    config = load(PAPER[data])
    assert config.train_dataloader.batch_size == 1
    train = config.train_dataloader.dataset.pipeline
    # Limits come before scales, as in the released code.
    assert [step.type for step in train] == [
        'StrictLoadImageFromFile',
        'StrictLoadAnnotations',
        'LimitShortEdge',
        'RandomChoice',
        'ClassBalancedCrop',
        'RandomFlip',
        'PackSegInputs',
    ]
    assert (train[2].minimum, train[2].maximum) == (450, 1100)
    scales = [step.scale_factor for (step,) in train[3].transforms]
    assert scales == [0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3]
    for loader in (config.val_dataloader, config.test_dataloader):
        test = pipeline_step(loader.dataset.pipeline, 'LimitShortEdge')
        assert (test.minimum, test.maximum) == limits
    tta = pipeline_step(config.tta_pipeline, 'LimitShortEdge')
    assert (tta.minimum, tta.maximum) == limits
    several = pipeline_step(config.tta_pipeline, 'TestTimeAug').transforms
    assert [step.scale_factor for step in several[0]] == [
        0.4,
        0.6,
        0.8,
        1,
        1.2,
    ]
    assert [step.type for (step,) in several[1:]] == [
        'StrictLoadAnnotations',
        'PackSegInputs',
    ]


def test_paper_networks():
    for data, leaf in PAPER.items():
        model = load(leaf).model
        assert model.backbone.scales == (1.2,), data
        assert model.backbone.backbone.norm_eval
        assert model.decode_head.loss_at_logits_size
        assert model.decode_head.loss_decode.avg_non_ignore
    light = load(PAPER['nyudv2'], 'light_weight_refinenet_r101').model
    assert (light.backbone.type, light.backbone.norm_eval) == ('ResNet', True)


def pipeline_step(pipeline, step_type):
    (step,) = (step for step in pipeline if step.type == step_type)
    return step


def one_test_step(model, loader, evaluator):
    """Test on one image."""
    evaluator = Evaluator(evaluator)
    evaluator.dataset_meta = loader.dataset.metainfo
    batch = next(iter(loader))
    with torch.no_grad():
        evaluator.process(model.eval().test_step(batch), batch)
    return evaluator.evaluate(1)['mIoU']


@pytest.mark.parametrize('leaf', LEAVES)
def test_trains_and_tests(leaf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_steps(leaf, reduced(load_leaf(leaf)), tmp_path)


@pytest.mark.full_size
@pytest.mark.parametrize('leaf', LEAVES)
def test_trains_and_tests_at_full_size(leaf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load_leaf(leaf)
    backbone = config.model.backbone
    backbone.get('backbone', backbone).init_cfg = None
    config.model.decode_head.init_cfg = None
    config.train_dataloader.batch_size = 1
    check_steps(leaf, config, tmp_path)


def check_steps(leaf, config, root):
    write_data(root, LAYOUTS[LEAVES[leaf]])
    for name in ('train_dataloader', 'test_dataloader'):
        config[name].dataset.data_root = str(root)
        config[name].update(num_workers=0, persistent_workers=False)
    # Enough for every weight to move in one step.
    config.optim_wrapper.optimizer.lr = 1.0
    model = MODELS.build(config.model)
    model.init_weights()
    before = {k: value.clone() for k, value in model.state_dict().items()}

    loader = Runner.build_dataloader(config.train_dataloader, seed=0)
    batch = next(iter(loader))
    losses = model.train().train_step(
        batch, build_optim_wrapper(model, config.optim_wrapper)
    )
    assert torch.isfinite(losses['loss'])
    changed = {
        name
        for name, value in model.state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert 'decode_head.conv_seg.weight' in changed
    for part in ('conv', 'bn'):
        weight = rf'backbone\..*layer1\.0\..*{part}\d?\.weight'
        assert any(re.fullmatch(weight, name) for name in changed)
    moments = {name for name in changed if '.running_' in name}
    assert bool(moments) == ('paper' not in leaf)

    once = Runner.build_dataloader(config.test_dataloader)
    (sample,) = next(iter(once))['data_samples']
    values = set(sample.gt_sem_seg.data.unique().tolist()) - {255}
    # The last class is among the labels, and none beyond.
    assert max(values) == len(once.dataset.metainfo['classes']) - 1
    assert 0 <= one_test_step(model, once, config.test_evaluator) <= 100
    if 'paper' in leaf:
        config.test_dataloader.dataset.pipeline = config.tta_pipeline
        scales = Runner.build_dataloader(config.test_dataloader)
        averaged = MODELS.build(dict(config.tta_model, module=model))
        assert (
            0 <= one_test_step(averaged, scales, config.test_evaluator) <= 100
        )
