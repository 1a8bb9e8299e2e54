# make run [FILE=graph.autograd]   open the program (without a display: evaluate the file and draw it)
# make test [ARGS=…]               the whole test suite, on all cores; ARGS goes to pytest
# make lint                        ruff and mypy
# make setup                       what the others do first, and only when needed: .venv and its packages
# make clean                       forget all that was installed and built

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY := $(VENV)/ready

FILE ?=
EXAMPLE = $(or $(FILE),assets/examples/blitz_mean.autograd)
PICTURE ?= autograd-canvas.png
OFFSCREEN := QT_QPA_PLATFORM=offscreen

.PHONY: run shot test lint setup clean

run: $(READY)
	@if [ "$$(uname)" != Linux ] || [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then \
		$(BIN)/python main.py $(if $(FILE),"$(FILE)"); \
	else \
		echo "There is no display here (DISPLAY and WAYLAND_DISPLAY are empty), so no window can open."; \
		echo "Instead, $(EXAMPLE) is evaluated and drawn."; echo; \
		$(OFFSCREEN) $(BIN)/python main.py run "$(EXAMPLE)" && \
		$(OFFSCREEN) $(BIN)/python main.py shot "$(EXAMPLE)" "$(PICTURE)" && \
		{ echo; echo "The picture of its window is in $(PICTURE)."; }; \
	fi

shot: $(READY)
	@$(OFFSCREEN) $(BIN)/python main.py shot "$(EXAMPLE)" "$(PICTURE)" $(ARGS)

test: $(READY)
	$(OFFSCREEN) $(BIN)/python -m pytest -n auto $(ARGS)

lint: $(READY)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

setup: $(READY)

# Debian keeps ensurepip in a package of its own; the pip outside can put one inside instead.
$(READY): requirements.lock .ci/system-packages
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.12 …"; exit 1; }
	@sh .ci/system-packages
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
		$(PYTHON) -m venv --clear $(VENV); \
	else \
		$(PYTHON) -m venv --clear --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet pip; \
	fi
	@echo "Installing the Python packages of requirements.lock in $(VENV): some 400 MB, a minute or two"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@touch $(READY)

clean:
	rm -rf $(VENV) build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
