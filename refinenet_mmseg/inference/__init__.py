"""Prediction and pictures of it, for any mmseg model."""

from .contact_sheet import draw_contact_sheet
from .fast_prediction import accelerate
from .loading import load_model
from .optimize import optimize
from .predict import predict_folder, predict_labels
from .predictor import Predictor

__all__ = [
    'Predictor',
    'accelerate',
    'draw_contact_sheet',
    'load_model',
    'optimize',
    'predict_folder',
    'predict_labels',
]
