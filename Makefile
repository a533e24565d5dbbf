# One command each; all of them set up first.
#   make demo   generate data, train RefineNet, evaluate, draw
#   make test   lint, types and all tests
#   make leaderboard   rank the results in results/; CAMVID=DIR adds pictures
# STACK=onedl (the default) or STACK=openmmlab chooses the distribution of
# OpenMMLab's packages, STACK=oldest the oldest versions that are supported;
# each has an environment of its own.
SHELL := bash
PYTHON ?= python3
STACK ?= onedl
VENV := $(if $(filter onedl,$(STACK)),.venv,.venv-$(STACK))
BIN := $(VENV)/bin
EXTRA := $(if $(filter oldest,$(STACK)),openmmlab,$(STACK))
CONSTRAINTS := requirements/$(STACK).txt
INSTALLED := $(VENV)/.installed

ifeq ($(wildcard $(CONSTRAINTS)),)
$(error STACK is onedl, openmmlab or oldest, not '$(STACK)')
endif

CAMVID ?= data/camvid

.PHONY: setup demo test leaderboard

setup: $(INSTALLED)

$(INSTALLED): setup.py pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint $(CONSTRAINTS) --editable '.[$(EXTRA),dev]'
	# opencv-python needs libraries of a desktop; its headless build does not.
	$(BIN)/python -c 'import cv2' 2>/dev/null || { \
	  $(BIN)/python -m pip uninstall --quiet --yes opencv-python && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --constraint $(CONSTRAINTS) opencv-python-headless; }
	touch $@

demo: setup
	$(BIN)/python tools/demo.py

# The page with pictures where there are photos and predictions of them.
leaderboard: setup
	$(BIN)/python tools/leaderboard.py results --out docs/leaderboard \
	  --published results/published.json \
	  $(addprefix --costs ,$(wildcard results/*/costs.json)) \
	  $(if $(wildcard $(CAMVID)/valannot),$(if $(wildcard \
	    results/*/*/*/predictions),--images $(CAMVID)/val \
	    --labels $(CAMVID)/valannot))

test: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	# Two tests at a time; more threads than cores would slow each other down.
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=2 --dist=worksteal
