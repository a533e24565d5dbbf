import copy
import itertools
import shutil
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmseg.apis import inference_model, init_model
from mmseg.datasets import ADE20KDataset, CityscapesDataset, PascalVOCDataset
from PIL import Image
from support.submission_data import (
    FOLDERS,
    IMAGES,
    VOC,
    narrow_config,
    save_weights,
    small_target,
    write_images,
)

from refinenet_mmseg.inference import Predictor
from refinenet_mmseg.submissions import (
    ImageFile,
    find_test_images,
    make_submission,
    making,
)
from refinenet_mmseg.submissions.making import LabelMapFolder

# As the data set's labels.py has them
CITYSCAPES_IDS = {
    'road': 7,
    'sidewalk': 8,
    'building': 11,
    'wall': 12,
    'fence': 13,
    'pole': 17,
    'traffic light': 19,
    'traffic sign': 20,
    'vegetation': 21,
    'terrain': 22,
    'sky': 23,
    'person': 24,
    'rider': 25,
    'car': 26,
    'truck': 27,
    'bus': 28,
    'train': 31,
    'motorcycle': 32,
    'bicycle': 33,
}
SUFFIXES = {'cityscapes': '.zip', 'voc2012': '.tgz', 'ade20k': '.zip'}


@pytest.fixture(scope='module')
def kept(tmp_path_factory):
    """Images, config and weights by name of the server, made once."""
    made = {}

    def make(name):
        if name not in made:
            root = tmp_path_factory.mktemp(name)
            write_images(root, name)
            config = narrow_config(name, root)
            checkpoint = save_weights(config, root / 'tiny.pth')
            made[name] = SimpleNamespace(
                root=root, config=config, checkpoint=checkpoint
            )
        return made[name]

    return make


@pytest.fixture
def make(kept, tmp_path):
    """Make a submission to a server, but for the arguments given."""

    def make(name='cityscapes', out=None, **changes):
        arguments = {
            'config': kept(name).config,
            'checkpoint': kept(name).checkpoint,
            'target': small_target(name),
            'out_file': tmp_path / (out or f'sent{SUFFIXES[name]}'),
            'device': 'cpu',
            **changes,
        }
        return make_submission(**arguments)

    return make


@pytest.fixture
def never(monkeypatch):
    """Make any prediction fail the test."""

    def predict(self, image):
        raise AssertionError('predicted')

    monkeypatch.setattr(Predictor, '__call__', predict)


@pytest.fixture
def own(kept, tmp_path):
    """A copy of the images of a server, to be spoilt."""

    def copy_images(name):
        shutil.copytree(kept(name).root, tmp_path / 'data')
        config = copy.deepcopy(kept(name).config)
        before, after = str(kept(name).root), str(tmp_path / 'data')
        dataset = config.test_dataloader.dataset
        dataset.data_root = dataset.data_root.replace(before, after)
        return tmp_path / 'data', config

    return copy_images


def unpack(archive, folder):
    if archive.suffix == '.zip':
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
    else:
        with tarfile.open(archive, 'r:gz') as packed:
            packed.extractall(folder, filter='data')
    files = (path for path in folder.rglob('*') if path.is_file())
    return {str(path.relative_to(folder)): path for path in files}


def predict(kept, path, pipeline=None):
    model = init_model(copy.deepcopy(kept.config), None, 'cpu')
    model.load_state_dict(torch.load(kept.checkpoint)['state_dict'])
    if pipeline is not None:
        model.cfg.test_pipeline = pipeline
    return inference_model(model, str(kept.root / path))


def predict_labels(kept, path):
    return predict(kept, path).pred_sem_seg.data[0].numpy()


def decode_cityscapes(path):
    ids = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert ids.dtype == np.uint8
    classes = CityscapesDataset.METAINFO['classes']
    labels = np.full(ids.shape, 255)
    for index, name in enumerate(classes):
        labels[ids == CITYSCAPES_IDS[name]] = index
    return labels


