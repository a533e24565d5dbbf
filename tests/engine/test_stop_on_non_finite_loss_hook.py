import pytest
import torch
from mmseg.structures import SegDataSample
from support.runs import make_runner, names

from refinenet_mmseg.engine.hooks.stop_on_non_finite_loss_hook import (
    StopOnNonFiniteLossHook,
)


@pytest.mark.parametrize('value', [float('nan'), float('-inf')])
@pytest.mark.parametrize('iteration', [4, 5])
def test_stops_before_a_checkpoint_is_written(tmp_path, value, iteration):
    runner = make_runner(tmp_path, max_keep_ckpts=1)
    runner.model.loss_at = {iteration: value}
    with pytest.raises(
        FloatingPointError,
        match=rf'loss of iteration {iteration} is not finite \(loss: ',
    ):
        runner.train()
    assert names(tmp_path) == [f'iter_{2 if iteration == 4 else 4}.pth']


def test_names_the_files_of_the_batch(tmp_path):
    runner = make_runner(tmp_path)
    outputs = dict(loss=1.0)
    outputs['decode.loss_ce'] = float('nan')
    for name, value in outputs.items():
        runner.message_hub.update_scalar(f'train/{name}', value)
    samples = [
        SegDataSample(metainfo=dict(img_path=name))
        for name in ('a.jpg', 'b.jpg')
    ]
    batch = dict(inputs=torch.zeros(2), data_samples=samples)
    with pytest.raises(
        FloatingPointError,
        match=r'iteration 7 .*\(decode\.loss_ce: nan\).*: a\.jpg, b\.jpg\.',
    ):
        StopOnNonFiniteLossHook().after_train_iter(runner, 6, batch, outputs)
