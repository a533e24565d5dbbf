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
	touch $@

demo: setup
	$(BIN)/python tools/demo.py

test: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest
