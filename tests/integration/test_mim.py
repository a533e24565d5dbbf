from commands import CONFIG, CONFIG_NAME, run
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


def test_gridsearch_trains_every_point(tmp_path, shapes):
    # gridsearch hands no key=value options on
    loader = dict(
        num_workers=0,
        persistent_workers=False,
        dataset=dict(data_root=str(shapes)),
    )
    config = tmp_path / 'tiny.py'
    config.write_text(
        f'_base_ = {CONFIG!r}\n'
        f'train_dataloader = dict(batch_size=2, **{loader})\n'
        f'val_dataloader = {loader}\n'
        'model = dict(data_preprocessor=dict(size=(64, 64)))\n'
        'train_cfg = dict(max_iters=2, val_interval=2)\n'
        'default_hooks = dict(checkpoint=dict(interval=2))\n'
    )
    run(
        *('mim', 'gridsearch', 'refinenet_mmseg', config, '--work-dir', 'g'),
        *('--search-args', '--optim_wrapper.optimizer.lr 1e-3 1e-4'),
        cwd=tmp_path,
    )
    assert len(list(tmp_path.glob('g_search_*/iter_2.pth'))) == 2


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
