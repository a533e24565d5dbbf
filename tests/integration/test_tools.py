import shutil
import sys

import numpy as np
from PIL import Image
from support.commands import CONFIG, CONFIG_NAME, TOOLS, run

from refinenet_mmseg.evaluation.results import read_result


def test_train_resumes_in_the_devices_precision(tmp_path, trained, tiny):
    work_dir = tmp_path / 'run'
    shutil.copytree(trained, work_dir)
    command = (sys.executable, TOOLS / 'train.py', CONFIG, '--amp')
    longer = [option.replace('max_iters=2', 'max_iters=4') for option in tiny]
    output = run(
        *command, '--resume', '--work-dir', work_dir, *longer, cwd=tmp_path
    )
    assert 'Mixed precision through Bf16OptimWrapper' in output
    assert 'resumed epoch: 0, iter: 2' in output
    assert 'Iter(train) [3/4]' in output
    assert 'Iter(train) [1/4]' not in output
    assert (work_dir / 'iter_4.pth').exists()


def test_test_evaluates(tmp_path, trained, tiny):
    output = run(
        *(sys.executable, TOOLS / 'test.py', CONFIG, trained / 'iter_2.pth'),
        *tiny,
        cwd=tmp_path,
    )
    assert 'mIoU' in output
    work_dir = tmp_path / 'work_dirs' / CONFIG_NAME.removesuffix('.py')
    result = read_result(work_dir / 'result_val.json')
    assert result['command'].startswith('tools/test.py ')
    assert result['checkpoint'] == 'iter_2.pth'
    assert result['iterations'] == 2


def test_several_processes_train_and_test(tmp_path, tiny, port):
    output = run(
        *(TOOLS / 'dist_train.sh', CONFIG, 2, '--work-dir', 'run', *tiny),
        cwd=tmp_path,
        PORT=port,
    )
    assert 'Distributed training: True' in output
    result = read_result(tmp_path / 'run' / 'result.json')
    assert (result['processes'], result['num_images']) == (2, 3)
    checkpoint = tmp_path / 'run' / 'iter_2.pth'
    output = run(
        *(TOOLS / 'dist_test.sh', CONFIG, checkpoint, 2, *tiny),
        cwd=tmp_path,
        PORT=port,
    )
    # three images on two processes
    assert 'Iter(test) [2/2]' in output
    assert 'mIoU' in output


def test_slurm_starts_the_tool_as_a_job(tmp_path):
    srun = tmp_path / 'bin' / 'srun'
    srun.parent.mkdir()
    srun.write_text('#!/bin/sh\necho srun "$@"\n')
    srun.chmod(0o755)
    output = run(
        *('env', f'PATH={srun.parent}:/usr/bin:/bin', 'GPUS=16'),
        *(TOOLS / 'slurm_train.sh', 'gpu', 'name', CONFIG, '--amp'),
        cwd=tmp_path,
        SRUN_ARGS='--qos high',
    )
    assert '--partition=gpu --job-name=name --ntasks=16' in output
    assert '--qos high' in output
    assert output.endswith(f'{CONFIG} --launcher slurm --amp\n')


def test_predict_writes_labels_and_overlays(tmp_path, trained, shapes):
    images = shapes / 'img_dir' / 'val'
    run(
        *(sys.executable, TOOLS / 'predict.py', CONFIG),
        *(trained / 'iter_2.pth', images, '--out', 'out'),
        *('--cfg-options', 'model.decode_head.channels=16'),
        cwd=tmp_path,
    )
    labels = sorted((tmp_path / 'out' / 'labels').iterdir())
    assert [path.stem for path in labels] == sorted(
        path.stem for path in images.iterdir()
    )
    assert np.asarray(Image.open(labels[0])).max() < 7
    assert len(list((tmp_path / 'out' / 'overlays').iterdir())) == 3


def test_demo_ends_with_the_score_and_the_picture(tmp_path):
    output = run(
        *(sys.executable, TOOLS / 'demo.py', '--num-train', 4),
        *('--num-val', 2, '--cfg-options', 'train_cfg.max_iters=2'),
        *('train_cfg.val_interval=2', 'train_dataloader.num_workers=0'),
        'train_dataloader.persistent_workers=False',
        'train_dataloader.batch_size=2',
        'default_hooks.checkpoint.interval=2',
        cwd=tmp_path,
    )
    word, score, name, picture = output.splitlines()[-1].split()
    assert (word, name) == ('mIoU', 'picture')
    assert 0 <= float(score) <= 100
    assert Image.open(tmp_path / picture).width > 300