def decode_voc(path):
    """Look the colors up, and the pixels' own values."""
    colors = cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1]
    palette = np.array(PascalVOCDataset.METAINFO['palette'])
    same = (colors[..., None, :] == palette).all(-1)
    assert (same.sum(-1) == 1).all()
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.array(image), same.argmax(-1))
    return same.argmax(-1)


def decode_ade20k(path):
    values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert values.dtype == np.uint8
    return values.astype(int) - 1


DECODERS = {
    'cityscapes': decode_cityscapes,
    'voc2012': decode_voc,
    'ade20k': decode_ade20k,
}
MEMBERS = {
    'cityscapes': '{}.png',
    'voc2012': 'results/VOC2012/Segmentation/comp6_test_cls/{}.png',
    'ade20k': '{}.png',
}


@pytest.mark.parametrize('name', ['cityscapes', 'voc2012', 'ade20k'])
def test_archive_holds_the_models_own_predictions(kept, make, tmp_path, name):
    assert make(name) == 3
    files = unpack(tmp_path / f'sent{SUFFIXES[name]}', tmp_path / 'unpacked')
    images = {
        MEMBERS[name].format(path.split('/')[-1].split('.')[0]): path
        for path in IMAGES[name]
    }
    assert sorted(files) == sorted(images)
    seen = set()
    mode = 'P' if name == 'voc2012' else 'L'
    for member, path in images.items():
        with Image.open(files[member]) as image:
            assert (image.format, image.mode) == ('PNG', mode)
        labels = DECODERS[name](files[member])
        np.testing.assert_array_equal(labels, predict_labels(kept(name), path))
        assert labels.shape == IMAGES[name][path][::-1]
        seen.update(np.unique(labels).tolist())
    assert len(seen) > 2
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ['sent.parts', f'sent{SUFFIXES[name]}', 'unpacked']


def test_test_time_augmentation(kept, make, tmp_path):
    make(tta=True)
    files = unpack(tmp_path / 'sent.zip', tmp_path / 'unpacked')
    sizes, flips = kept('cityscapes').config.tta_pipeline[1].transforms[:2]
    assert (len(sizes), len(flips)) == (2, 2)
    path = next(iter(IMAGES['cityscapes']))
    total = 0
    for size, flip in itertools.product(sizes, flips):
        steps = [
            dict(type='LoadImageFromFile'),
            size,
            flip,
            dict(type='PackSegInputs'),
        ]
        sample = predict(kept('cityscapes'), path, steps)
        total = total + sample.seg_logits.data.softmax(dim=0)
    expected = (total / 4).argmax(dim=0).numpy()
    labels = decode_cityscapes(files[path.split('/')[-1]])
    np.testing.assert_array_equal(labels, expected)
    plain = predict_labels(kept('cityscapes'), path)
    assert (labels != plain).any()


def test_same_bytes_whenever_and_wherever(make, tmp_path, monkeypatch):
    for name in ('cityscapes', 'voc2012'):
        make(name, out=f'a{SUFFIXES[name]}')
        with monkeypatch.context() as patch:
            patch.setattr('time.time', lambda: 1e9)
            make(name, out=f'sub/b{SUFFIXES[name]}')
        first = (tmp_path / f'a{SUFFIXES[name]}').read_bytes()
        second = (tmp_path / f'sub/b{SUFFIXES[name]}').read_bytes()
        assert first == second
        shutil.rmtree(tmp_path / 'a.parts')
        shutil.rmtree(tmp_path / 'sub/b.parts')


