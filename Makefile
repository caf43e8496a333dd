# `make repro` rebuilds every result, `make page` shows them, `make test` runs the tests; all make the environment first.
PYTHON ?= python3
BIN := .venv/bin
PAGE := plots/page/index.html
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: repro page test lint report gate ci photographs tables requirements
.NOTPARALLEL: # one after the other, also with -j: they share the environment, the workspace and the clock

repro: .venv/ready
	$(BIN)/dvc repro
	@echo "The page of this run is $(PAGE): open it by double-click, or with make page."

page: .venv/ready
	@test -f $(PAGE) || { echo 'There is no page yet: make repro makes it.'; exit 1; }
	$(BIN)/python -m webbrowser -t "file://$(CURDIR)/$(PAGE)"

test: .venv/ready
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/zizmor --offline --quiet .github/workflows

# All that a change has to pass, as .github/workflows/ci.yml does it: make ci BASE=origin/main
ci: lint test repro report gate

# What the change changes: metrics, settings, timings and pictures beside those of BASE, in report/.
export BASE ?= HEAD^
report: .venv/ready
	.ci/report

# Is the code slower than at BASE? No answer (status 2) is told, and passes.
gate: .venv/ready
	@mkdir -p report
	$(BIN)/python -m lab gate --base "$$BASE" --report report/gate || test $$? -eq 2

# The pipeline on real photographs, as an experiment: make photographs DATA=path/to/train.zip
# What suits photographs stands here; SET overrides or adds, e.g. SET="-S data.limit=2000 -S data.test_fraction=0.5".
SUITS_PHOTOGRAPHS := epochs=20 warmup=1.0 hidden=128 batch_size=64 keep=last

ABSOLUTE := 'import os, sys; print(os.path.abspath(os.path.expanduser(sys.argv[1])))'

photographs: .venv/ready
	@test -n "$(DATA)" || { echo 'Say where the photographs are: make photographs DATA=path/to/folder-or-zip'; exit 1; }
	$(BIN)/dvc exp run -S data.source=folder -S "data.path='$$($(BIN)/python -c $(ABSOLUTE) "$(DATA)")'" \
		$(SUITS_PHOTOGRAPHS:%=-S train_numpy_cnn.%) $(SET)

# The tables of kept runs in docs/, from metrics/reference.
tables: .venv/ready
	$(BIN)/python -m lab tables

# uv, itself pinned by hash, installs the rest: torch and CUDA's libraries in half a minute instead of minutes.
# Compiled once: where Python may not write bytecode, each of many processes would compile torch again, seconds long.
.venv/ready: requirements.txt
	$(PYTHON) -m venv .venv
	sed -n '/^uv==/,/[^\\]$$/p' requirements.txt | $(BIN)/python -m pip install --quiet --require-hashes -r /dev/stdin
	$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.txt
	touch .venv/ready

requirements: .venv/ready
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-header -o requirements.txt
