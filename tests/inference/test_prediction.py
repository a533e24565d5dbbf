import functools
import struct

import numpy as np
import pytest
import torch
from mmcv.transforms import LoadImageFromFile
from mmseg.apis import inference_model, init_model
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image
from support.commands import run_tool
from support.networks import (
    CLASSES,
    META,
    PALETTE,
    draw_image,
    draw_turned_image,
    make_fcn_config,
    save_fcn_weights,
)

from refinenet_mmseg.inference import (
    Predictor,
    load_segmentor,
    predict_folder,
)


@pytest.fixture
def config(tmp_path):
    make_fcn_config().dump(tmp_path / 'tiny.py')
    return tmp_path / 'tiny.py'


@pytest.fixture
def checkpoint(tmp_path):
    return save_fcn_weights(make_fcn_config(), tmp_path / 'tiny.pth', META)


def read_labels(path):
    with Image.open(path) as labels:
        assert labels.mode == 'P'
        return np.array(labels), np.reshape(labels.getpalette(), (-1, 3))


class TestPredictor:
    @pytest.fixture
    def model(self):
        return init_model(make_fcn_config(), device='cpu')

    def test_predicts_as_mmseg_does(self, model, tmp_path):
        path = draw_image(tmp_path / 'in' / 'a.png', (50, 30))
        pipeline = list(model.cfg.test_pipeline)
        for predict in (Predictor(model), Predictor(model, pipeline)):
            predicted = predict(path)
            assert predicted.dtype == np.uint8
            expected = inference_model(model, str(path)).pred_sem_seg.data[0]
            np.testing.assert_array_equal(predicted, expected)
        # The steps themselves are left as they were.
        assert pipeline[2] == {'type': 'LoadAnnotations'}
        assert pipeline[0] == {'type': 'LoadImageFromFile'}

    def test_label_steps_are_left_out_wherever_they_are(self, model):
        steps = [
            {'type': LoadImageFromFile},
            {
                'type': 'TestTimeAug',
                'transforms': [
                    [{'type': 'Resize', 'scale_factor': 0.5}],
                    [{'type': LoadAnnotations}],
                    [
                        {'type': 'mmseg.LoadAnnotations'},
                        {'type': 'PackSegInputs'},
                    ],
                ],
            },
        ]
        augmentation = Predictor(model, steps).pipeline.transforms[1]
        names = [
            [type(step).__name__ for step in branch.transforms]
            for branch in augmentation.subroutines
        ]
        assert names == [['Resize', 'PackSegInputs']]

    @pytest.mark.parametrize(
        ('apply_exif_orientation', 'options', 'shape'),
        [
            (True, {}, (40, 30)),
            (False, {}, (30, 40)),
            (False, {'color_type': 'color'}, (40, 30)),
            (True, {'color_type': 'color_ignore_orientation'}, (30, 40)),
        ],
    )
    def test_exif_rule_is_the_callers_unless_the_config_has_one(
        self, model, tmp_path, apply_exif_orientation, options, shape
    ):
        path = draw_turned_image(tmp_path / 'in' / 'a.jpg', (40, 30))
        pipeline = [
            {'type': 'LoadImageFromFile', **options},
            {'type': 'PackSegInputs'},
        ]
        predict = Predictor(
            model, pipeline, apply_exif_orientation=apply_exif_orientation
        )
        assert predict(path).shape == shape

    def test_unreadable_image_is_named(self, model, tmp_path):
        (tmp_path / 'a.png').write_bytes(b'no image')
        with pytest.raises(OSError, match=r'cannot read the image .*a\.png'):
            Predictor(model)(tmp_path / 'a.png')


def test_writes_the_models_own_prediction(config, checkpoint, tmp_path):
    sources = [
        draw_image(tmp_path / 'in' / 'b.PNG', (40, 30)),
        draw_image(tmp_path / 'in' / 'a.jpg', (32, 36)),
        draw_image(tmp_path / 'in' / 'gray.bmp', (40, 30), 'L'),
    ]
    (tmp_path / 'in' / 'notes.txt').write_text('no image')
    (tmp_path / 'in' / 'c.png').mkdir()
    out = tmp_path / 'out'
    written = predict_folder(config, checkpoint, tmp_path / 'in', out, 'cpu')

    names = ['a.png', 'b.png', 'gray.png']
    assert written == [out / 'labels' / name for name in sorted(names)]
    model = init_model(str(config), str(checkpoint), 'cpu')
    for source in sources:
        labels, palette = read_labels(out / 'labels' / f'{source.stem}.png')
        expected = inference_model(model, str(source)).pred_sem_seg.data[0]
        np.testing.assert_array_equal(labels, expected.numpy())
        assert len(np.unique(labels)) > 1
        assert palette[:3].tolist() == PALETTE
        with Image.open(out / 'overlays' / f'{source.stem}.png') as overlay:
            assert overlay.width > labels.shape[1]
            assert overlay.height >= labels.shape[0]


