import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from mmengine import Config
from mmseg.apis import init_model
from PIL import Image

from refinenet_mmseg.inference import contact_sheet, draw_contact_sheet
from refinenet_mmseg.inference.contact_sheet import Sample

CLASSES = ('sky', 'road', '_tree')
PALETTE = [[10, 20, 30], [200, 100, 0], [0, 250, 5]]


def make_config(root, num_classes=3, **dataset):
    norm = {'type': 'BN'}
    pipeline = [
        {'type': 'LoadImageFromFile'},
        {'type': 'Resize', 'scale': (40, 32), 'keep_ratio': True},
        {'type': 'LoadAnnotations'},
        {'type': 'PackSegInputs'},
    ]
    return Config(
        {
            'model': {
                'type': 'EncoderDecoder',
                'data_preprocessor': {'type': 'SegDataPreProcessor'},
                'backbone': {
                    'type': 'ResNet',
                    'depth': 18,
                    'base_channels': 4,
                    'stem_channels': 4,
                    'num_stages': 1,
                    'strides': (1,),
                    'dilations': (1,),
                    'out_indices': (0,),
                    'norm_cfg': norm,
                },
                'decode_head': {
                    'type': 'FCNHead',
                    'in_channels': 4,
                    'in_index': 0,
                    'channels': 4,
                    'num_convs': 1,
                    'concat_input': False,
                    'num_classes': num_classes,
                    'norm_cfg': norm,
                },
                'test_cfg': {'mode': 'whole'},
            },
            'test_pipeline': pipeline,
            'test_dataloader': {
                'dataset': {
                    'type': 'BaseSegDataset',
                    'data_root': str(root),
                    'data_prefix': {
                        'img_path': 'images',
                        'seg_map_path': 'labels',
                    },
                    'metainfo': {'classes': CLASSES, 'palette': PALETTE},
                    'pipeline': pipeline,
                    'test_mode': True,
                    **dataset,
                }
            },
        }
    )


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
    model = init_model(make_config(root), device='cpu')
    torch.save({'state_dict': model.state_dict()}, root / 'tiny.pth')
    return root / 'tiny.pth'


@pytest.fixture
def drawn(monkeypatch):
    """What the sheet is drawn from; an empty one is drawn, for speed."""
    caught = {}

    def catch(samples, names, palette):
        caught['samples'] = samples
        return Figure()

    monkeypatch.setattr(contact_sheet, '_draw_figure', catch)
    return caught


def test_writes_a_png(root, checkpoint, monkeypatch):
    monkeypatch.setattr(contact_sheet, 'DPI', 40)  # for speed
    make_config(root).dump(root / 'tiny.py')
    out = draw_contact_sheet(
        root / 'tiny.py', checkpoint, root / 'new' / 'sheet.png', 3, 'cpu'
    )
    assert out == root / 'new' / 'sheet.png'
    # Nothing else is left beside the sheet.
    assert [p.name for p in out.parent.iterdir()] == ['sheet.png']
    with Image.open(out) as sheet:
        assert sheet.format == 'PNG'
        # Width 12 inches, and rows of about a quarter of it each.
        assert sheet.width == 12 * 40
        assert 3 * 100 < sheet.height < 3 * 150
        shown = {color[:3] for _, color in sheet.getcolors(2**24)}
    assert shown >= {tuple(color) for color in PALETTE}


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


def test_titles_and_legend():
    truth = np.array([[0, 0, 1, 255]], np.uint8).repeat(2, axis=0)
    prediction = np.array([[0, 1, 1, 2]], np.uint8).repeat(2, axis=0)
    image = np.zeros((2, 4, 3), np.uint8)
    figure = contact_sheet._draw_figure(
        [Sample('a $name$', image, truth, prediction)], CLASSES, PALETTE
    )
    titles = [axis.get_title() for axis in figure.axes]
    # IoU of sky 1/2 and of road 1/2; tree is at ignored pixels alone.
    scores = 'mIoU 50.0%, pixel accuracy 66.7%'
    assert titles == ['a $name$', 'truth', f'prediction: {scores}']
    assert not any(axis.title.get_parse_math() for axis in figure.axes)
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == [*CLASSES, 'ignored']


def test_row_without_a_labeled_pixel():
    nothing = np.full((2, 4), 255, np.uint8)
    image = np.zeros((2, 4, 3), np.uint8)
    sample = Sample('a', image, nothing, np.zeros((2, 4), np.uint8))
    figure = contact_sheet._draw_figure([sample], CLASSES, PALETTE)
    assert figure.axes[2].get_title() == 'prediction: no labeled pixel'


def test_rows_and_legend_do_not_overlap():
    image = np.zeros((30, 60, 3), np.uint8)
    labels = np.zeros((30, 60), np.uint8)
    names = [f'class of a long name {index}' for index in range(60)]
    palette = [[index, 0, 0] for index in range(60)]
    samples = [Sample(str(i), image, labels, labels) for i in range(2)]
    figure = contact_sheet._draw_figure(samples, names, palette)
    figure.draw_without_rendering()
    legend = figure.legends[0].get_window_extent()
    boxes = [axis.get_tightbbox() for axis in figure.axes]
    assert legend.y0 >= 0
    assert legend.y1 <= min(box.y0 for box in boxes)
    assert legend.x0 >= 0
    assert legend.x1 <= figure.bbox.x1
    for box in boxes[3:]:
        assert box.y1 <= boxes[0].y0


def test_very_long_sheet_stays_within_matplotlibs_limit():
    image = np.zeros((600, 10, 3), np.uint8)
    labels = np.zeros((600, 10), np.uint8)
    samples = [Sample('a', image, labels, labels)] * 3
    figure = contact_sheet._draw_figure(samples, CLASSES, PALETTE)
    assert figure.bbox.height < 2**16


def test_failed_drawing_keeps_the_old_sheet(root, checkpoint, drawn):
    out = root / 'sheet.png'
    out.write_text('old')

    def fail(self, file, **options):
        file.write_text('half')
        raise OSError('disk full')

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, 'savefig', fail)
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
        with pytest.raises(ValueError, match=r'cannot read .*2\.jpg'):
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
