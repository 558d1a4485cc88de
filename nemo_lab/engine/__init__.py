"""Edits media; knows nothing of HTTP."""

import os

# onnxruntime 1.31 reports its use to its maker, unless this is set before anybody loads it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
