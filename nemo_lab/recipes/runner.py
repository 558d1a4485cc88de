"""Running a recipe: the one road from a recording and words to a finished file.

Everything that can be refused is refused before anything starts. The order is: check, look whether it was
done before, connect, create a session, upload, say each step, export, write the record. Nothing but the
output, its record and the cache is written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nemo_lab.cache import Cache, key_of
from nemo_lab.config import Backend
from nemo_lab.errors import MissingExtra, UsageError
from nemo_lab.protocol.plan import Export
from nemo_lab.recipes.beside import sidecar_of, with_subtitles
from nemo_lab.recipes.connection import chosen, connected
from nemo_lab.recipes.conversation import OnEvent, wish_of
from nemo_lab.recipes.depends import Depends, depends
from nemo_lab.recipes.files import check_inputs, check_output, choose_output
from nemo_lab.recipes.model import Recipe
from nemo_lab.recipes.performance import Order, Performance
from nemo_lab.recipes.record import InputHashes, RunRecord
from nemo_lab.recipes.reuse import Reuse

if TYPE_CHECKING:
    from nemo_lab.client import Client
    from nemo_lab.recipes.batch.cluster import Cluster
    from nemo_lab.recipes.unfinished import Unfinished

PathLike = str | os.PathLike[str]


def run(  # long: the public face, every parameter explained
    recipe: Recipe,
    files: PathLike | Sequence[PathLike] | None = None,
    *,
    output: PathLike | None = None,
    client: Client | None = None,
    overwrite: bool = False,
    fresh: bool = False,
    parameters: Mapping[str, Any] | None = None,
    on_event: OnEvent | None = None,
    project: str | None = None,
    cluster: Cluster | None = None,
) -> RunRecord:
    """Carry out a recipe on files and return the record of it.

    What was done before is not done again: the same recordings, steps, export, backend and engine give the
    same file, which is there already or comes out of the cache. ``record.reused`` and ``record.why`` say so.

    Args:
        recipe: what to say and what to export.
        files: one file or several, joined in this order; ``None`` takes the recipe's own inputs.
        output: where the result goes; ``None`` is ``<name>-edited.mp4`` beside the first file.
        client: a connection to use, left open; ``None`` makes one as the recipe and the settings say.
        overwrite: whether the output may be replaced. An input never is.
        fresh: do it all again, whatever was done before.
        parameters: values for the recipe's parameters.
        on_event: called with each event (progress, text, tool calls), on the calling thread or the client's.
        cluster: a ``distributed.Client``, or a Dask scheduler's address: its workers help with what must be
            encoded. Recordings and output must lie on storage that all of them see by the same paths.
        project: a name for this very work: when it was interrupted on the cloud, it is taken up there.

    Raises:
        UsageError, MediaError, OutputError: refused before anything started.
        GenerationUnknown: nobody knows what became of a message that was on its way when this machine died.
        EditError: nothing of it could be done, so nothing was saved.
        NemoError: the backend, the network or the render failed.
    """
    paths = recipe.input_files() if files is None else tuple(map(Path, _as_list(files)))
    steps = recipe.resolved_steps(parameters)
    check_inputs(paths)
    target, export = choose_output(
        paths, Path(output) if output is not None else None, recipe.export or Export(), wish_of(steps)
    )
    settings, backend = chosen(client, recipe.backend)
    cache = Cache(settings.cache_dir, settings.cache_limit)
    with InputHashes(paths, cache) as hashes:
        pinned = recipe.frozen if _fits(recipe, hashes) else None

        def on(inputs: Sequence[tuple[str, str]]) -> Depends:
            return depends(inputs, (pinned.mark,) if pinned else steps, export, backend, settings)

        reuse = Reuse(cache, target, hashes, on, fresh=fresh)
        for path in filter(None, (target, sidecar_of(target, export))):
            check_output(path, paths, overwrite=overwrite or reuse.asked_before)
        if (found := reuse.found(overwrite=overwrite)) is not None:
            return with_subtitles(found)
        order = Order(recipe.name, paths, steps, target, export, pinned, overwrite, project)
        with connected(client, recipe.backend) as connection:
            return _performed(order, connection, reuse, hashes, on_event, cluster=cluster, fresh=fresh)


def edit(
    files: PathLike | Sequence[PathLike],
    text: str,
    output: PathLike | None = None,
    *,
    overwrite: bool = False,
    fresh: bool = False,
    backend: Backend | None = None,
    client: Client | None = None,
    on_event: OnEvent | None = None,
    **export: Any,
) -> RunRecord:
    """Say one sentence to one file or several, and save the result.

    Args:
        files: one file or several, joined in this order.
        text: what you want, in English or Chinese.
        output: as for :func:`run`, as are the others.
        export: ``format``, ``height``, ``quality``, ``max_bytes``, ``preset``, ``tracks``, ``compat``,
            ``fast``, ``encoder``.

    Raises:
        NemoError: as for :func:`run`.
    """
    if not text.strip():
        raise UsageError("nothing was said", remedy="Say what you want, e.g. 'cut the boring parts'.")
    recipe = Recipe().changed(
        steps=(text.replace("{", "{{").replace("}", "}}"),), backend=backend, export=export or None
    )
    return run(
        recipe, files, output=output, client=client, overwrite=overwrite, fresh=fresh, on_event=on_event
    )


def _fits(recipe: Recipe, hashes: InputHashes) -> bool:
    return recipe.frozen is not None and recipe.frozen.fits([fact.sha256 for fact in hashes.facts()])


def _performed(
    order: Order,
    client: Client,
    reuse: Reuse,
    hashes: InputHashes,
    on_event: OnEvent | None,
    *,
    cluster: Cluster | None,
    fresh: bool,
) -> RunRecord:
    """Carry an order out, with a cluster's help where there is one, and noted where it costs."""
    with (
        _helped(cluster, client, order.target) as shared,
        _noted(client, reuse, order, fresh=fresh) as unfinished,
    ):
        order = replace(order, shared=shared, unfinished=unfinished)
        return Performance(order, client, reuse, hashes, on_event).carry_out()


def _noted(
    client: Client, reuse: Reuse, order: Order, *, fresh: bool
) -> AbstractContextManager[Unfinished | None]:
    """Return the note of a run that costs, to be found by the next one where this does not end."""
    if fresh or order.project is not None or client.backend != "cloud":
        return nullcontext(None)
    from nemo_lab.recipes.unfinished import Unfinished  # brings the client

    return Unfinished(client.settings.data_dir, key_of(reuse.wanted.key, str(order.target.absolute())))


def _helped(cluster: Cluster | None, client: Client, target: Path) -> AbstractContextManager[Path | None]:
    """Have a cluster help, if there is one.

    Raises:
        UsageError: the backend is not one that could be helped.
        MissingExtra: Dask is not installed.
    """
    if cluster is None:
        return nullcontext(None)
    if not client.embedded:
        raise UsageError("a cluster helps the engine on this machine alone", remedy="Use --backend local.")
    try:
        from nemo_lab.recipes.batch.helping import helped
    except ImportError:
        raise MissingExtra("Dask", "dask") from None
    return helped(cluster, target)


def _as_list(files: PathLike | Sequence[PathLike]) -> Sequence[PathLike]:
    return [files] if isinstance(files, str | os.PathLike) else files
