"""Run of a tool that is killed at a chosen moment.

    python killed_training.py MOMENT TIMES TOOL [arguments of the tool]

kills at the TIMES-th MOMENT; ``never`` is one. Without arguments it imports
what training needs, then forks a process for each request on standard input:
a line of JSON with ``arguments`` (as above), ``cwd``, ``log`` and ``seconds``
after which the process is killed, or null. It prints the exit status: if
negative, that of the signal.
"""

import json
import os
import runpy
import signal
import sys
import time
from pathlib import Path

import torch
from mmengine.fileio import LocalBackend
from mmengine.runner import Runner

from refinenet_mmseg.engine import checkpoint_files


def die():
    os.write(1, b'The moment has come.\n')
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def put_half(self, obj, filepath):
    with open(filepath, 'wb') as file:
        file.write(obj[: len(obj) // 2])
        file.flush()
        die()


def dies(*args, **kwargs):
    die()


def is_best(*args, **kwargs):
    return Path(str(args[-1])).name.lstrip('.').startswith('best_')


def is_pointer(*args, **kwargs):
    return 'last_checkpoint' in str(args)


def is_step(*args, **kwargs):
    return Path(str(args[-1])).name.lstrip('.').startswith('iter_')


# Name: owner and name of a function, calls that count, and the replacement.
MOMENTS = {
    'half of a checkpoint written': (LocalBackend, 'put', is_step, put_half),
    'half of the best one written': (LocalBackend, 'put', is_best, put_half),
    'checkpoint written, not yet read': (
        checkpoint_files,
        'is_intact',
        is_step,
        dies,
    ),
    'checkpoint not yet renamed': (os, 'replace', is_step, dies),
    'last_checkpoint not yet renamed': (os, 'replace', is_pointer, dies),
    'old checkpoint not yet removed': (LocalBackend, 'remove', is_step, dies),
    'old best one not yet removed': (LocalBackend, 'remove', is_best, dies),
    'checkpoint being loaded': (torch, 'load', None, dies),
    'optimizer being restored': (
        torch.optim.Optimizer,
        'load_state_dict',
        None,
        dies,
    ),
    'validation': (
        Runner,
        'call_hook',
        lambda *a, **k: 'val_iter' in str(a),
        dies,
    ),
}


def install(moment, times):
    if moment == 'never':
        return
    owner, name, counts, action = MOMENTS[moment]
    original = getattr(owner, name)
    seen = 0

    def patched(*args, **kwargs):
        nonlocal seen
        if counts is None or counts(*args, **kwargs):
            seen += 1
            if seen == times:
                return action(*args, **kwargs)
        return original(*args, **kwargs)

    setattr(owner, name, patched)


def train(moment, times, tool, *arguments):
    install(moment, int(times))
    sys.argv = [tool, *arguments]
    runpy.run_path(tool, run_name='__main__')


def fork(arguments, cwd, log, environment):
    """Fork a process that trains; return its ID."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.environ.update(environment)
        os.chdir(cwd)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        descriptor = os.open(log, flags)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        train(*arguments)
        status = 0
    except SystemExit as end:
        status = end.code
    finally:
        if status:
            sys.excepthook(*sys.exc_info())
        sys.stdout.flush()
        os._exit(status)


def answer(arguments, cwd, log, ranks):
    children = [
        fork(arguments, cwd, log, environment) for environment in ranks or [{}]
    ]
    statuses = [
        os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        for child in children
    ]
    return min(statuses) or max(statuses)


if __name__ == '__main__':
    if len(sys.argv) > 1:
        train(*sys.argv[1:])
    else:
        for line in sys.stdin:
            print('status', answer(**json.loads(line)), flush=True)
