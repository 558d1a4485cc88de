"""The report of a batch: JSON and CSV for programs, one page for people."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterator
from contextlib import suppress
from html import escape
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from nemo_lab.errors import OutputNotWritable
from nemo_lab.protocol.summary import clock, size
from nemo_lab.recipes.batch.ledger import Item

_STYLE = """body{font:15px system-ui,sans-serif;margin:2rem;color:#222;background:#fff}
table{border-collapse:collapse}img{height:60px;display:block}
td,th{padding:.4rem .8rem;text-align:left;border-bottom:1px solid #ddd;vertical-align:middle}
pre{white-space:pre-wrap;overflow-wrap:anywhere}.failed{background:#fdecea}.waiting{color:#666}.number{text-align:right;font-variant-numeric:tabular-nums}"""
_SHOWN_IN_NOTEBOOK = 50


class BatchReport(BaseModel):
    """What became of every recording. Times in ms, ``seconds`` of this run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    out: str
    items: tuple[Item, ...]
    skipped: int = 0
    """How many of them were done before and left as they were."""
    stopped: str = ""
    """Why it ended before all was done."""
    seconds: float = 0.0

    @property
    def done(self) -> tuple[Item, ...]:
        """The recordings whose result is there."""
        return tuple(item for item in self.items if item.status == "done")

    @property
    def failed(self) -> tuple[Item, ...]:
        """The recordings that came to nothing, with the reason."""
        return tuple(item for item in self.items if item.status == "failed")

    @property
    def waiting(self) -> tuple[Item, ...]:
        """The recordings that were not begun."""
        return tuple(item for item in self.items if item.status == "waiting")

    @property
    def path(self) -> Path:
        """The page for people; ``batch.json`` and ``batch.csv`` lie beside it."""
        return Path(self.out) / "batch.html"

    def __str__(self) -> str:
        """Say it in a few lines, with each failure."""
        counts = (
            f"{len(self.done)} of {len(self.items)} done ({self.skipped} before), {len(self.failed)} failed"
        )
        lines = [f"{counts}, {len(self.waiting)} not begun, in {self.seconds:.1f} s: {self.out}"]
        lines += [f"  {Path(item.source).name}: {item.error}" for item in self.failed]
        return "\n".join([*lines, *([f"Stopped: {self.stopped}"] if self.stopped else [])])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return the summary and the first recordings for a notebook; pictures stay in the page."""
        rows = "".join(_row(item, pictures=False) for item in self.items[:_SHOWN_IN_NOTEBOOK])
        return {"text/plain": str(self), "text/html": f"<pre>{escape(str(self))}</pre>{_table(rows)}"}

    def save(self) -> None:
        """Write ``batch.json``, ``batch.csv`` and ``batch.html`` into the output folder, each whole.

        Raises:
            OutputNotWritable: they cannot be written.
        """
        folder = Path(self.out)
        _write(folder / "batch.json", self.model_dump_json(indent=1))
        _write(folder / "batch.csv", self.csv())
        _write(folder / "batch.html", "".join(self.html()))

    def csv(self) -> str:
        """Return a table, one recording a line; what a spreadsheet would take for a formula is quoted."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(Item.model_fields))
        writer.writeheader()
        for item in self.items:
            writer.writerow({name: _harmless(value) for name, value in item.model_dump().items()})
        return text.getvalue()

    def html(self) -> Iterator[str]:
        """Yield the page in parts."""
        yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(self.name)}</title>"
        yield f"<style>{_STYLE}</style><h1>{escape(self.name)}</h1><pre>{escape(str(self))}</pre>"
        yield _table("".join(_row(item, pictures=True) for item in self.items))
        yield "</html>\n"


def _table(rows: str) -> str:
    heads = "".join(f"<th>{head}" for head in ("Result", "Recording", "Before", "After", "Size", "Notes"))
    return f"<table><thead><tr>{heads}</thead><tbody>{rows}</tbody></table>"


def _row(item: Item, *, pictures: bool) -> str:
    name, link = escape(item.target), quote(item.target)
    shown = name if item.status != "done" else f'<a href="./{link}">{name}</a>'
    if pictures and item.picture:
        shown = f'<img src="./{quote(item.picture)}" alt="" loading=lazy>{shown}'
    source = escape(Path(item.source).name)
    origin = f'<a href="{Path(item.source).as_uri()}" title="{escape(item.source)}">{source}</a>'
    numbers = [clock(item.before_ms), clock(item.after_ms), size(item.size_bytes)]
    if item.status != "done":
        numbers = ["", "", ""]
    cells = "".join(f"<td class=number>{number}" for number in numbers)
    note = escape(item.error or item.notes or (item.why if item.reused else ""))
    return f'<tr class="{item.status}"><td>{shown}<td>{origin}{cells}<td>{note or item.status}</tr>\n'


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _write(path: Path, text: str) -> None:
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        scratch.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
        scratch.replace(path)
    except OSError as exc:
        raise OutputNotWritable(f"{path} cannot be written: {exc.strerror}", path=path) from None
    finally:
        with suppress(OSError):
            scratch.unlink()