def test_fast_predictions_are_the_same(
    config, checkpoint, tmp_path, monkeypatch
):
    compiled = []
    monkeypatch.setattr(
        torch, 'compile', lambda run, **_: compiled.append(run) or run
    )
    monkeypatch.setattr(
        'refinenet_mmseg.inference.optimization.supports_bf16',
        lambda _: False,
    )
    source = draw_image(tmp_path / 'in' / 'a.png')
    labels = []
    for fast in (False, True):
        out = tmp_path / f'fast-{fast}'
        (written,) = predict_folder(
            config, checkpoint, source, out, 'cpu', fast=fast
        )
        labels.append(read_labels(written)[0])
        assert len(compiled) == fast
    np.testing.assert_array_equal(*labels)


def test_label_maps_have_8_bits_per_pixel(config, checkpoint, tmp_path):
    source = draw_image(tmp_path / 'in' / 'a.png')
    (written,) = predict_folder(config, checkpoint, source, tmp_path / 'out')
    # PNG: 8 bytes of signature, then IHDR; depth and color type at 24, 25.
    assert struct.unpack('BB', written.read_bytes()[24:26]) == (8, 3)


def test_takes_a_single_file_and_a_config_which_stays_unchanged(
    checkpoint, tmp_path
):
    source = draw_image(tmp_path / 'in' / 'a.png')
    draw_image(tmp_path / 'in' / 'b.png')
    config = make_fcn_config()
    (written,) = predict_folder(config, checkpoint, source, tmp_path / 'out')
    assert written.name == 'a.png'
    assert [p.name for p in (tmp_path / 'out/labels').iterdir()] == ['a.png']
    assert config.to_dict() == make_fcn_config().to_dict()


def test_labels_lie_upright_as_exif_says(config, checkpoint, tmp_path):
    source = draw_turned_image(tmp_path / 'in' / 'a.jpg', (40, 30))
    (written,) = predict_folder(config, checkpoint, source, tmp_path / 'out')
    assert read_labels(written)[0].shape == (40, 30)


@pytest.mark.parametrize('num_classes', [1, 2])
def test_binary_head(tmp_path, num_classes):
    config = make_fcn_config(num_classes, out_channels=1)
    checkpoint = save_fcn_weights(config, tmp_path / 'binary.pth', None)
    source = draw_image(tmp_path / 'in' / 'a.png')
    (written,) = predict_folder(config, checkpoint, source, tmp_path / 'out')
    assert np.unique(read_labels(written)[0]).tolist() == [0, 1]


@pytest.mark.parametrize(
    'meta',
    [None, {}, {'dataset_meta': {'classes': ['one'], 'palette': [[0, 0, 0]]}}],
)
def test_classes_are_named_where_the_checkpoint_does_not(tmp_path, meta):
    checkpoint = save_fcn_weights(
        make_fcn_config(), tmp_path / 'raw.pth', meta
    )
    model = load_segmentor(make_fcn_config(), checkpoint, 'cpu')
    names, palette = model.dataset_meta.values()
    assert names == ['class 0', 'class 1', 'class 2']
    assert len({tuple(color) for color in palette}) == 3


def test_classes_of_an_old_checkpoint(tmp_path):
    meta = {'CLASSES': tuple(CLASSES), 'PALETTE': PALETTE}
    checkpoint = save_fcn_weights(
        make_fcn_config(), tmp_path / 'old.pth', meta
    )
    model = load_segmentor(make_fcn_config(), checkpoint, 'cpu')
    assert model.dataset_meta == META['dataset_meta']


def test_cfg_options_reach_the_model(config, checkpoint, tmp_path):
    source = draw_image(tmp_path / 'in' / 'a.png')
    options = {'model.decode_head.num_classes': 4}
    with pytest.raises(ValueError, match=r'cannot load .*size mismatch'):
        predict_folder(
            config, checkpoint, source, tmp_path / 'out', cfg_options=options
        )


def test_unreadable_images_are_skipped_and_named(config, checkpoint, tmp_path):
    draw_image(tmp_path / 'in' / 'good.png')
    (tmp_path / 'in' / 'empty.png').touch()
    (tmp_path / 'in' / 'text.jpg').write_text('no image')
    out = tmp_path / 'out'
    with pytest.raises(OSError, match=r'2 of 3 .*empty\.png.*text\.jpg'):
        predict_folder(config, checkpoint, tmp_path / 'in', out)
    assert [p.name for p in (out / 'labels').iterdir()] == ['good.png']
    assert [p.name for p in (out / 'overlays').iterdir()] == ['good.png']


