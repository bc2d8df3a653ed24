PYTHON ?= python3
BIN := .venv/bin

lab: .venv/ready  ## open the course in JupyterLab
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb

test: .venv/ready  ## unit tests, every notebook in fast mode, structure
	COURSE_FAST=1 $(BIN)/python -m pytest -n 2 --dist loadfile

test-all: test  ## and every notebook with a learner's budget (minutes each)
	$(BIN)/python -m pytest --durations=0 notebooks

bench: .venv/ready  ## speed as ratios, measured in one run
	$(BIN)/python tests/benchmarks/one_photo.py
	$(BIN)/python tests/benchmarks/data_set.py
	$(BIN)/python tests/benchmarks/new_photos.py

pictures: .venv/ready  ## the lessons' opening pictures, from the lessons
	$(BIN)/python notebooks/pictures/draw.py

NAME ?= unet
model: .venv/ready  ## train a network that the course ships (an hour; fetches 218 MB)
	$(BIN)/python data/models/train.py $(NAME)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lock:  ## choose the tested versions anew (needs uv)
	uv pip compile --universal --python-version 3.11 --extra dev --no-header --no-annotate --upgrade pyproject.toml -o requirements.lock

# Byte-compiling once makes every later import of TensorFlow twice as fast.
.venv/ready: pyproject.toml requirements.lock
	@echo "Setting up .venv: a minute or two, once."
	@if command -v uv >/dev/null; then \
		uv venv --quiet --allow-existing --python $(PYTHON) .venv && \
		uv pip install --quiet --python .venv -c requirements.lock -e '.[dev]'; \
	else \
		$(PYTHON) -m venv .venv && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'; \
	fi
	@$(BIN)/python -m compileall -q .venv/lib >/dev/null || true
	@touch $@

.PHONY: lab test test-all bench pictures model lint lock
