"""How the record of a run shows itself in a notebook."""

from __future__ import annotations

from html import escape

from nemo_lab.client.showing import player_html
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.picture import timeline_html
from nemo_lab.protocol.summary import clock, size
from nemo_lab.recipes.record import RunRecord


def record_html(record: RunRecord) -> str:
    """Return what was said and answered, the timeline before and after, the finished file."""
    steps = "".join(
        f"<li><b>{escape(said.step)}</b><br>"
        f'<span style="white-space:pre-line">{escape(said.reply)}</span></li>'
        for said in record.said
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in record.notes)
    lengths = f"{clock(record.before_ms)} → {clock(record.after_ms)}"
    facts = f"{lengths}, {size(record.output.size_bytes)}, {record.backend} backend"
    return (
        f"<ol>{steps}</ol>{notes}{timeline_html(Draft.from_wire(record.draft_before))}"
        f"{timeline_html(Draft.from_wire(record.draft))}{player_html(record.path)}"
        f"<p>{escape(record.output.path)} ({facts})</p>"
    )
