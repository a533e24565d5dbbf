"""Prediction, visualization and fast inference of any mmseg model."""

from .contact_sheet import draw_contact_sheet
from .loading import load_segmentor
from .optimization import accelerate, optimize
from .prediction import Predictor, predict_folder

__all__ = [
    'Predictor',
    'accelerate',
    'draw_contact_sheet',
    'load_segmentor',
    'optimize',
    'predict_folder',
]
