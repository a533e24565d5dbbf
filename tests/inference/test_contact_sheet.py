import functools

import numpy as np
import pytest
from PIL import Image
from support import networks
from support.commands import run_tool
from support.networks import PALETTE

from refinenet_mmseg.images import IGNORED_COLORS
from refinenet_mmseg.inference import contact_sheet, draw_contact_sheet
from refinenet_mmseg.inference.contact_sheet import WIDTH, Sample

CLASSES = ('sky', 'road', '_tree')


def make_config(root, **dataset):
    config = networks.make_fcn_config()
    prefix = {'img_path': 'images', 'seg_map_path': 'labels'}
    config.test_dataloader = {
        'dataset': {
            'type': 'BaseSegDataset',
            'data_root': str(root),
            'data_prefix': prefix,
            'metainfo': {'classes': CLASSES, 'palette': PALETTE},
            'pipeline': config.test_pipeline,
            'test_mode': True,
            **dataset,
        }
    }
    return config


@pytest.fixture
def root(tmp_path):
    """A data set of 5 images; labels 0 to 3, the last no class, and 255."""
    random = np.random.RandomState(0)
    for folder in ('images', 'labels'):
        (tmp_path / folder).mkdir()
    for index in range(5):
        image = random.randint(0, 256, (30, 40 + index, 3), np.uint8)
        labels = random.randint(0, 4, (30, 40 + index), np.uint8)
        labels[:5] = 255
        Image.fromarray(image).save(tmp_path / 'images' / f'{index}.jpg')
        Image.fromarray(labels).save(tmp_path / 'labels' / f'{index}.png')
    return tmp_path


@pytest.fixture
def checkpoint(root):
    return networks.save_fcn_weights(
        make_config(root), root / 'tiny.pth', None
    )


@pytest.fixture
def drawn(monkeypatch):
    """Catch what the sheet is drawn from; draw an empty one, for speed."""
    caught = {}

    def catch(samples, names, palette):
        caught['samples'] = samples
        return Image.new('RGB', (1, 1))

    monkeypatch.setattr(contact_sheet, '_draw_sheet', catch)
    return caught


def test_writes_a_png(root, checkpoint):
    make_config(root).dump(root / 'tiny.py')
    out = draw_contact_sheet(
        root / 'tiny.py', checkpoint, root / 'new' / 'sheet.png', 3, 'cpu'
    )
    assert out == root / 'new' / 'sheet.png'
    # Nothing else is left beside the sheet.
    assert [p.name for p in out.parent.iterdir()] == ['sheet.png']
    with Image.open(out) as sheet:
        assert sheet.format == 'PNG'
        # Rows of about a quarter of the width each.
        assert sheet.width == WIDTH
        assert 3 * WIDTH / 4.8 < sheet.height < 3 * WIDTH / 3.2
        shown = {color for _, color in sheet.getcolors(2**24)}
    assert shown >= {tuple(color) for color in PALETTE}


def test_the_tool(root, checkpoint, monkeypatch, capsys):
    make_config(root).dump(root / 'tiny.py')
    draw = functools.partial(run_tool, monkeypatch, capsys, 'contact_sheet.py')
    inputs = [root / 'tiny.py', checkpoint]
    status, output, _ = draw(
        *inputs, '--out', root / 'sheet.png', '--num-images', 1
    )
    assert status == 0
    assert output.endswith(f'wrote {root}/sheet.png\n')
    status, _, error = draw(*inputs, '--out', root / 'sheet.jpg')
    assert status == 2
    assert 'error: the contact sheet is a PNG, but got ' in error


def test_images_are_evenly_spaced(root, checkpoint, drawn):
    draw_contact_sheet(make_config(root), checkpoint, root / 'sheet.png', 3)
    assert [sample.name for sample in drawn['samples']] == ['0', '2', '4']


def test_truth_has_the_images_own_size_and_no_foreign_labels(
    root, checkpoint, drawn
):
    draw_contact_sheet(make_config(root), checkpoint, root / 'sheet.png')
    assert len(drawn['samples']) == 5  # fewer than asked for
    for index, sample in enumerate(drawn['samples']):
        with Image.open(root / 'labels' / f'{index}.png') as labels:
            expected = np.array(labels)
        expected[expected == 3] = 255
        np.testing.assert_array_equal(sample.truth, expected)
        assert sample.prediction.shape == expected.shape
        assert sample.image.shape == (*expected.shape, 3)


