from .contact_sheet import draw_contact_sheet
from .predict import (
    load_model,
    predict_folder,
    predict_labels,
)

__all__ = [
    'draw_contact_sheet',
    'load_model',
    'predict_folder',
    'predict_labels',
]
