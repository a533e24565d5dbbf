# One command each; all of them set up first.
#   make demo   generate data, train RefineNet, evaluate, draw
#   make test   lint, types and all tests
SHELL := bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := requirements/onedl.txt
INSTALLED := $(VENV)/.installed

.PHONY: setup demo test

setup: $(INSTALLED)

$(INSTALLED): setup.py pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint $(CONSTRAINTS) --editable '.[onedl,dev]'
	# opencv-python needs libraries of a desktop; its headless build does not.
	$(BIN)/python -c 'import cv2' 2>/dev/null || { \
	  $(BIN)/python -m pip uninstall --quiet --yes opencv-python && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --constraint $(CONSTRAINTS) opencv-python-headless; }
	touch $@

demo: setup
	$(BIN)/python tools/demo.py

test: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest
