import pytest
from mmengine.config import Config
from refinenet_mmseg.engine.config_keys import check_keys

from refinenet_mmseg import config_path


@pytest.mark.parametrize(
    ('key', 'meant'),
    [
        ('trian_dataloader', 'train_dataloader'),
        ('param_schedulers', 'param_scheduler'),
        ('load_form', 'load_from'),
        ('custom_hook', 'custom_hooks'),
        ('tta_modle', 'tta_model'),
    ],
)
def test_names_what_was_meant(key, meant):
    with pytest.raises(ValueError, match=f'{key!r}: did you mean {meant!r}'):
        check_keys(['model', key])


def test_variables_are_none_of_its_business():
    check_keys(
        ['data_root_val', 'crop_size', 'train_pipeline', 'model_2', 'lr', 'x']
    )


def test_a_config_of_this_package_is_right():
    name = 'refinenet/refinenet_r18_1xb8-1k_shapes-160x160.py'
    check_keys(Config.fromfile(config_path(name)))
