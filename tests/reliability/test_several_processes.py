"""Four processes: all variants train, each image is tested once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.trainings import (
    CONFIG,
    HERE,
    SHORT,
    TOOLS,
    TRAINED,
    Training,
    environments,
)

PROCESSES = 4
ABLATIONS = (
    'single',
    '2-cascaded',
    '2-scale',
    'no-pooling',
    '2-stage-pooling',
    'improved-pooling',
    '2-stage-improved-pooling',
)
VARIANTS = [
    'refinenet_r50_1xb1-paper_nyudv2-400x400',
    'light_weight_refinenet_r50_1xb1-paper_nyudv2-400x400',
    *(f'refinenet_r50-{name}_1xb1-paper_nyudv2-400x400' for name in ABLATIONS),
]


def start(forks, log, tool, *arguments, ranks=()):
    status = forks(
        ['never', '1', str(tool), *map(str, arguments)],
        cwd=str(log.parent),
        log=str(log),
        ranks=ranks,
    )
    text = log.read_text()
    assert status == 0, text[-4000:]
    return text


def test_every_parameter_of_every_variant_takes_part(forks, tmp_path, port):
    output = start(
        forks,
        tmp_path / 'log',
        HERE / 'config_networks.py',
        *VARIANTS,
        ranks=environments(PROCESSES, port),
    )
    for name in VARIANTS:
        assert output.count(f'trained {name}') == PROCESSES


def test_each_image_counts_once(forks, forked, port):
    """Three images on four processes: one has none of its own."""
    training = forked(
        'scored',
        *SHORT,
        'train_cfg.max_iters=1',
        'train_cfg.val_interval=2',
    )
    training.run()
    checkpoint = training.folder / 'iter_1.pth'
    scores = []
    for ranks in ((), environments(PROCESSES, port)):
        work_dir = training.folder.with_name(f'scores_of_{len(ranks)}')
        start(
            forks,
            work_dir.with_suffix('.log'),
            TOOLS / 'test.py',
            *(CONFIG, checkpoint, '--work-dir', work_dir),
            *(('--launcher', 'pytorch') if ranks else ()),
            ranks=ranks,
        )
        (file,) = work_dir.glob('*/2*.json')
        score = json.loads(file.read_text())
        scores.append({key: score[key] for key in ('aAcc', 'mIoU', 'mAcc')})
    assert scores[0] == scores[1]
    assert scores[0]['aAcc'] > 0


class Nodes:
    """Starts dist_train.sh on "machines" that are this one."""

    def __init__(self, port, nodes, processes):
        self.port = port
        self.nodes = nodes
        self.processes = processes
        self.kill_at = None

    def __call__(self, arguments, cwd, log):
        _, _, _, config, *options = arguments
        launchers = []
        for node in range(self.nodes):
            with open(f'{log}.{node}', 'w') as file:
                launchers.append(
                    subprocess.Popen(
                        [
                            *(TOOLS / 'dist_train.sh', config),
                            *(str(self.processes), *options),
                        ],
                        cwd=cwd,
                        env={
                            **os.environ,
                            'NNODES': str(self.nodes),
                            'NODE_RANK': str(node),
                            'PORT': self.port,
                            'PYTHON': sys.executable,
                        },
                        stdout=file,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )
                )
        try:
            if self.kill_at is not None:
                self._wait_for(log, self.kill_at)
                # The last process of the last machine.
                os.kill(self._number_of(launchers[-1]), signal.SIGKILL)
                self.killed = time.monotonic()
            statuses = [launcher.wait(300) for launcher in launchers]
            self.ended = time.monotonic()
        finally:
            for launcher in launchers:
                if launcher.poll() is None:
                    os.killpg(launcher.pid, signal.SIGKILL)
            logs = [Path(f'{log}.{n}') for n in range(self.nodes)]
            Path(log).write_text(''.join(one.read_text() for one in logs))
        assert len({bool(status) for status in statuses}) == 1, statuses
        return statuses[0]

    def _wait_for(self, log, iteration):
        until = time.monotonic() + 300
        while str(iteration) not in TRAINED.findall(
            text := Path(f'{log}.0').read_text()
        ):
            assert time.monotonic() < until, text
            time.sleep(0.1)

    def _number_of(self, launcher):
        """Find the process of the launcher's last rank."""
        last = f'LOCAL_RANK={self.processes - 1}'.encode()
        for folder in Path('/proc').glob('[0-9]*'):
            try:
                parent = (folder / 'stat').read_text().rsplit(')', 1)[1]
                variables = (folder / 'environ').read_bytes().split(b'\0')
            except OSError:
                continue
            if int(parent.split()[1]) == launcher.pid and last in variables:
                return int(folder.name)
        raise AssertionError('no process to kill')


@pytest.mark.parametrize(
    ('nodes', 'processes'),
    [
        pytest.param(1, 2, marks=pytest.mark.integration, id='two processes'),
        pytest.param(1, 4, marks=pytest.mark.reliability, id='four'),
        pytest.param(2, 2, marks=pytest.mark.reliability, id='two machines'),
    ],
)
def test_a_killed_process_ends_all_and_the_run_resumes(
    shapes_folder, port, nodes, processes
):
    name = f'{nodes}_of_{processes}'
    launcher = Nodes(port, nodes, processes)
    whole = Training(shapes_folder / f'whole_{name}', launcher, *SHORT)
    assert whole.run() == 0, whole.log[-4000:]
    assert 'Distributed training: True' in whole.log
    assert f'GPU number: {nodes * processes}' in whole.log

    killed = Training(shapes_folder / f'killed_{name}', launcher, *SHORT)
    launcher.kill_at = 8
    assert killed.run() != 0
    seconds = launcher.ended - launcher.killed
    print(f'{nodes} x {processes} processes ended after {seconds:.1f} s')
    assert seconds < 60
    assert 'Signal 9 (SIGKILL)' in killed.log
    kept = killed.kept()
    assert kept >= 6
    launcher.kill_at = None
    assert killed.run() == 0, killed.log[-4000:]
    expected, result = whole.result(), killed.result()
    # The first one after the resume is of the same images and weights. Its
    # gradients differ in the last digit: a process sums those of its first
    # step up in another order.
    assert result['losses'][: kept + 1] == expected['losses'][: kept + 1]
    assert result['losses'] == pytest.approx(expected['losses'], rel=0.01)
