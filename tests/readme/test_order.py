"""README.md in the order of a stranger's questions: what is it, how do I get it, can I trust it."""

from __future__ import annotations

from tests.readme.blocks import TEXT

ORDER = (
    "Edit recordings by saying what you want",
    "![",
    "## Install",
    "### Shell",
    "### JupyterLab",
    "### OBS",
    "| local engine | NemoVideo's cloud |",
    "## How fast",
    "## Security",
    "## Troubleshooting",
    "## Notebooks",
)


def test_what_a_stranger_asks_first_stands_first():
    places = [TEXT.find(f"\n{what}") if what.startswith("#") else TEXT.find(what) for what in ORDER]
    assert -1 not in places, ORDER[places.index(-1)]
    assert places == sorted(places)
