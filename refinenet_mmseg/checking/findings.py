"""What a check can find, and how bad it is."""

from dataclasses import dataclass, field

ERROR, WARNING = 'error', 'warning'

KINDS = {
    'unlistable': (ERROR, 'data set whose files cannot be listed'),
    'image_missing': (ERROR, 'image that is not there'),
    'image_unreadable': (ERROR, 'image that cannot be read'),
    'label_missing': (ERROR, 'image without label map'),
    'label_without_image': (ERROR, 'label map without image'),
    'label_unreadable': (ERROR, 'label map that cannot be read'),
    'label_format': (ERROR, 'label map that is not single-channel 8-bit'),
    'label_depth': (WARNING, 'label map deeper than 8 bits; its values fit'),
    'label_value': (ERROR, 'label value that is no class and not ignored'),
    'size': (ERROR, 'image and label map of different sizes'),
    'no_labels': (ERROR, 'training data without label maps'),
    'num_classes': (ERROR, 'model and data set disagree on the classes'),
    'classes': (ERROR, 'data sets disagree on the classes'),
    'ignore_index': (WARNING, 'model and data set ignore different values'),
    'reduce_zero_label': (ERROR, 'reduce_zero_label looks wrong'),
    'class_never_occurs': (WARNING, 'class that never occurs'),
    'nothing_labeled': (WARNING, 'label map without a pixel of any class'),
    'duplicate': (WARNING, 'image of the training split in another split'),
}
"""Severity and meaning of every kind of finding.

Errors stop a training, or spoil it unseen; warnings are for a person to judge.
"""


@dataclass
class Finding:
    """A fault, and the files that have it.

    Args:
        split: ``train``, ``val`` or ``test``; several are joined by a comma.
        kind: A key of ``KINDS``.
        message: What is wrong here, and the remedy. Default: what ``KINDS``
            says.
        files: Each path with what is to be said about it.
        severity: ``error`` or ``warning``. Default: what ``KINDS`` says.
    """

    split: str
    kind: str
    message: str = ''
    files: list[tuple[str, str]] = field(default_factory=list)
    severity: str = ''

    def __post_init__(self) -> None:
        severity, meaning = KINDS[self.kind]
        self.severity = self.severity or severity
        self.message = self.message or meaning