def test_truth_goes_through_the_data_sets_own_mapping(root, checkpoint, drawn):
    config = make_config(root, reduce_zero_label=True)
    draw_contact_sheet(config, checkpoint, root / 'sheet.png', 1)
    with Image.open(root / 'labels' / '0.png') as labels:
        expected = np.array(labels)
    expected = np.where(expected % 255 == 0, 255, expected - 1)
    np.testing.assert_array_equal(drawn['samples'][0].truth, expected)


def test_data_set_of_data_sets(root, checkpoint, drawn):
    config = make_config(root)
    part = config.test_dataloader.dataset
    config.test_dataloader.dataset = {
        'type': 'ConcatDataset',
        'datasets': [part, part],
    }
    draw_contact_sheet(config, checkpoint, root / 'sheet.png', 4)
    names = [sample.name for sample in drawn['samples']]
    assert names == ['0', '3', '1', '4']


def test_ignored_value_within_the_classes(root, checkpoint, drawn):
    config = make_config(root, ignore_index=1)
    draw_contact_sheet(config, checkpoint, root / 'sheet.png', 1)
    assert np.unique(drawn['samples'][0].truth).tolist() == [0, 2, 255]


def test_scores_are_of_labeled_pixels():
    truth = np.array([[0, 0, 1, 255]], np.uint8).repeat(2, axis=0)
    prediction = np.array([[0, 1, 1, 2]], np.uint8).repeat(2, axis=0)
    image = np.zeros((2, 4, 3), np.uint8)
    sample = Sample('a', image, truth, prediction)
    # IoU of sky 1/2 and of road 1/2; tree is at ignored pixels alone.
    scores = 'mIoU 50.0%, pixel accuracy 66.7%'
    assert contact_sheet._describe_scores(sample, 3) == scores
    nothing = sample._replace(truth=np.full((2, 4), 255, np.uint8))
    described = contact_sheet._describe_scores(nothing, 3)
    assert described == 'no labeled pixel'


def rows_of(sheet, color):
    """Find the rows of pixels that have a color, and its columns."""
    found = (np.array(sheet) == color).all(axis=2)
    return np.nonzero(found.any(axis=1))[0], np.nonzero(found.any(axis=0))[0]


