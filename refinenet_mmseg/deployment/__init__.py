"""Any segmentor out of the framework: ONNX and torch.export's programs."""

from .command import add_export_arguments, run_export
from .export import FORMATS, export
from .program import Interface
from .running import LoadedProgram, load_program
from .scoring import score
from .verification import verify

__all__ = [
    'FORMATS',
    'Interface',
    'LoadedProgram',
    'add_export_arguments',
    'export',
    'load_program',
    'run_export',
    'score',
    'verify',
]
