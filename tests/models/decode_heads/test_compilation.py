"""The heads under torch's compiler, exporter, autocast and checkpointing."""

import pytest
import torch
from support.heads import HEADS, build_head, features
from torch.torch_version import TorchVersion

needs_torch_26 = pytest.mark.skipif(
    TorchVersion(torch.__version__) < (2, 6),
    reason='needs torch 2.6: older ones specialize on sizes',
)


@pytest.fixture(autouse=True)
def forget_compiled_code():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


class Compiler:
    """Run graphs as they are, and count them."""

    def __init__(self):
        self.graphs = []

    def __call__(self, graph, inputs):
        self.graphs.append(graph)
        return graph.forward


# Two levels are enough, and compile in seconds. No edge length of the first
# image may equal a width: the compiler would take one for the other.
CHANNELS = (4, 520)
FIRST_SIZE = (72, 104)
OTHER_SIZES = [(73, 105), (100, 75), (255, 131), (128, 128)]


def build_small_head(head_type='RefineNetHead', **arguments):
    return build_head(
        head_type,
        in_channels=list(CHANNELS),
        num_adapt_units=1,
        num_output_units=1,
        **arguments,
    )


def pyramid(height, width, batch_size=2):
    """Make a backbone's levels for an image of the given size."""
    sizes = [(height // 4, width // 4), (height // 8, width // 8)]
    return features(batch_size, CHANNELS, sizes)


@pytest.mark.parametrize('head_type', HEADS)
@pytest.mark.parametrize('training', [True, False])
def test_compiles_into_one_graph(head_type, training):
    head = build_small_head(
        head_type, feature_dropout_ratio=0, dropout_ratio=0
    ).train(training)
    compiler = Compiler()
    compiled = torch.compile(head, fullgraph=True, backend=compiler)
    inputs = pyramid(*FIRST_SIZE)
    torch.testing.assert_close(compiled(inputs), head(inputs))
    assert len(compiler.graphs) == 1
    # torch's own pooling, which compilers know
    assert 'max_pool2d' in compiler.graphs[0].code
    assert 'LeanMaxPooling' not in compiler.graphs[0].code


@needs_torch_26
@pytest.mark.parametrize('head_type', HEADS)
@pytest.mark.parametrize('align_corners', [True, False])
def test_sizes_do_not_compile_again(head_type, align_corners):
    head = build_small_head(head_type, align_corners=align_corners).eval()
    compiler = Compiler()
    compiled = torch.compile(
        head, fullgraph=True, dynamic=True, backend=compiler
    )
    for size in [FIRST_SIZE, *OTHER_SIZES]:
        inputs = pyramid(*size)
        torch.testing.assert_close(compiled(inputs), head(inputs))
    assert len(compiler.graphs) == 1


@needs_torch_26
def test_sizes_do_not_compile_again_in_training():
    head = build_small_head(feature_dropout_ratio=0, dropout_ratio=0)
    compiler = Compiler()
    compiled = torch.compile(
        head, fullgraph=True, dynamic=True, backend=compiler
    )
    for size in [FIRST_SIZE, *OTHER_SIZES]:
        inputs = pyramid(*size)
        compiled(inputs).sum().backward()
    assert len(compiler.graphs) == 1


@needs_torch_26
@pytest.mark.parametrize('head_type', HEADS)
def test_an_exported_head_takes_other_sizes(head_type):
    head = build_small_head(head_type).eval()
    auto = torch.export.Dim.AUTO
    exported = torch.export.export(
        head,
        (pyramid(*FIRST_SIZE),),
        dynamic_shapes=([{0: auto, 2: auto, 3: auto}] * len(CHANNELS),),
    ).module()
    for size, number in zip(OTHER_SIZES, (1, 2, 3, 4), strict=True):
        inputs = pyramid(*size, batch_size=number)
        torch.testing.assert_close(exported(inputs), head(inputs))


@pytest.mark.parametrize('head_type', HEADS)
@pytest.mark.parametrize('channels_last', [True, False])
def test_autocast_and_memory_formats(head_type, channels_last):
    head = build_head(head_type).eval()
    inputs = features()
    expected = head(inputs)
    if channels_last:
        head.to(memory_format=torch.channels_last)
        inputs = [x.to(memory_format=torch.channels_last) for x in inputs]
    torch.testing.assert_close(head(inputs), expected, rtol=1e-4, atol=1e-5)
    with torch.autocast('cpu', torch.bfloat16):
        logits = head(inputs)
    assert logits.dtype == torch.bfloat16
    assert (logits.float() - expected).norm() < 0.03 * expected.norm()
    if channels_last:
        assert logits.is_contiguous(memory_format=torch.channels_last)


def output_and_gradients(head, inputs):
    torch.manual_seed(0)
    inputs = [x.clone().requires_grad_() for x in inputs]
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda x: saved.append(x.numel()) or x, lambda x: x
    ):
        logits = head(inputs)
    logits.square().sum().backward()
    gradients = [p.grad for p in (*head.parameters(), *inputs)]
    head.zero_grad()
    return logits, gradients, sum(saved)


@pytest.mark.parametrize('head_type', HEADS)
def test_checkpointed_blocks_save_less_and_compute_the_same(head_type):
    head = build_head(head_type)
    inputs = features()
    logits, gradients, saved = output_and_gradients(head, inputs)
    for block in head.blocks:
        assert not block.with_cp
        block.with_cp = True
    again, gradients_again, saved_less = output_and_gradients(head, inputs)
    assert torch.equal(logits, again)
    assert all(map(torch.equal, gradients, gradients_again))
    assert saved_less < saved / 2


def test_the_head_checkpoints_every_block():
    assert all(block.with_cp for block in build_head(with_cp=True).blocks)


def test_checkpointing_does_not_touch_inference():
    head = build_head(with_cp=True).eval()
    with torch.no_grad():
        assert head(features()).grad_fn is None
