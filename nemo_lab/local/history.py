"""Undo and redo: a walk over the timelines that a project had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nemo_lab.errors import EditError
from nemo_lab.local.phrases import phrase
from nemo_lab.local.projects import Project, Projects, Version
from nemo_lab.protocol.plan import Language, Operation


@dataclass
class Walk:
    """Where undo and redo lead."""

    version: Version
    done: list[str] = field(default_factory=list)
    """Sentences that say what was undone and done again."""
    notes: list[str] = field(default_factory=list)
    """Sentences that say what could not be."""


def walk(
    projects: Projects, project: Project, operations: Sequence[Operation], language: Language
) -> tuple[Walk, list[Operation]]:
    """Follow the undos and redos among ``operations``; return where they lead, and the other operations.

    Nothing is written. The first upload is where every project begins: it is not undone.
    """
    found = Walk(projects.version(project, project.position))
    rest: list[Operation] = []
    for operation in operations:
        if operation.op == "undo":
            _back(projects, project, found, language)
        elif operation.op == "redo":
            _forth(projects, project, found, language)
        else:
            rest.append(operation)
    return found, rest


def _back(projects: Projects, project: Project, found: Walk, language: Language) -> None:
    now = found.version
    before = projects.version(project, now.position - 1) if now.position else None
    if before is None or (now.upload and not before.draft.ready):
        found.notes.append(phrase("no undo", language))
        return
    found.version = before
    found.done.append(phrase("undone", language, said=_called(now, language)))


def _forth(projects: Projects, project: Project, found: Walk, language: Language) -> None:
    try:
        found.version = projects.version(project, found.version.position + 1)
    except EditError:
        found.notes.append(phrase("no redo", language))
        return
    found.done.append(phrase("redone", language, said=_called(found.version, language)))


def _called(version: Version, language: Language) -> str:
    return phrase("the upload", language) if version.upload else version.said
