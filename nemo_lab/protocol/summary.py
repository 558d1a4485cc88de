"""A timeline, and what changed in it, in words (SKILL.md v1.9 §3.1 and §3.4).

The keys under which the cloud keeps names, texts and volumes are not public, so several are read.
"""

from __future__ import annotations

from collections import Counter

from nemo_lab.protocol.draft import Draft, Milliseconds, Segment, Track, TrackType
from nemo_lab.protocol.plan import Language

_KINDS = {TrackType.VIDEO: "Video", TrackType.AUDIO: "BGM", TrackType.TEXT: "Title"}
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "added": "{kind} added: {what}",
        "removed": "{kind} removed: {what}",
        "changed": "{kind} changed: {before} → {after}",
        "length": "Length: {before}s → {after}s",
        "pieces": "{kind}: {before} → {after} clips",
        "effect": "Applied to the whole video: {what}",
        "uneffect": "No longer applied to the whole video: {what}",
        "transitions": "Transitions: {before} → {after}",
        "canvas": "Picture: {before} → {after}",
        "details": "{kind}: details changed",
        "whole": "Details of the timeline changed",
    },
    "zh": {
        "added": "已添加{kind}：{what}",
        "removed": "已移除{kind}：{what}",
        "changed": "已更改{kind}：{before} → {after}",
        "length": "时长：{before}秒 → {after}秒",
        "pieces": "{kind}：{before} → {after} 段",
        "effect": "已应用于整个视频：{what}",
        "uneffect": "不再应用于整个视频：{what}",
        "transitions": "转场：{before} → {after} 处",
        "canvas": "画面：{before} → {after}",
        "details": "{kind}：细节已更改",
        "whole": "时间线的细节已更改",
    },
}
_KINDS_ZH = {"Video": "视频", "BGM": "音乐", "Title": "标题"}


def seconds(ms: Milliseconds) -> str:
    """Return ms as seconds, with at most two decimals and none that are zero."""
    return f"{ms / 1000:.2f}".rstrip("0").rstrip(".")


def clock(ms: float) -> str:
    """Return ms as ``m:ss.t`` or ``h:mm:ss.t``."""
    tenths = round(ms / 100)
    minutes, rest = divmod(tenths, 600)
    seconds = f"{rest // 10:02d}.{rest % 10}"
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds}" if minutes >= 60 else f"{minutes}:{seconds}"


def size(count: int) -> str:
    """Return bytes in a unit that can be read."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.2f} GB"


def summary(draft: Draft) -> str:
    """Return the timeline in one line.

    The shape is the vendor's: ``Timeline (3 tracks): 1. Video: city timelapse (0-10s)
    2. BGM: Lo-fi (0-10s, 35%) 3. Title: "Urban Dreams" (0-3s)``.
    """
    if not draft.tracks:
        return "Timeline (empty)"
    count = len(draft.tracks)
    rows = [f"{number}. {kind_of(track)}: {_row(track)}" for number, track in enumerate(draft.tracks, 1)]
    return f"Timeline ({count} track{'s' if count != 1 else ''}): {' '.join(rows)}"


def kind_of(track: Track) -> str:
    """Return what a track is called: Video, BGM, Title, or its number when it is not public."""
    for kind, name in _KINDS.items():
        if track.type == kind:
            return name
    return f"Track type {track.type}"


def text_of(segment: Segment) -> str | None:
    """Return the words that a text segment shows."""
    return _first(segment, ("text", "content", "title"))


def name_of(segment: Segment) -> str | None:
    """Return what a segment is called."""
    return segment.name or _first(segment, ("name", "title", "n", "filename", "text"))


def volume_of(segment: Segment) -> float | None:
    """Return a segment's volume as a factor (1 is unchanged), or ``None`` when it does not say."""
    found = segment.volume
    for key in ("volume", "v"):
        for source in (segment.metadata, segment.model_extra or {}):
            value = source.get(key)
            if found is None and isinstance(value, int | float) and not isinstance(value, bool):
                found = float(value)
    # A factor of more than 4 (+12 dB) makes no sense, so a larger number is a percentage.
    return found / 100 if found is not None and found > 4 else found


def diff(before: Draft, after: Draft, language: Language = "en") -> list[str]:
    """Say in words what changed from one timeline to another; an empty list means nothing did."""
    if before.to_wire() == after.to_wire():
        return []
    words = _WORDS[language]
    lines: list[str] = []
    if before.ready and before.length_ms != after.length_ms:
        lines.append(words["length"].format(before=seconds(before.length_ms), after=seconds(after.length_ms)))
    lines += _track_lines(before, after, language)
    lines += _whole_lines(before, after, words)
    return lines or [words["whole"]]


