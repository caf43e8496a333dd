# `make repro` rebuilds every result, `make page` shows them, `make test` runs the tests; all make the environment first.
PYTHON ?= python3
BIN := .venv/bin
PAGE := plots/page/index.html
OUTSIDE := $(PATH)
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: repro page test lint report gate ci photographs committed tables requirements repository
.NOTPARALLEL: # one after the other, also with -j: they share the environment, the workspace and the clock

repro: repository .venv/ready
	$(BIN)/dvc repro
	@echo "The page of this run is $(PAGE): open it by double-click, or with make page."

page: .venv/ready
	@test -f $(PAGE) || { echo 'There is no page yet: make repro makes it.'; exit 1; }
	$(BIN)/python -m webbrowser -t "file://$(CURDIR)/$(PAGE)"

test: repository .venv/ready
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: repository .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/zizmor --offline --quiet .github/workflows

# All that a change has to pass, as .github/workflows/ci.yml does it: make ci BASE=origin/main
ci: lint test repro report gate

# What the change changes: metrics, settings, timings and pictures beside those of BASE, in report/.
export BASE ?= HEAD^
report: repository .venv/ready
	.ci/report

# Is the code slower than at BASE? No answer (status 2) is told, and passes.
gate: repository .venv/ready
	@mkdir -p report
	$(BIN)/python -m lab gate --base "$$BASE" --report report/gate || test $$? -eq 2

# The pipeline on real photographs, as an experiment: make photographs DATA=path/to/train.zip
# What suits photographs stands here; SET overrides or adds, e.g. SET="-S data.limit=2000 -S data.test_fraction=0.5".
SUITS_PHOTOGRAPHS := epochs=20 warmup=1.0 hidden=128 batch_size=64 keep=last

# As it was typed, for the recipe's shell to read: $$, quotes and backticks are letters of a name.
override DATA := $(value DATA)
export DATA

photographs: repository .venv/ready
	$(BIN)/python -m scratchnet photographs "$$DATA" $(SUITS_PHOTOGRAPHS:%=-S train_numpy_cnn.%) $(SET)

# The committed run again, after experiments and after failures. It undoes every change that is not committed.
# git's list of the files is made anew, for DVC may have left a changed file in it as unchanged. Results of other networks
# and of other kinds of pictures go. DVC then brings the results that it keeps, and makes the others.
committed: repository .venv/ready
	git read-tree --empty
	git reset --quiet --hard
	git clean --quiet --force -d metrics/timing "metrics/train_*" plots/compare plots/prepare_images "plots/train_*"
	$(BIN)/dvc checkout --quiet --allow-missing
	$(BIN)/dvc repro

# The tables of kept runs in docs/, from metrics/reference; what docs/ quotes from the code and from this run's files.
tables: .venv/ready
	$(BIN)/python -m lab tables
	$(BIN)/python -m scratchnet chapters

# DVC works in a git repository alone. That is said first, before gigabytes are installed.
NO_REPOSITORY := 'DVC keeps its runs beside the commits of git. Is this folder unpacked from a zip? Then make it a' \
	'repository first: git init && git add -A && git commit -m "as downloaded"'
repository:
	@git rev-parse --is-inside-work-tree > /dev/null || { echo $(NO_REPOSITORY) >&2; exit 1; }

# The version is looked at first. An environment of another Python, or only half made, is made anew.
NEW_ENOUGH := 'import sys; sys.version_info >= (3, 11) or sys.exit("This is Python " + sys.version.split()[0] + \
	", and 3.11 or newer is needed. Name one that you have: make repro PYTHON=python3.11")'
WHICH := 'import sys; print(sys.version, sys.base_prefix)'

# uv, itself pinned by hash, installs the rest: torch and CUDA's libraries in half a minute instead of minutes.
# Compiled once: where Python may not write bytecode, each of many processes would compile torch again, seconds long.
.venv/ready: export PATH := $(OUTSIDE)
.venv/ready: requirements.txt
	@$(PYTHON) -c $(NEW_ENOUGH)
	test "$$($(BIN)/python -c $(WHICH) 2>&1)" = "$$($(PYTHON) -c $(WHICH))" && $(BIN)/python -c 'import pip' \
		|| $(PYTHON) -m venv --clear .venv
	sed -n '/^uv==/,/[^\\]$$/p' requirements.txt | $(BIN)/python -m pip install --quiet --require-hashes -r /dev/stdin
	$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.txt
	touch .venv/ready

requirements: .venv/ready
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-header -o requirements.txt
