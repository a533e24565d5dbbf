"""Exported files run, or are refused with a clear error."""

import numpy as np
import onnx
import pytest
import torch

from refinenet_mmseg.deployment import (
    ExportOptions,
    export_model,
    load_program,
)


def raw_images(number=1, height=40, width=56):
    return np.zeros((number, 3, height, width), np.uint8)


def test_a_static_program_says_what_it_takes(static_program):
    assert static_program(raw_images()).shape == (1, 40, 56)
    for shape in ((1, 48, 56), (1, 40, 57), (3, 40, 56)):
        message = (
            r'static\.onnx takes 1 image of 40x56 pixels alone, got '
            rf'{shape[0]} images? of {shape[1]}x{shape[2]} pixels; .*--dynamic'
        )
        with pytest.raises(ValueError, match=message):
            static_program(raw_images(*shape))


def test_a_wrong_kind_of_image_is_refused(static_program):
    with pytest.raises(ValueError, match='cannot take 1 image of 40x56'):
        static_program(raw_images().astype(np.float32))


def test_torch_programs_run_too(model, tmp_path):
    path = tmp_path / 'program.pt2'
    options = ExportOptions(shape=(24, 40), batch_size=2)
    metadata = export_model(model, path, 'torch-export', options)
    program = load_program(path)
    assert program.metadata == metadata
    assert [p.name for p in tmp_path.iterdir()] == ['program.pt2']
    images = np.random.RandomState(0).randn(2, 3, 24, 40).astype(np.float32)
    with torch.no_grad():
        logits = model._forward(torch.from_numpy(images))
    logits = torch.nn.functional.interpolate(logits, (24, 40), mode='bilinear')
    np.testing.assert_allclose(program(images), logits, atol=1e-4)
    with pytest.raises(ValueError, match='takes 2 images of 24x40'):
        program(images[:1])


def test_files_of_others_are_refused(static_onnx, tmp_path):
    content = onnx.load(static_onnx)
    del content.metadata_props[:]
    onnx.save(content, tmp_path / 'foreign.onnx')
    (tmp_path / 'text.onnx').write_text('no program')
    (tmp_path / 'text.pt2').write_text('no program')
    for name, message in (
        ('foreign.onnx', r'foreign\.onnx was not written by tools/export'),
        ('text.onnx', 'onnxruntime cannot load .*text.onnx'),
        ('text.pt2', 'text.pt2 is no program that'),
    ):
        with pytest.raises(ValueError, match=message):
            load_program(tmp_path / name)
    with pytest.raises(FileNotFoundError, match='no such file: nowhere'):
        load_program('nowhere.onnx')


def test_metadata_are_data(static_onnx, tmp_path):
    content = onnx.load(static_onnx)
    (classes,) = [p for p in content.metadata_props if p.key == 'classes']
    classes.value = '__import__("os").getcwd()'
    onnx.save(content, tmp_path / 'odd.onnx')
    with pytest.raises(ValueError, match='metadata that are no JSON'):
        load_program(tmp_path / 'odd.onnx')