def _track_lines(before: Draft, after: Draft, language: Language) -> list[str]:
    words, lines = _WORDS[language], []
    kinds = dict.fromkeys(kind_of(track) for track in (*before.tracks, *after.tracks))
    for kind in kinds:
        old = [track for track in before.tracks if kind_of(track) == kind]
        new = [track for track in after.tracks if kind_of(track) == kind]
        if [track.to_wire() for track in old] == [track.to_wire() for track in new]:
            continue
        shown = _KINDS_ZH.get(kind, kind) if language == "zh" else kind
        lines += _kind_lines(shown, old, new, words) or [words["details"].format(kind=shown)]
    return lines


def _kind_lines(kind: str, old: list[Track], new: list[Track], words: dict[str, str]) -> list[str]:
    """Say what changed among the tracks of one kind."""
    was, now = _pieces(old), _pieces(new)
    if len(was) + len(now) > 8 or (was and now and set(was) == set(now)):
        if len(was) == len(now):
            return []
        return [words["pieces"].format(kind=kind, before=len(was), after=len(now))]
    gone, come = (
        list((Counter(was) - Counter(now)).elements()),
        list((Counter(now) - Counter(was)).elements()),
    )
    pairs = min(len(gone), len(come))
    lines = [words["changed"].format(kind=kind, before=a, after=b) for a, b in zip(gone, come, strict=False)]
    lines += [words["removed"].format(kind=kind, what=what) for what in gone[pairs:]]
    lines += [words["added"].format(kind=kind, what=what) for what in come[pairs:]]
    return lines


def _whole_lines(before: Draft, after: Draft, words: dict[str, str]) -> list[str]:
    """Say what changed in transitions, picture size and effects of the whole."""
    lines = []
    joins = [sum(s.transition is not None for t in d.tracks for s in t.segments) for d in (before, after)]
    if joins[0] != joins[1]:
        lines.append(words["transitions"].format(before=joins[0], after=joins[1]))
    sizes = [f"{d.metadata.get('width')}x{d.metadata.get('height')}" for d in (before, after)]
    if sizes[0] != sizes[1] and "None" not in "".join(sizes):
        lines.append(words["canvas"].format(before=sizes[0], after=sizes[1]))
    was, now = ([str(effect.get("op", "effect")) for effect in d.effects] for d in (before, after))
    lines += [words["effect"].format(what=what) for what in (Counter(now) - Counter(was)).elements()]
    lines += [words["uneffect"].format(what=what) for what in (Counter(was) - Counter(now)).elements()]
    return lines


def _pieces(tracks: list[Track]) -> list[str]:
    return [_piece(track, start, segment) for track in tracks for start, segment in track.placed()]


def _row(track: Track) -> str:
    """Return a track's segments in words; many pieces of one file become one line with their number."""
    placed = track.placed()
    if not placed:
        return "(empty)"
    names = {name_of(segment) for _, segment in placed}
    if len(placed) > 1 and len(names) == 1 and track.type != TrackType.TEXT:
        start, first = placed[0]
        return f"{_label(track, first)} ({_span(start, track.end_ms)}, {len(placed)} clips{_percent(first)})"
    return ", ".join(_piece(track, start, segment) for start, segment in placed)


def _piece(track: Track, start: Milliseconds, segment: Segment) -> str:
    span = _span(start, start + segment.duration_ms)
    return f"{_label(track, segment)} ({span}{_percent(segment)})"


def _span(start: Milliseconds, end: Milliseconds) -> str:
    return f"{seconds(start)}-{seconds(end)}s"


def _label(track: Track, segment: Segment) -> str:
    if track.type == TrackType.TEXT:
        return f'"{text_of(segment) or ""}"'
    return name_of(segment) or "untitled"


def _percent(segment: Segment) -> str:
    volume = volume_of(segment)
    return "" if volume is None or volume == 1 else f", {round(volume * 100)}%"


def _first(segment: Segment, keys: tuple[str, ...]) -> str | None:
    """Return the first text under one of the keys, in the metadata or in the segment itself."""
    for source in (segment.metadata, segment.model_extra or {}):
        for key in keys:
            value = source.get(key)
            if isinstance(value, str) and value:
                return value
    return None