def test_image_truth_and_prediction_stand_side_by_side():
    shape = (30, 40)
    image = np.full((*shape, 3), (1, 2, 3), np.uint8)
    truth = np.zeros(shape, np.uint8)
    truth[:15] = 255
    prediction = np.ones(shape, np.uint8)
    sheet = contact_sheet._draw_sheet(
        [Sample('a $name$\nof a file', image, truth, prediction)],
        CLASSES,
        PALETTE,
    )
    third = WIDTH / 3
    rows, columns = rows_of(sheet, (1, 2, 3))
    assert columns.max() < third
    assert len(columns) > 0.9 * third
    assert abs(len(rows) / len(columns) - 30 / 40) < 0.01
    titles = sheet.crop((0, 0, WIDTH, rows.min()))
    sheet = sheet.crop((0, rows.min(), WIDTH, rows.max() + 1))
    (truth_rows, truth_columns) = rows_of(sheet, PALETTE[0])
    assert third <= truth_columns.min() < truth_columns.max() < 2 * third
    assert abs(len(truth_rows) - len(rows) / 2) <= 1
    # What is ignored is striped, above what is not.
    striped = rows_of(sheet, IGNORED_COLORS[0])[0]
    assert striped.min() < striped.max() < truth_rows.min()
    assert rows_of(sheet, PALETTE[1])[1].min() >= 2 * third
    # Each picture has its title above it.
    for left in (0, WIDTH // 3, 2 * WIDTH // 3):
        assert (np.array(titles)[:, left : left + WIDTH // 3] < 100).any()


def test_rows_and_legend_do_not_overlap():
    image = np.zeros((30, 60, 3), np.uint8)
    labels = np.zeros((30, 60), np.uint8)
    names = [f'class of a long name {index}' for index in range(60)]
    palette = [[index, 200, 100] for index in range(60)]
    samples = [Sample(str(i), image, labels, labels) for i in range(2)]
    sheet = contact_sheet._draw_sheet(samples, names, palette)
    pictures = rows_of(sheet, palette[0])[0]
    # Two rows of pictures with a title between them, then the legend.
    assert (np.diff(pictures) > 1).sum() == 2
    last = rows_of(sheet, palette[59])[0]
    assert last.min() > rows_of(sheet, (0, 0, 0))[0].min()
    assert last.max() < sheet.height
    assert sheet.width == WIDTH
    shown = {color for _, color in sheet.getcolors(2**24)}
    assert shown >= {tuple(color) for color in palette}


def test_very_long_sheet_is_made_narrower():
    image = np.zeros((600, 10, 3), np.uint8)
    labels = np.zeros((600, 10), np.uint8)
    samples = [Sample('a', image, labels, labels)] * 3
    sheet = contact_sheet._draw_sheet(samples, CLASSES, PALETTE)
    assert 60_000 < sheet.height <= contact_sheet.MAX_HEIGHT


def test_failed_drawing_keeps_the_old_sheet(root, checkpoint, drawn):
    out = root / 'sheet.png'
    out.write_text('old')

    def fail(self, file, *options):
        file.write_text('half')
        raise OSError('disk full')

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image.Image, 'save', fail)
        with pytest.raises(OSError, match='disk full'):
            draw_contact_sheet(make_config(root), checkpoint, out, 1)
    assert out.read_text() == 'old'
    assert not list(root.glob('.sheet*'))


@pytest.mark.parametrize(
    ('name', 'num_images', 'message'),
    [
        ('sheet.jpg', 1, r'PNG, but got .*sheet\.jpg'),
        ('sheet.png', 0, 'num_images must be at least 1, got 0'),
        ('tiny.pth/sheet.png', 1, r'cannot write to .*tiny\.pth'),
    ],
)
def test_bad_arguments(root, checkpoint, name, num_images, message):
    with pytest.raises(ValueError, match=message):
        draw_contact_sheet(
            make_config(root), checkpoint, root / name, num_images
        )


def draw(root, config):
    return draw_contact_sheet(config, root / 'tiny.pth', root / 'sheet.png')


@pytest.mark.usefixtures('checkpoint')
class TestInputsThatDoNotFit:
    def test_config_without_test_data(self, root):
        config = make_config(root)
        config.pop('test_dataloader')
        with pytest.raises(ValueError, match='no test_dataloader'):
            draw(root, config)

    def test_test_data_without_labels(self, root):
        config = make_config(root)
        config.test_dataloader.dataset.pipeline = [
            {'type': 'LoadImageFromFile'},
            {'type': 'PackSegInputs'},
        ]
        with pytest.raises(ValueError, match='no LoadAnnotations'):
            draw(root, config)

    def test_other_number_of_classes(self, root):
        metainfo = {'classes': ('a', 'b'), 'palette': PALETTE[:2]}
        with pytest.raises(ValueError, match='2 classes to test, 3 in'):
            draw(root, make_config(root, metainfo=metainfo))

    def test_missing_label_file(self, root):
        (root / 'labels' / '2.png').unlink()
        with pytest.raises(FileNotFoundError, match=r'2\.png'):
            draw(root, make_config(root))

    def test_unreadable_image(self, root):
        (root / 'images' / '2.jpg').write_text('no image')
        with pytest.raises(OSError, match=r'cannot read .*2\.jpg'):
            draw(root, make_config(root))

    def test_labels_of_another_size(self, root):
        Image.new('L', (8, 9)).save(root / 'labels' / '2.png')
        with pytest.raises(ValueError, match=r'2\.jpg .* labels \(9, 8\)'):
            draw(root, make_config(root))

    def test_empty_data_set(self, root):
        (root / 'none').mkdir()
        prefix = {'img_path': 'none', 'seg_map_path': 'none'}
        with pytest.raises(ValueError, match='has it any images'):
            draw(root, make_config(root, data_prefix=prefix))