def test_interrupted_call_continues_where_it_stopped(
    make, tmp_path, monkeypatch
):
    make(out='whole.zip')
    asked = []
    original = Predictor.__call__

    def stop_at_the_third(self, image):
        asked.append(image.name)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return original(self, image)

    monkeypatch.setattr(Predictor, '__call__', stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        make()
    assert not (tmp_path / 'sent.zip').exists()
    assert make() == 1
    assert asked[2:] == asked[2:3] * 2
    assert len(asked) == 4
    whole = (tmp_path / 'whole.zip').read_bytes()
    assert (tmp_path / 'sent.zip').read_bytes() == whole
    # Nothing left to predict: the archive is packed again.
    (tmp_path / 'sent.zip').unlink()
    assert make() == 0
    assert len(asked) == 4
    assert (tmp_path / 'sent.zip').read_bytes() == whole


def test_partial_label_map_is_not_used(make, tmp_path, monkeypatch):
    def fail(self, file, *options):
        file.write_bytes(b'half')
        raise OSError('disk full')

    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, 'save', fail)
        with pytest.raises(OSError, match='disk full'):
            make()
    left = [path.name for path in (tmp_path / 'sent.parts').iterdir()]
    assert left == ['provenance.json']
    # A process that was killed leaves what it was writing.
    name = next(iter(IMAGES['cityscapes'])).split('/')[-1]
    (tmp_path / 'sent.parts' / f'.{name[:-4]}.7.partial.png').write_bytes(
        b'half'
    )
    assert make() == 3
    assert len(list((tmp_path / 'sent.parts').iterdir())) == 1 + 3


def test_other_archives_for_voc_predict_nothing_again(make, tmp_path):
    make('voc2012')
    assert make('voc2012', out='sent.zip') == 0
    assert make('voc2012', out='sent.tar.gz') == 0
    contents = [
        {
            name: path.read_bytes()
            for name, path in unpack(tmp_path / file, folder).items()
        }
        for file, folder in (
            ('sent.tgz', tmp_path / 'a'),
            ('sent.zip', tmp_path / 'b'),
            ('sent.tar.gz', tmp_path / 'c'),
        )
    ]
    assert contents[0] == contents[1] == contents[2]


def test_competition_names_the_folder(make, tmp_path):
    make('voc2012', target=small_target('voc2012', 'comp5'))
    files = unpack(tmp_path / 'sent.tgz', tmp_path / 'unpacked')
    folders = {name.rpartition('/')[0] for name in files}
    assert folders == {'results/VOC2012/Segmentation/comp5_test_cls'}


def test_label_maps_of_another_provenance_are_refused(kept, make, tmp_path):
    make()
    before = (tmp_path / 'sent.zip').read_bytes()
    other = tmp_path / 'other.pth'
    save_weights(kept('cityscapes').config, other, seed=1)
    for changes, message in (
        ({'tta': True}, 'another config'),
        ({'cfg_options': {'model.test_cfg.mode': 'slide'}}, 'another config'),
        ({'checkpoint': other}, 'another checkpoint'),
        (
            {'checkpoint': other, 'tta': True},
            'another config and another checkpoint',
        ),
    ):
        with pytest.raises(
            ValueError,
            match=rf'sent\.parts holds label maps of {message}; delete the',
        ):
            make(**changes)
    assert (tmp_path / 'sent.zip').read_bytes() == before


def test_label_maps_outlast_a_change_that_changes_no_prediction(make, own):
    make()
    _, config = own('cityscapes')
    config.test_dataloader.num_workers = 1
    assert make(config=config) == 0


def test_label_maps_of_unknown_origin_are_refused(make, tmp_path):
    (tmp_path / 'sent.parts').mkdir()
    (tmp_path / 'sent.parts' / 'a.png').touch()
    with pytest.raises(ValueError, match='unknown origin; delete the folder'):
        make()


def test_damaged_label_map_is_named_and_no_archive_made(make, tmp_path):
    make(out='sent.zip')
    (tmp_path / 'sent.zip').unlink()
    name = 'berlin_000001_000019_leftImg8bit.png'
    (tmp_path / 'sent.parts' / name).write_bytes(b'')
    with pytest.raises(ValueError, match=rf'1 things .*{name}: no PNG'):
        make(out='sent.zip')
    left = [path.name for path in tmp_path.iterdir()]
    assert left == ['sent.parts']


