from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from support.miniatures import small_target

from refinenet_mmseg.submissions import ImageFile
from refinenet_mmseg.submissions.parts import Parts

FIRST = {'cityscapes': (7, 33), 'voc2012': (0, 20), 'ade20k': (1, 150)}


@pytest.mark.parametrize('name', sorted(FIRST))
def test_every_class_gets_its_value(tmp_path, name):
    target = small_target(name)
    number = len(target.classes)
    parts = Parts(tmp_path / 'parts', target, {'config': 'a'})
    image = ImageFile(Path('a.jpg'), (number, 2))
    labels = np.tile(np.arange(number, dtype=np.uint8), (2, 1))
    parts.write(image, labels)
    with Image.open(parts.path(image)) as written:
        values = np.array(written)
    np.testing.assert_array_equal(values, np.tile(target.labels, (2, 1)))
    assert (values.min(), values.max()) == FIRST[name]
    if name != 'voc2012':
        read = cv2.imread(str(parts.path(image)), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(read, values)


def test_damaged_record_is_refused(tmp_path):
    target = small_target('ade20k')
    Parts(tmp_path, target, {'config': 'a'})
    Parts(tmp_path, target, {'config': 'a'})
    (tmp_path / 'made_by.json').write_text('{')
    with pytest.raises(ValueError, match='another config; delete the folder'):
        Parts(tmp_path, target, {'config': 'a'})
