"""Audio tracks of a recording: one of them by number or role, all of them mixed or kept apart."""

from __future__ import annotations

from nemo_lab.engine.understand.clause import Clause, Findings
from nemo_lab.engine.understand.marks import words
from nemo_lab.engine.understand.rules import silence, sound
from nemo_lab.protocol.patterns import Words
from nemo_lab.protocol.plan import Export, Mute, Normalize, Volume
from nemo_lab.protocol.router import asks_for_file, export_of
from nemo_lab.protocol.tracks import AudioTrack, TrackRole, tracks_of

_NUMBER = words(
    r"\b(?:audio |sound )?track (?:number |no\.? ?|#)?(\d)\b|第([一二三四五六1-9])[条个]?(?:音?轨)"
    r"|音轨 ?(\d)"
)
_NTH = words(r"\b(first|second|third|fourth|1st|2nd|3rd|4th) (?:audio |sound )?track\b")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_ROLES: tuple[tuple[TrackRole, Words], ...] = (
    (
        "chat",
        words(r"\b(?:discord|voice chat|teamspeak|chat (?:audio|track|sound|voices?))\b", r"语音聊天|队友"),
    ),
    (
        "game",
        words(
            r"\b(?:game(?:play)?|desktop) (?:audio|sound|track|volume)\b"
            r"|\b(?:lower|raise|turn (?:up|down)|mute|boost|reduce|bring (?:up|down)) the game(?:play)?\b",
            r"(?:游戏|桌面|系统)(?:的)?(?:声音?|音量|音频|音轨)",
        ),
    ),
    ("music", words(r"\bmusic (?:audio )?track\b", r"音乐轨|音乐音轨")),
    ("mic", words(r"\bmic(?:rophone)?(?: audio)? track\b", r"麦克风(?:的)?音?轨|话筒(?:的)?音?轨")),
    ("loudest", words(r"\bloudest track\b", r"最[响大](?:声)?的(?:那条)?音轨")),
    ("quietest", words(r"\bquietest track\b", r"最[轻小](?:声)?的(?:那条)?音轨")),
)
_MIC = words(r"\bmic(?:rophone)?\b", r"麦克风|话筒")
_DROP = words(r"\b(?:drop|remove|delete|discard|without|lose|cut)\b", r"[去删]掉|删除|去除|移除|不要")


def arranged(clause: Clause) -> Findings | None:
    """Read "mix down to one track" and "keep the tracks separate", said without asking for the file."""
    said = clause.words()
    if asks_for_file(said) and export_of(said) != Export(tracks=tracks_of(said)):
        return None  # the file is described in more ways than this
    wish = tracks_of(said)
    return None if wish is None or clause.has(_NUMBER) else (Export(tracks=wish),)


def one_track(clause: Clause) -> Findings | None:
    """Read what is done to the sound of one track: muted, louder, to a loudness, dropped."""
    if silence.silence(clause):
        return None  # the track that decides where the pauses are
    track = _named(clause)
    for rule in (sound.normalize, sound.mute, sound.volume):
        found = rule(clause)
        if not found or not all(isinstance(op, Volume | Mute | Normalize) for op in found):
            continue
        if track is None and isinstance(found[0], Mute) and clause.has(_MIC):
            track = "mic"  # nobody who mutes the microphone means the game too
        return None if track is None else tuple(_on(op, track) for op in found)
    return (
        (Mute(track=track),)
        if track is not None and clause.has(_DROP) and not clause.values("repxd")
        else None
    )


def _on(op: object, track: AudioTrack) -> Volume | Mute | Normalize:
    assert isinstance(op, Volume | Mute | Normalize)
    changes = {"track": track} if isinstance(op, Normalize) else {"track": track, "target": "all"}
    return op.model_copy(update=changes)


def _named(clause: Clause) -> AudioTrack | None:
    number, nth = clause.find(_NUMBER), clause.find(_NTH)
    if number:
        said = next(group for group in number.groups() if group)
        return _CHINESE.get(said) or int(said)
    if nth:
        return _ORDINALS[nth[1].lower()]
    return next((role for role, pattern in _ROLES if clause.has(pattern)), None)
