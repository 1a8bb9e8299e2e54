"""What every test stands on: a screen without a display, the same pixels everywhere, repeatable examples."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

# Before Qt is loaded. A display that is really wanted is asked for by QT_QPA_PLATFORM.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.update(QT_SCALE_FACTOR="1", QT_FONT_DPI="96")

# What Qt remembers of its dialogs (QtProject.conf) is neither read from nor written to the settings of who tests.
_config = tempfile.mkdtemp(prefix="autograd-canvas-tests-")
atexit.register(shutil.rmtree, _config, ignore_errors=True)
os.environ["XDG_CONFIG_HOME"] = _config

# "suite" tries the same examples at every run, so that a failure is the change's own;
# `make test ARGS="--hypothesis-profile=search"` goes looking for new ones.
settings.register_profile("suite", derandomize=True, database=None, deadline=None)
settings.register_profile("search", max_examples=10_000, deadline=None, print_blob=True)
settings.load_profile("suite")
