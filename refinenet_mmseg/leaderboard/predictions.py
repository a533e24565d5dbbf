"""The label maps that a run leaves beside its result."""

from pathlib import Path, PurePosixPath

from .loading import Run


def find_predictions(run: Run) -> dict[str, Path]:
    """Find the label maps that a run left beside its result.

    Args:
        run: The run.

    Returns:
        File of each image's name: what the result lists, or else every
        ``predictions/NAME.png``.

    Raises:
        FileNotFoundError: If a listed file is missing.
        ValueError: If a listed path leads out of the result's folder.
    """
    folder = run.path.parent
    listed = run.result.get('pictures')
    if listed is None:
        files = sorted(folder.glob('predictions/*.png'))
        return {file.stem: file for file in files}
    found = {}
    for picture in listed:
        written = picture['prediction']
        path = PurePosixPath(written)
        target = folder / path
        inside = target.resolve().is_relative_to(folder.resolve())
        if path.is_absolute() or '..' in path.parts or not inside:
            raise ValueError(
                f'{run.path}: pictures: {written!r} leads out of the folder '
                'of the result; predictions lie beside it'
            )
        if not target.is_file():
            raise FileNotFoundError(
                f'{run.path}: pictures: there is no file {target}'
            )
        found[picture['name']] = target
    return found
