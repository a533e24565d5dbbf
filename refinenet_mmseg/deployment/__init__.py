"""Export of segmentors as ONNX or as programs of torch.export."""

from .command import add_export_arguments, run_export
from .export import export_model
from .exportable_segmentor import ExportOptions
from .formats import FORMATS
from .program import LoadedProgram, load_program
from .verification import score, verify

__all__ = [
    'FORMATS',
    'ExportOptions',
    'LoadedProgram',
    'add_export_arguments',
    'export_model',
    'load_program',
    'run_export',
    'score',
    'verify',
]
