"""The servers that run on this machine, as a kernel may ask about them."""

from __future__ import annotations

from pathlib import Path

from jupyter_server.serverapp import list_running_servers


def root_of(pid: int) -> Path | None:
    """Return the folder that the server with this process id serves, where it is one of ours.

    Raises:
        OSError, KeyError: what servers leave about themselves cannot be read.
    """
    found = [server for server in list_running_servers() if server.get("pid") == pid]
    return Path(found[0]["root_dir"]).resolve() if found else None
