"""Edits media; knows nothing of HTTP."""
