# `make demo` and `make test` do all set-up by themselves on a bare Debian or Ubuntu with Python >= 3.11.

PYTHON ?= python3
VENV   ?= .venv
SEED   ?= 1
BIN     = $(VENV)/bin
READY   = $(VENV)/.ready
# Programs that tests drive: `make test` installs what is missing where it may, else the tests that need it skip.
APT     = chromium melt obs-studio obs-plugins xvfb strace

# The public face, module by module: what `make docs` describes.
API     = nemo_lab.client nemo_lab.recipes nemo_lab.recipes.batch nemo_lab.config nemo_lab.errors \
          nemo_lab.protocol.draft nemo_lab.protocol.plan nemo_lab.protocol.edl nemo_lab.protocol.events \
          nemo_lab.jupyter.editor nemo_lab.jupyter.magics
DOCS    = build/docs

.DEFAULT_GOAL := help
.PHONY: help demo test tools lint types docs coverage bench soak long clean

help:  ## show this
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(READY)  ## make a recording, edit it by one sentence, say where the result lies
	$(BIN)/nemo demo

test: $(READY) tools  ## run the tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

tools:
	@MISSING=; for NAME in $(APT); do \
	    dpkg-query -W -f '$${Status}' $$NAME 2>/dev/null | grep -q 'ok installed' || MISSING="$$MISSING $$NAME"; done; \
	[ -z "$$MISSING" ] && exit 0; \
	echo "installing$$MISSING"; SUDO=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
	{ $$SUDO apt-get update -qq && $$SUDO env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$MISSING >/dev/null; } \
	    || echo "Some tests will skip; for all of them: sudo apt-get install$$MISSING"

lint: $(READY)  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## mypy --strict
	$(BIN)/mypy

docs: $(READY)  ## describe the API in build/docs, from the docstrings
	$(BIN)/python -W error::UserWarning -W error::RuntimeWarning -m pdoc -d google --no-show-source -o $(DOCS) $(API)

# Every process counts, the children too; what runs inside OBS or a browser does not. Takes half an hour.
coverage: $(READY) tools  ## run the tests, say which lines no test reaches (build/coverage)
	$(BIN)/coverage erase
	STATUS=0; \
	$(BIN)/coverage run -m pytest -q -n 2 --dist loadfile || STATUS=1; \
	$(BIN)/coverage combine -q && $(BIN)/coverage html -q -d build/coverage || STATUS=1; \
	$(BIN)/coverage report --skip-covered || STATUS=1; \
	exit $$STATUS

# The peers have an environment of their own: some pin a PyAV and a Pillow that are older than ours. unsilence
# has one more: it calls ffmpeg by name, with options (-vsync, -async) that newer ones no longer know.
define LINK_FFMPEG
import imageio_ffmpeg, pathlib, sys
link = pathlib.Path(sys.prefix, "bin", "ffmpeg")
link.unlink(missing_ok=True)
link.symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
endef
export LINK_FFMPEG

bench: $(READY)  ## measure against other programs; prints tables
	test -x $(VENV)/peers/bin/python || $(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/pip install -q --disable-pip-version-check imageio-ffmpeg moviepy smartcut
	test -x $(VENV)/peers/unsilence/bin/python || $(PYTHON) -m venv $(VENV)/peers/unsilence
	$(VENV)/peers/unsilence/bin/pip install -q --disable-pip-version-check 'imageio-ffmpeg<0.6' unsilence
	$(VENV)/peers/unsilence/bin/python -c "$$LINK_FFMPEG"
	NEMO_BENCH_PEERS=$(VENV)/peers/bin $(BIN)/python -m pytest -q -s -m bench tests/bench

# Other inputs than the last time: make soak SEED=7. Three at once, as most of them wait for processes that
# they kill; what measures seconds (G12) runs when all else is done.
soak: $(READY) tools  ## reach every goal of reliability at its full count, a line for each; SEED=7
	STATUS=0; \
	$(BIN)/python -m pytest -q -m goal -k 'not g12' -n 3 --dist worksteal --timeout 1800 --seed $(SEED) || STATUS=1; \
	$(BIN)/python -m pytest -q -m goal -k g12 --timeout 1800 --seed $(SEED) || STATUS=1; \
	exit $$STATUS

long: $(READY) tools  ## the long tests that are no goals
	$(BIN)/python -m pytest -q -m 'soak and not goal' --timeout 7200

# Debian ships Python without venv; take it from apt when that is allowed, else say what to do.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "nemo_lab needs Python 3.11 or newer; say which: make PYTHON=python3.12 test"; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
	    echo "python3-venv is missing, installing it"; \
	    SUDO=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
	    $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq python3-venv \
	        || { echo "Run: sudo apt-get install python3-venv"; exit 1; }; \
	    $(PYTHON) -m venv $(VENV); }
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@$(BIN)/python -m compileall -q nemo_lab obs_plugin  # as pip does where it does not install in place
	@touch $@

clean:  ## remove what the targets above made
	rm -rf $(VENV) build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
