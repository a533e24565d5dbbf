from conftest import CONFIG, CONFIG_NAME, run
from mmengine.runner import load_checkpoint
from PIL import Image
from torch import nn


def test_train_writes_a_checkpoint_and_evaluates(trained):
    checkpoint = load_checkpoint(
        nn.Module(), str(trained / 'iter_2.pth'), map_location='cpu'
    )
    assert 'decode_head.conv_seg.weight' in checkpoint['state_dict']
    assert 'stroke' in checkpoint['meta']['dataset_meta']['classes']
    assert list(trained.glob('best_mIoU_iter_2.pth'))
    assert (trained / 'config.py').exists()


def test_train_finds_a_config_by_its_bare_name(tmp_path, tiny):
    run(*('mim', 'train', 'refinenet_mmseg', CONFIG_NAME, *tiny), cwd=tmp_path)
    work_dir = tmp_path / 'work_dirs' / CONFIG_NAME.removesuffix('.py')
    assert (work_dir / 'iter_2.pth').exists()
    # mim would find a second file of this name, were it in a checkout
    assert not list(tmp_path.rglob(CONFIG_NAME))


def test_train_through_mmsegs_own_script(tmp_path, tiny):
    output = run(
        *('mim', 'train', 'mmsegmentation', CONFIG, '--work-dir', 'run'),
        *tiny,
        cwd=tmp_path,
    )
    assert 'mmseg/.mim/tools/train.py' in output
    assert (tmp_path / 'run' / 'iter_2.pth').exists()


def test_test_with_output_pictures_and_augmentation(tmp_path, trained, tiny):
    output = run(
        *('mim', 'test', 'refinenet_mmseg', CONFIG),
        *('--checkpoint', trained / 'iter_2.pth'),
        *('--out', 'labels', '--show-dir', 'pictures', '--tta'),
        *('--work-dir', 'run', *tiny),
        cwd=tmp_path,
    )
    assert 'mIoU' in output
    labels = sorted((tmp_path / 'labels').glob('*.png'))
    assert len(labels) == 3
    assert Image.open(labels[0]).size == (64, 64)
    assert len(list(tmp_path.rglob('pictures/**/*.png'))) == 3


def test_run_starts_a_tool(tmp_path):
    run(
        *('mim', 'run', 'refinenet_mmseg', 'make_shapes_dataset', 'shapes'),
        *('--num-train', 1, '--num-val', 1, '--size', 64),
        cwd=tmp_path,
    )
    assert len(list((tmp_path / 'shapes').rglob('*.png'))) >= 2


def test_gridsearch_trains_every_point(tmp_path, tiny):
    run(
        *('mim', 'gridsearch', 'refinenet_mmseg', CONFIG, '--work-dir', 'g'),
        *('--search-args', '--optim_wrapper.optimizer.lr 1e-3 1e-4'),
        *tiny,
        cwd=tmp_path,
    )
    assert len(list((tmp_path / 'g').rglob('iter_2.pth'))) == 2


def test_search_reads_the_index(tmp_path):
    output = run('mim', 'search', 'refinenet_mmseg', cwd=tmp_path)
    assert CONFIG_NAME.removesuffix('.py') in output.replace('\n', '')


def test_list_knows_the_package(tmp_path):
    assert 'refinenet' in run('mim', 'list', cwd=tmp_path)


def test_test_through_mmsegs_own_script(tmp_path, trained, tiny):
    output = run(
        *('mim', 'test', 'mmsegmentation', CONFIG),
        *('--checkpoint', trained / 'iter_2.pth'),
        *('--tta', '--out', 'labels', '--work-dir', 'run', *tiny),
        cwd=tmp_path,
    )
    assert 'mIoU' in output
    assert len(list((tmp_path / 'labels').glob('*.png'))) == 3
