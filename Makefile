# `make repro` rebuilds every result, `make test` runs the tests; both make the environment first.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: repro test lint photographs requirements

repro: .venv/ready
	$(BIN)/dvc repro

test: .venv/ready
	$(BIN)/python -m pytest

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The pipeline on real photographs, as an experiment: make photographs DATA=path/to/train.zip
# What suits photographs stands here; SET overrides or adds, e.g. SET="-S data.limit=2000 -S data.test_fraction=0.5".
SUITS_PHOTOGRAPHS := epochs=20 warmup=1.0 hidden=128 batch_size=64 keep=last

ABSOLUTE := 'import os, sys; print(os.path.abspath(os.path.expanduser(sys.argv[1])))'

photographs: .venv/ready
	@test -n "$(DATA)" || { echo 'Say where the photographs are: make photographs DATA=path/to/folder-or-zip'; exit 1; }
	$(BIN)/dvc exp run -S data.source=folder -S "data.path='$$($(BIN)/python -c $(ABSOLUTE) "$(DATA)")'" \
		$(SUITS_PHOTOGRAPHS:%=-S train_numpy_cnn.%) $(SET)

# uv, itself pinned by hash, installs the rest: torch and CUDA's libraries in half a minute instead of minutes.
.venv/ready: requirements.txt
	$(PYTHON) -m venv .venv
	sed -n '/^uv==/,/[^\\]$$/p' requirements.txt | $(BIN)/python -m pip install --quiet --require-hashes -r /dev/stdin
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements.txt
	touch .venv/ready

requirements: .venv/ready
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-header -o requirements.txt