def test_images_are_those_of_a_folder_that_is_named(kept, make, own):
    data, config = own('ade20k')
    folder = data / 'elsewhere'
    (data / FOLDERS['ade20k']).rename(folder)
    with pytest.raises(FileNotFoundError, match=r'release_test.* --images'):
        make('ade20k', config=config)
    assert make('ade20k', config=config, images=folder) == 3


def test_turned_by_exif_the_label_map_is_as_the_file(kept, make, own):
    data, config = own('voc2012')
    path = data / next(iter(IMAGES['voc2012']))
    with Image.open(path) as image:
        exif = image.getexif()
        exif[0x0112] = 6  # a quarter turn
        image.load()
        image.save(path, exif=exif, quality=95)
    assert cv2.imread(str(path)).shape == (50, 37, 3)
    assert make('voc2012', config=config) == 3


def test_checkpoint_with_the_names_of_the_classes(kept, make, tmp_path):
    meta = copy.deepcopy(dict(ADE20KDataset.METAINFO))
    path = save_weights(kept('ade20k').config, tmp_path / 'a.pth', meta)
    assert make('ade20k', checkpoint=path) == 3


def test_checkpoint_with_other_names(kept, make, tmp_path, never):
    meta = dict(ADE20KDataset.METAINFO)
    names = ['tree', *meta['classes'][1:]]
    path = tmp_path / 'a.pth'
    save_weights(kept('ade20k').config, path, {**meta, 'classes': names})
    with pytest.raises(ValueError, match=r"class 0 of .*a\.pth is 'tree', .*"):
        make('ade20k', checkpoint=path)


def test_checkpoint_of_another_number_of_classes(kept, make, never):
    with pytest.raises(ValueError, match=r'cannot load .* size mismatch'):
        make('cityscapes', checkpoint=kept('ade20k').checkpoint)


def test_model_of_another_number_of_classes(kept, make, tmp_path, never):
    config = copy.deepcopy(kept('cityscapes').config)
    config.model.decode_head.num_classes = 20
    path = save_weights(config, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match=r'a\.pth has 20 classes, .* 19;'):
        make('cityscapes', config=config, checkpoint=path)


def test_target_of_other_classes(make, never):
    with pytest.raises(
        ValueError, match=r'config has 19 classes, ADE20K 150; .*ADE20KDataset'
    ):
        make('cityscapes', target=small_target('ade20k'))


def test_config_of_as_many_other_classes(kept, make, never):
    config = copy.deepcopy(kept('cityscapes').config)
    names = list(CityscapesDataset.METAINFO['classes'])
    names[3], names[4] = names[4], names[3]
    config.test_dataloader.dataset.metainfo = dict(classes=names)
    with pytest.raises(ValueError, match="class 3 of the config is 'fence'"):
        make(config=config)


@pytest.mark.parametrize(
    ('name', 'out'),
    [('cityscapes', 'a.tgz'), ('ade20k', 'a'), ('voc2012', 'a.rar')],
)
def test_suffix_that_the_server_does_not_take(make, never, name, out):
    with pytest.raises(ValueError, match=rf'of the suffix .* got .*/{out}$'):
        make(name, out=out)


def test_archive_in_a_folder_that_is_not_writable(make, tmp_path, never):
    (tmp_path / 'file').touch()
    with pytest.raises(ValueError, match=r'cannot write to .*file'):
        make(out='file/sent.zip')


@pytest.mark.parametrize(
    ('argument', 'error'),
    [
        ('config', FileNotFoundError),
        ('checkpoint', FileNotFoundError),
        ('images', FileNotFoundError),
    ],
)
def test_missing_input(make, tmp_path, never, argument, error):
    with pytest.raises(error, match='missing'):
        make(**{argument: tmp_path / 'missing'})


