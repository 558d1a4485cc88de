"""``nemo-obs``: the watcher's command, the same as ``nemo obs``."""