def run(tmp_path, **changes):
    """Call predict_folder with valid arguments, but for those given."""
    arguments = {
        'config': make_fcn_config(),
        'checkpoint': tmp_path / 'tiny.pth',
        'source': tmp_path / 'in',
        'out_dir': tmp_path / 'out',
    }
    return predict_folder(**{**arguments, **changes})


@pytest.fixture
def ready(checkpoint, tmp_path):
    draw_image(tmp_path / 'in' / 'a.png')
    return tmp_path


@pytest.mark.parametrize('argument', ['config', 'checkpoint', 'source'])
def test_missing_input(ready, argument):
    missing = ready / 'missing.py'
    with pytest.raises(FileNotFoundError, match=r'missing\.py'):
        run(ready, **{argument: missing})
    assert not (ready / 'out').exists()


def test_bad_opacity(ready):
    with pytest.raises(ValueError, match=r'opacity .* got 1\.5'):
        run(ready, opacity=1.5)


def test_folder_without_images(ready):
    (ready / 'bare').mkdir()
    with pytest.raises(ValueError, match=r'no \.jpg, .* file in .*bare'):
        run(ready, source=ready / 'bare')


def test_two_images_of_one_stem(ready):
    draw_image(ready / 'in' / 'a.jpg')
    with pytest.raises(ValueError, match=r'a\.jpg, a\.png in .* rename'):
        run(ready)


def test_results_in_a_folder_that_is_not_writable(ready):
    (ready / 'file').touch()
    with pytest.raises(ValueError, match=r'cannot write to .*file'):
        run(ready, out_dir=ready / 'file')


def test_results_never_overwrite_the_images(ready):
    image = draw_image(ready / 'labels' / 'a.png')
    before = image.read_bytes()
    with pytest.raises(ValueError, match='would overwrite the images'):
        run(ready, source=ready / 'labels', out_dir=ready)
    assert image.read_bytes() == before


@pytest.mark.parametrize('device', ['nonsense', 'cuda:99'])
def test_device_that_is_not_there(ready, device):
    with pytest.raises(ValueError, match=f'cannot use device .{device}'):
        run(ready, device=device)


def test_config_without_test_pipeline(ready):
    config = make_fcn_config()
    config.pop('test_pipeline')
    with pytest.raises(ValueError, match='no test_pipeline'):
        run(ready, config=config)


def test_more_classes_than_8_bits_hold(ready):
    config = make_fcn_config(num_classes=257)
    save_fcn_weights(config, ready / 'wide.pth', None)
    with pytest.raises(ValueError, match='256 classes, not 257'):
        run(ready, config=config, checkpoint=ready / 'wide.pth')


def test_file_that_is_no_checkpoint(ready):
    (ready / 'junk.pth').write_text('junk')
    with pytest.raises(ValueError, match=r'junk\.pth is damaged or no'):
        run(ready, checkpoint=ready / 'junk.pth')


def test_checkpoint_of_another_model(ready):
    torch.save({'state_dict': {'w': torch.ones(1)}}, ready / 'other.pth')
    with pytest.raises(ValueError, match=r'lacks \d+ parameters .* backbone'):
        run(ready, checkpoint=ready / 'other.pth')


def test_stripped_auxiliary_head_is_no_error(ready):
    config = make_fcn_config()
    config.model.auxiliary_head = config.model.decode_head
    assert len(run(ready, config=config)) == 1


def test_the_tool(ready, monkeypatch, capsys):
    make_fcn_config().dump(ready / 'tiny.py')
    predict = functools.partial(run_tool, monkeypatch, capsys, 'predict.py')
    arguments = [ready / 'tiny.py', ready / 'tiny.pth', ready / 'in']
    options = ['--out', ready / 'out', '--device', 'cpu']
    status, output, _ = predict(*arguments, *options)
    assert status == 0
    assert output.endswith(f'1 label maps and overlays in {ready}/out\n')
    assert (ready / 'out/labels/a.png').is_file()
    status, _, error = predict(*arguments, *options, '--opacity', 2)
    assert status == 2
    assert error.endswith('error: opacity must lie within 0 and 1, got 2.0\n')


class OwnObject:
    """An object that only code can rebuild."""


def test_objects_are_loaded_only_from_trusted_checkpoints(ready):
    content = torch.load(ready / 'tiny.pth', weights_only=True)
    torch.save({**content, 'own': OwnObject()}, ready / 'tiny.pth')
    with pytest.raises(ValueError, match='--trust-checkpoint'):
        run(ready)
    assert len(run(ready, trust_checkpoint=True)) == 1
