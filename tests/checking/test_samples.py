from types import SimpleNamespace

from mmcv.transforms import LoadImageFromFile

from refinenet_mmseg.checking.samples import read_samples


class Endless:
    def __init__(self):
        self.read = []

    def __len__(self):
        return 10_000

    def get_data_info(self, index):
        self.read.append(index)
        return {'img_path': f'{index}.png'}


class Single:
    def __init__(self, path):
        self.path = path

    def __len__(self):
        return 1

    def get_data_info(self, index):
        return {'img_path': str(self.path)}


def refuse(results):
    raise RuntimeError('two\nlines')


def make_part(dataset):
    return SimpleNamespace(
        dataset=dataset, image_steps=[refuse], label_steps=[]
    )


def test_samples_come_in_order_and_whatever_a_step_raises_is_noted():
    samples = read_samples(make_part(Endless()), workers=3)
    first = [next(samples) for _ in range(20)]
    samples.close()
    assert [s.image for s in first] == [f'{i}.png' for i in range(20)]
    assert {fault.kind for s in first for fault in s.faults} == {
        'image_missing'
    }


def test_an_interrupted_check_does_not_read_the_rest():
    dataset = Endless()
    samples = read_samples(make_part(dataset), workers=1)
    next(samples)
    samples.close()
    assert len(dataset.read) < len(dataset)


def test_reason_is_one_line(tmp_path):
    path = tmp_path / 'image.png'
    path.write_bytes(b'anything')
    (sample,) = read_samples(make_part(Single(path)))
    assert sample.faults == [('image_unreadable', str(path), 'two')]


def test_step_that_loads_nothing(tmp_path):
    """mmseg would train on another image in place of this one."""
    path = tmp_path / 'image.png'
    path.write_bytes(b'')
    part = make_part(Single(path))
    part.image_steps = [LoadImageFromFile(ignore_empty=True)]
    (sample,) = read_samples(part)
    ((kind, _, detail),) = sample.faults
    assert kind == 'image_unreadable'
    assert detail == 'LoadImageFromFile loads nothing'
