"""Edits every finished OBS recording by itself."""
