"""Segment images with a file of tools/export.py: numpy, Pillow, onnxruntime.

python onnx_predict.py MODEL.onnx OUT_DIR IMAGE [IMAGE ...]
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

model, out_dir, *images = sys.argv[1:]
session = onnxruntime.InferenceSession(model)
texts = session.get_modelmeta().custom_metadata_map
meta = {key: json.loads(value) for key, value in texts.items()}
Path(out_dir).mkdir(parents=True, exist_ok=True)
for path in images:
    image = ImageOps.exif_transpose(Image.open(path)).convert('RGB')
    size = image.size if meta['dynamic'] else meta['shape'][::-1]
    x = np.asarray(image.resize(size))
    if meta['input'] == 'normalized float32 images':
        x = x[:, :, :: -1 if meta['channel_order'] == 'BGR' else 1]
        x = (x - np.float32(meta['mean'])) / np.float32(meta['std'])
    x = np.repeat(x.transpose(2, 0, 1)[None], meta['batch_size'], 0)
    y = session.run(None, {'images': np.ascontiguousarray(x)})[0][0]
    if meta['output'] == 'logits' and meta['threshold'] is None:
        y = y.argmax(0)
    elif meta['output'] == 'logits':
        y = 1 / (1 + np.exp(-y[0])) > meta['threshold']
    labels = Image.fromarray(y.astype(np.uint8))
    labels.putpalette(np.uint8(meta['palette']).tobytes())
    labels = labels.resize(image.size, Image.Resampling.NEAREST)
    labels.save(Path(out_dir, f'{Path(path).stem}.png'))
    share = np.bincount(np.ravel(y), minlength=len(meta['classes'])) / y.size
    print(
        path, *(f'{meta["classes"][c]} {share[c]:.1%}' for c in np.unique(y))
    )