def test_config_without_augmentations(kept, make, never):
    config = copy.deepcopy(kept('cityscapes').config)
    config.pop('tta_pipeline')
    with pytest.raises(ValueError, match='no tta_pipeline, which --tta'):
        make(config=config, tta=True)


def test_config_without_a_place_of_the_images(kept, make, never):
    config = copy.deepcopy(kept('cityscapes').config)
    del config.test_dataloader.dataset.data_root
    with pytest.raises(ValueError, match=r'no data_root .* --images'):
        make(config=config)


def test_unreadable_image_is_named(kept, make, own):
    data, config = own('cityscapes')
    path = data / next(iter(IMAGES['cityscapes']))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(OSError, match=r'cannot read .*berlin_000000_000019'):
        make(config=config)


def test_pipeline_that_does_not_lead_back_to_the_size(make, monkeypatch):
    monkeypatch.setattr(
        Predictor, '__call__', lambda *a: np.zeros((3, 4), np.uint8)
    )
    with pytest.raises(ValueError, match='64x32 pixels, its prediction 4x3'):
        make()


def test_missing_id(make, own, never):
    data, config = own('voc2012')
    (data / VOC / 'JPEGImages/2008_000011.jpg').unlink()
    with pytest.raises(
        FileNotFoundError, match=r'lacks 1 of the 3 .* 2008_000011\.jpg among'
    ):
        make('voc2012', config=config)


def test_trial_takes_fewer_images(kept, make, own, tmp_path):
    data, config = own('cityscapes')
    (data / next(iter(IMAGES['cityscapes']))).unlink()
    with pytest.raises(ValueError, match=r'2 images in .* 3 in .* --trial'):
        make(config=config)
    assert make(config=config, trial=True) == 2
    images = find_test_images(
        small_target('cityscapes'), data / FOLDERS['cityscapes'], True
    )
    archive = unpack(tmp_path / 'sent.zip', tmp_path / 'unpacked')
    assert sorted(archive) == [f'{image.name}.png' for image in images]


def test_archive_that_turns_out_wrong_gets_no_name(
    make, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        making, 'validate_content', lambda *a: ['a.png: missing']
    )
    (tmp_path / 'sent.zip').write_text('old')
    with pytest.raises(ValueError, match=r'1 things .*: a\.png: missing'):
        make()
    assert (tmp_path / 'sent.zip').read_text() == 'old'
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ['sent.parts', 'sent.zip']


def test_config_is_left_as_it_is(kept, make):
    config = kept('cityscapes').config
    before = config.to_dict()
    make(cfg_options={'model.test_cfg.mode': 'whole'})
    assert config.to_dict() == before


VALUE_RANGES = {'cityscapes': (7, 33), 'voc2012': (0, 20), 'ade20k': (1, 150)}


@pytest.mark.parametrize('name', sorted(VALUE_RANGES))
def test_every_class_is_written_as_its_value(tmp_path, name):
    target = small_target(name)
    number = len(target.classes)
    label_maps = LabelMapFolder(
        tmp_path / 'label_maps', target, {'config': 'a'}
    )
    image = ImageFile(Path('a.jpg'), (number, 2))
    labels = np.tile(np.arange(number, dtype=np.uint8), (2, 1))
    label_maps.write(image, labels)
    with Image.open(label_maps.path(image)) as written:
        values = np.array(written)
    np.testing.assert_array_equal(values, np.tile(target.labels, (2, 1)))
    assert (values.min(), values.max()) == VALUE_RANGES[name]
    if name != 'voc2012':
        read = cv2.imread(str(label_maps.path(image)), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(read, values)


def test_damaged_record_is_refused(tmp_path):
    target = small_target('ade20k')
    LabelMapFolder(tmp_path, target, {'config': 'a'})
    LabelMapFolder(tmp_path, target, {'config': 'a'})
    (tmp_path / 'provenance.json').write_text('{')
    with pytest.raises(ValueError, match='another config; delete the folder'):
        LabelMapFolder(tmp_path, target, {'config': 'a'})
