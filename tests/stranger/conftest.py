"""One build for all tests of a worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stranger.building import build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the sdist."""
    return build(tmp_path_factory.mktemp("built"))
