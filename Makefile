ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN := .venv/Scripts
else
PYTHON ?= python3
BIN := .venv/bin
endif

lab: .venv/ready  ## open the course in JupyterLab
	@echo "JupyterLab starts. To end it, press Ctrl-C here, then y."; \
	if [ "$$(id -u)" = 0 ]; then root=--allow-root; \
		echo "You are root, and so is whatever runs in a notebook: do so in a container only."; fi; \
	if [ "$$(uname)$$DISPLAY$$WAYLAND_DISPLAY$$BROWSER" = Linux ]; then browser=--no-browser; \
		echo "There is no browser here: open the last address below in one."; fi; \
	$(BIN)/jupyter lab $$root $$browser --ServerApp.log_level=WARN --LabApp.log_level=WARN \
		--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(ARGS)

# Two workers, a file at a time, in order: what is last, the exercises, is short, so both end together.
TOGETHER := -n 2 --dist loadfile --no-loadscope-reorder
test: .venv/ready  ## unit tests, every notebook in fast mode, structure
	COURSE_FAST=1 $(BIN)/python -m pytest $(TOGETHER)

test-all: test  ## and every notebook with a learner's budget (minutes each)
	$(BIN)/python -m pytest --durations=0 notebooks/*.ipynb notebooks/exercises notebooks/solutions

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 26

LESSON ?=
test-claims: .venv/ready  ## what lessons say and chance might decide, in the learner's budget, three seeds
	$(BIN)/python -m pytest --durations=0 tests/claims $(if $(LESSON),-k "[$(LESSON)-")

MINUTES ?= 10
fuzz: .venv/ready  ## files of all kinds, whole and broken, for photos.load: make fuzz MINUTES=10
	FUZZ_MINUTES=$(MINUTES) $(BIN)/python -m pytest -s tests/test_fuzz.py

test-browser: .venv/browser  ## JupyterLab and the book in Chromium, used as a person does
	@command -v chromium >/dev/null || \
		{ command -v apt-get >/dev/null && apt-get update -q && apt-get install -qy chromium; } || \
		{ echo "Install Chromium, so that the command chromium starts it. Then run this again."; exit 1; }
	$(BIN)/python -m pytest tests/browser

test-colab: .venv-colab/ready  ## make test, with the versions of Google Colab
test-oldest: .venv-oldest/ready  ## make test, with the oldest versions that pyproject.toml allows (needs uv)
test-newest: .venv-newest/ready  ## make test, with the newest versions there are (needs uv)
test-colab test-oldest test-newest:
	COURSE_FAST=1 $(@:test-%=.venv-%)/$(notdir $(BIN))/python -m pytest $(TOGETHER)

BOOK ?= build/book
book: .venv/book  ## runs the lessons and makes web pages of them, in build/book
	rm -rf build/book-source $(BOOK)
	mkdir -p build/book-source/notebooks build/book-source/data/models
	cp -R book/* build/book-source
	cp -R notebooks/[0-9]*.ipynb notebooks/pictures build/book-source/notebooks
	cp data/models/*.md data/models/*.jpg build/book-source/data/models
	mkdir build/book-source/extra
	@if command -v npm >/dev/null; then $(MAKE) build/color/page.json && \
		cp -R build/color build/book-source/extra; \
	else echo "Without npm, the book's page \"Color a photo\" has no network: install Node.js for it."; \
		cp -R book/color build/book-source/extra; fi
	$(BIN)/python -m sphinx -q -W --keep-going build/book-source $(BOOK)

color-page: build/color/page.json  ## the page that colors photos, for any web host: build/color (needs npm)

# Turns the networks into ONNX: minutes, so it is done where something has changed.
build/color/page.json: package.json helpers/share.py $(wildcard book/color/* data/models/*.npz) | .venv/ready
	$(BIN)/python -m helpers.share pretrained unet vivid fusion hints -o build/color

bench: .venv/ready  ## speed as ratios, measured in one run
	$(BIN)/python tests/benchmarks/one_photo.py
	$(BIN)/python tests/benchmarks/data_set.py
	$(BIN)/python tests/benchmarks/new_photos.py
	$(BIN)/python tests/benchmarks/command.py
	$(BIN)/python tests/benchmarks/lessons.py $(LESSON)

pictures: .venv/ready  ## the lessons' opening pictures, from the lessons
	$(BIN)/python notebooks/pictures/draw.py

instructor: .venv/instructor  ## what an instructor needs, with its commands
	@$(BIN)/python -m instructor --help

test-instructor: .venv/instructor  ## thirty submissions through nbgrader, and attacks on the marks
	$(BIN)/python -m pytest tests/instructor

COPIES ?= 20
bench-instructor: .venv/instructor  ## seconds a submission takes to be graded: make bench-instructor COPIES=300
	$(BIN)/python tests/benchmarks/grading.py --copies $(COPIES)

exercises: .venv/ready  ## the learner's copies in notebooks/exercises, from notebooks/solutions
	$(BIN)/python -m instructor exercises

NAME ?= unet
model: .venv/ready  ## train a network that the course ships (an hour; fetches 218 MB)
	$(BIN)/python data/models/train.py $(NAME)

address:  ## stamp a fork's address into badges and setup cells: make address REPO=owner/name
	@$(PYTHON) notebooks/address.py $(REPO)

lint: .venv/ready  ## style and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

lock:  ## choose the tested versions anew (needs uv)
	uv pip compile --universal --python-version 3.11 --all-extras --no-header --no-annotate --upgrade pyproject.toml -o requirements.lock

# $(call environment,FOLDER,PYTHON,PACKAGES) makes a virtual environment with packages in it;
# $(call install,FOLDER,PACKAGES) adds packages. Both take uv where there is one: it is quicker.
environment = if command -v uv >/dev/null; then uv venv --quiet --allow-existing --python $(2) $(1); \
	else $(2) -m venv $(1); fi && $(call install,$(1),$(3))
install = if command -v uv >/dev/null; then uv pip install --quiet --python $(1) $(2); \
	else $(1)/$(notdir $(BIN))/python -m pip install --quiet --disable-pip-version-check $(2); fi

# Byte-compiling once makes every later import of TensorFlow twice as fast.
.venv/ready: pyproject.toml requirements.lock
	@echo "Setting up .venv: a minute or two, once."
	@$(call environment,.venv,$(PYTHON),-c requirements.lock -e '.[dev]')
	@$(BIN)/python -m compileall -q .venv/lib >/dev/null || true
	@touch $@

.venv/book .venv/browser .venv/instructor: .venv/ready
	@$(call install,.venv,-c requirements.lock -e '.[$(notdir $@)]')
	@touch $@

# Colab has Python 3.13; without one here, the newest is next best.
COLAB_PYTHON ?= $(shell for python in python3.13 ~/.pyenv/versions/3.13*/bin/python python3.12 python3; \
	do $$python -c "" 2>/dev/null && echo $$python && break; done)
.venv-colab/ready: tests/colab.txt
	@echo "Setting up .venv-colab: a minute or two, once."
	@$(call environment,.venv-colab,$(COLAB_PYTHON),-r tests/colab.txt)
	@.venv-colab/$(notdir $(BIN))/python -m compileall -q .venv-colab/lib >/dev/null || true
	@touch $@

.venv-oldest/ready: VERSIONS := --resolution lowest-direct
.venv-newest/ready: VERSIONS := --upgrade
.venv-oldest/ready .venv-newest/ready: pyproject.toml
	@echo "Setting up $(@D): a minute or two."
	@uv venv --quiet --allow-existing --python $(PYTHON) $(@D)
	@uv pip install --quiet --python $(@D) $(VERSIONS) -e '.[dev]'
	@$(@D)/$(notdir $(BIN))/python -m compileall -q $(@D)/lib >/dev/null || true
	@touch $@

.PHONY: lab help test test-all test-claims fuzz test-browser test-colab test-oldest test-newest \
	book color-page bench bench-instructor pictures instructor test-instructor exercises model address \
	lint lock
