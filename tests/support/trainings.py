"""Small trainings that are killed and resumed."""

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from refinenet_mmseg.engine.checkpoint_files import find_intact_checkpoint
from refinenet_mmseg.safe_loading import read_checkpoint

HERE = Path(__file__).parent
SCRIPT = HERE / 'killed_training.py'
CONFIG = HERE.parent / 'reliability' / 'training_config.py'
TOOLS = HERE.parents[1] / 'tools'
KILLED = -9
TRAINED = re.compile(r'Iter\(train\) \[ *(\d+)/')
# Options of a training of seconds.
SHORT = (
    'randomness.seed=0',
    'train_cfg.max_iters=12',
    'param_scheduler.0.end=12',
    'train_cfg.val_interval=6',
    'default_hooks.checkpoint.interval=3',
)


@dataclass
class Kill:
    """The end of a killed process, and the checkpoint that it left."""

    moment: str
    reached: int
    kept: int
    leftovers: list[str]

    @property
    def lost(self):
        return self.reached - self.kept


class Training:
    """A training in a folder, started again and again.

    Args:
        folder: Its work folder, beside the ``data``.
        options: Values of the config to override.
        start: Starts a process and returns the status of its end.
    """

    def __init__(self, folder, start, *options):
        self.folder = folder
        self.options = options
        self.start = start
        self.runs = 0
        self.log = ''

    def run(self, moment='never', times=1, **limits):
        """Train until the end or the kill; return the status."""
        self.runs += 1
        log = self.folder.with_name(f'{self.folder.name}_{self.runs}.log')
        status = self.start(
            [
                *(
                    moment,
                    str(times),
                    str(TOOLS / 'train.py'),
                    str(CONFIG),
                    '--resume',
                ),
                *('--work-dir', str(self.folder), '--cfg-options'),
                *self.options,
            ],
            cwd=str(self.folder.parent),
            log=str(log),
            **limits,
        )
        self.log = log.read_text()
        return status

    def kill(self, moment='never', times=1, **limits):
        """Train until the kill, and read what is left."""
        before = self.kept()
        status = self.run(moment, times, **limits)
        assert status == KILLED, (moment, status, self.log[-3000:])
        steps = TRAINED.findall(self.log)
        if 'The moment has come' not in self.log:
            moment = 'training' if steps else 'start-up'
        return Kill(
            moment,
            max([before, *map(int, steps)]),
            self.kept(),
            sorted(path.name for path in self.folder.glob('.*.partial*')),
        )

    def kept(self):
        """Return the iteration that the next process would resume from."""
        if not self.folder.exists():
            return 0
        found = find_intact_checkpoint(str(self.folder))
        return 0 if found is None else read_checkpoint(found)['meta']['iter']

    def result(self):
        """Read the results of a finished training."""
        steps = list(self.folder.glob('iter_*.pth'))
        bests = list(self.folder.glob('best_*.pth'))
        assert len(steps) == len(bests) == 1, (steps, bests)
        last = read_checkpoint(steps[0])
        hub = last['message_hub']
        return dict(
            name=steps[0].name,
            best_name=bests[0].name,
            best=read_checkpoint(bests[0])['state_dict'],
            best_score=hub['runtime_info']['best_score'],
            losses=hub['log_scalars']['train/loss'].data[0].tolist(),
            **{
                key: last[key]
                for key in (
                    'state_dict',
                    'ema_state_dict',
                    'optimizer',
                    'param_schedulers',
                )
            },
        )


def differences(one, other, where=''):
    """List the fields in which two results differ in any bit."""
    if isinstance(one, torch.Tensor):
        return [] if torch.equal(one, other) else [where]
    if isinstance(one, dict):
        if one.keys() != other.keys():
            return [where]
        pairs = [(key, one[key], other[key]) for key in one]
    elif isinstance(one, list | tuple):
        if len(one) != len(other):
            return [where]
        pairs = list(zip(range(len(one)), one, other, strict=True))
    else:
        return [] if one == other else [where]
    return [
        difference
        for key, mine, others in pairs
        for difference in differences(mine, others, f'{where}/{key}')
    ]


def environments(count, port):
    """Return the environment variables of a launcher's processes."""
    return [
        dict(
            RANK=str(rank),
            LOCAL_RANK=str(rank),
            WORLD_SIZE=str(count),
            LOCAL_WORLD_SIZE=str(count),
            MASTER_ADDR='127.0.0.1',
            MASTER_PORT=port,
        )
        for rank in range(count)
    ]


def start_process(arguments, cwd, log, seconds=None, iterations=None):
    """Start a process as a user does, imports and all.

    It is killed after ``seconds``, or that long after it has trained for a
    number of iterations, if at all.
    """
    with open(log, 'w') as file:
        process = subprocess.Popen(
            [sys.executable, SCRIPT, *arguments],
            cwd=cwd,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    if iterations is not None:
        while process.poll() is None and iterations > len(
            TRAINED.findall(Path(log).read_text())
        ):
            time.sleep(0.05)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


class Forks:
    """Starts processes by forking one that has imported everything."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, arguments, cwd, log, ranks=()):
        request = dict(
            arguments=arguments,
            cwd=cwd,
            log=log,
            ranks=ranks,
        )
        self.process.stdin.write(json.dumps(request) + '\n')
        self.process.stdin.flush()
        # Packages print what they cannot import.
        while not (line := self.process.stdout.readline()).startswith(
            'status '
        ):
            assert line, 'the process that forks has ended'
        return int(line.split()[1])

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
