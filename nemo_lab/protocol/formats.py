"""What a finished file may be."""

from __future__ import annotations

from typing import Literal

MediaFormat = Literal["mp4", "mov", "webm", "mkv", "gif", "mp3", "wav", "m4a", "png"]
TimelineFormat = Literal["otio", "fcpxml", "xml", "mlt", "kdenlive", "edl", "csv", "ffconcat"]
"""The cut itself, as a file of another editor; ``xml`` is Final Cut Pro 7's, which Premiere reads."""
ExportFormat = Literal[MediaFormat, TimelineFormat]
Quality = Literal["low", "medium", "high"]
SubtitleFormat = Literal["srt", "vtt", "ass"]
Preset = Literal["youtube", "tiktok", "reels", "shorts", "preview"]
