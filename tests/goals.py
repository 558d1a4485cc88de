"""Goals with a figure: a test says what it reached and what the floor is; the end of the run lists them.

A test that takes the fixture ``goal``, at its full count, gets the mark ``goal``: `make soak` runs those.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

_KEY = "goal"


class Goal:
    """Holds one test's figures against their floors."""

    def __init__(self, record: Any) -> None:
        self._record, self._start = record, time.monotonic()

    def at_most(self, name: str, what: str, reached: float, floor: float) -> None:
        """Note a figure that must not be above ``floor``, and assert it."""
        self._note(name, what, reached, f"<= {floor:g}", reached <= floor)

    def at_least(self, name: str, what: str, reached: float, floor: float) -> None:
        """Note a figure that must not be below ``floor``, and assert it."""
        self._note(name, what, reached, f">= {floor:g}", reached >= floor)

    def none(self, name: str, what: str, found: list[Any], of: int) -> None:
        """Note that nothing of what must not be was found in ``of`` tries, and assert it."""
        assert of > 0
        print(*found[:5], sep="\n")  # noqa: T201 - pytest shows it where it failed
        self._note(name, f"{what}, of {of:,}", len(found), "<= 0", not found)

    def _note(self, name: str, what: str, reached: float, floor: str, holds: bool) -> None:
        seconds = time.monotonic() - self._start
        self._record(_KEY, (name, what, f"{reached:.4g}", floor, f"{seconds:.1f}", holds))
        assert holds, f"{name}: {what}: {reached:g}, not {floor}"


@pytest.fixture
def goal(record_property: Any) -> Goal:
    """Takes a test's figures; each becomes a line at the end of the run."""
    return Goal(record_property)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What the generators begin with; ``--seed`` gives other inputs than those that were last tried."""
    return int(request.config.getoption("--seed"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--seed``."""
    parser.addoption("--seed", type=int, default=1, help="what the generators of hostile input begin with")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of goals, but of those with a short and a full form the full one alone."""
    tests = [item for item in items if isinstance(item, pytest.Function)]
    full = {(test.path, test.originalname) for test in tests if test.get_closest_marker("soak")}
    for test in tests:
        is_short = (test.path, test.originalname) in full and not test.get_closest_marker("soak")
        if "goal" in test.fixturenames and not is_short:
            test.add_marker("goal")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print a line for each goal: the figure reached, its floor, the seconds."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    found = [value for report in reports for key, value in report.user_properties if key == _KEY]
    if not found:
        return
    terminalreporter.section(f"goals (seed {config.getoption('--seed')})")
    for name, what, reached, floor, seconds, holds in sorted(
        found, key=lambda line: (int(line[0][1:]), line)
    ):
        state = "holds" if holds else "FAILS"
        terminalreporter.write_line(f"{name:<4} {what:<70} {reached:>8}  {floor:<10} {seconds:>7} s  {state}")
