"""The conversation as the cell that does the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nemo_lab.client import AsyncSession


def cell(session: AsyncSession, backend: str, film: str | None, exported: dict[str, Any]) -> str:
    """Return the code of a cell that does what was done here.

    Args:
        session: what was uploaded and said.
        backend: where.
        film: the last export, if there is one.
        exported: its settings.
    """
    where = "" if backend == "local" else f"backend={backend!r}"
    lines = ["import nemo_lab as nemo", "", f"with nemo.connect({where}) as client:"]
    lines.append("    session = client.create_session()")
    if session.files:
        lines.append(f"    session.upload({', '.join(map(repr, session.files))})")
    lines += [f"    session.chat({text!r})" for text in session.said]
    if film:
        options = "".join(f", {name}={value!r}" for name, value in exported.items())
        lines.append(f"    session.export({Path(film).name!r}{options})")
    return "\n".join(lines)
