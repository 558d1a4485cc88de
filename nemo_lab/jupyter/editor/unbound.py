"""Messages to the page that answer no cell's request."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import TypeVar

from ipykernel.kernelbase import Kernel

_T = TypeVar("_T")


def unbound(work: Callable[[], _T]) -> _T:
    """Do something that publishes to a page, as if no request had caused it.

    ipykernel 7.4 hands what a page says to the shell whose request was answered last over the same comm. Were
    that a cell's, Stop would wait until the cell ends; were it that of a page that is gone, it would be lost.
    """
    return copy_context().run(_forget_request, work)


def _forget_request(work: Callable[[], _T]) -> _T:
    request = getattr(Kernel.instance(), "_shell_parent", None) if Kernel.initialized() else None
    if isinstance(request, ContextVar):
        request.set({})
    return work()
