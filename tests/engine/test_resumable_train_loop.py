import torch
from support.small_runner import make_runner


def weights(folder):
    checkpoint = torch.load(folder / 'iter_8.pth', weights_only=False)
    history = checkpoint['message_hub']['log_scalars']['train/loss']
    return checkpoint['state_dict']['weight'], history.data[0].tolist()


def test_an_interruption_leaves_no_trace(tmp_path):
    # No seed is set: the second process takes that of the checkpoint.
    runner = make_runner(tmp_path, max_iters=4)
    runner.train()
    make_runner(tmp_path, resume=True).train()
    weight, losses = weights(tmp_path)
    whole = tmp_path / 'whole'
    runner_of_whole = make_runner(whole)
    runner_of_whole.set_randomness(runner.seed)
    # Whatever else uses random numbers.
    torch.rand(1000)
    runner_of_whole.train()
    expected, expected_losses = weights(whole)
    assert losses == expected_losses
    # Two may be alike: of an input of nothing, the loss is 0.
    assert len(set(losses)) > 4
    assert torch.equal(weight, expected)


def test_another_seed_trains_otherwise(tmp_path):
    losses = []
    for seed in (1, 2):
        runner = make_runner(tmp_path / str(seed))
        runner.set_randomness(seed)
        runner.train()
        losses.append(weights(tmp_path / str(seed))[1])
    assert losses[0] != losses[1]
