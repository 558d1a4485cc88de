"""Audio tracks: which is which, one of them made quieter, and the words for it."""

from __future__ import annotations

import numpy as np
import pytest

from nemo_lab.engine.analysis import Analysis, Envelope
from nemo_lab.engine.analysis.roles import find_track, mix_of_others, role_of
from nemo_lab.engine.compose import Asset, compose, place
from nemo_lab.engine.media import AudioStream, MediaInfo
from nemo_lab.engine.understand import understand
from nemo_lab.protocol.draft import Draft
from nemo_lab.protocol.plan import Export, Mute, Normalize, Operation, Remove, RemoveSilence, Volume
from nemo_lab.protocol.router import export_wish
from nemo_lab.protocol.tracks import AudioTrack

TITLES = ("Full mix", "Mic", "Desktop Audio", "Discord")


def levels(seed: int, *, speech: bool, base: float = -20.0) -> np.ndarray:
    """Return ten seconds of levels (dBFS, 20 ms): speech with pauses, or a game that never stops."""
    values = base + np.random.default_rng(seed).normal(0, 2, 500)
    if speech:
        values[np.arange(500) // 50 % 2 == 1] = -70
    return values


def summed(*tracks: np.ndarray) -> np.ndarray:
    return 10 * np.log10(sum(10 ** (track / 10) for track in tracks))


MIC, GAME, CHAT = levels(1, speech=True), levels(2, speech=False, base=-28), levels(3, speech=True, base=-45)
UNTITLED = ("", "", "")


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Mic/Aux", "mic"),
        ("麦克风", "mic"),
        ("My Voice", "mic"),
        ("Voice chat", "chat"),
        ("Discord", "chat"),
        ("队友语音", "chat"),
        ("Desktop Audio", "game"),
        ("游戏声音", "game"),
        ("Music", "music"),
        ("背景音乐", "music"),
        ("Full mix", "mix"),
        ("Master", "mix"),
        ("Track1", None),
        ("", None),
    ],
)
def test_titles_tell(title: str, role: str | None) -> None:
    assert role_of(title) == role


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(1, 0), (4, 3), (5, None), (0, None), ("mix", 0), ("mic", 1), ("game", 2), ("chat", 3), ("music", None)],
)
def test_a_track_is_found_by_number_or_title(wanted: AudioTrack, found: int | None) -> None:
    assert find_track(wanted, TITLES) == found


def test_without_titles_the_sound_tells() -> None:
    tracks = [summed(MIC, GAME), MIC, GAME]
    assert mix_of_others(tracks) == 0
    assert find_track("mix", UNTITLED, tracks) == 0
    assert find_track("mic", UNTITLED, tracks) == 1
    assert find_track("loudest", UNTITLED, tracks) == 1
    assert find_track("quietest", UNTITLED, tracks) == 2
    assert find_track("game", UNTITLED, tracks) == 2
    assert find_track("music", UNTITLED, tracks) == 2
    assert find_track("chat", UNTITLED, tracks) is None
    assert find_track("mic", UNTITLED) is None


def test_what_could_be_several_tracks_is_none() -> None:
    friend, music = levels(4, speech=True, base=-24), levels(5, speech=False, base=-30)
    four = [summed(MIC, GAME, friend), MIC, GAME, friend]
    assert [find_track(role, ("",) * 4, four) for role in ("game", "chat")] == [2, 3]
    assert [find_track(role, ("",) * 3, [MIC, GAME, music]) for role in ("game", "music")] == [None, None]
    assert find_track("music", ("", "Desktop", ""), [MIC, GAME, music]) == 2
    assert find_track("game", ("", ""), [GAME, music]) is None, "none of them is a microphone"


def test_a_track_that_is_no_sum_is_no_mix() -> None:
    assert mix_of_others([MIC, GAME, CHAT]) is None
    assert mix_of_others([MIC, MIC]) is None
    silent = np.full(500, -100.0)
    assert mix_of_others([silent, silent, silent]) is None
    assert mix_of_others([MIC, MIC, silent]) is None, "a copy of one track proves nothing"


def asset(titles: tuple[str, ...], analysis: Analysis | None = None, name: str = "a") -> Asset:
    audio = tuple(
        AudioStream(index=n, title=title, channels=2, rate=48000, codec="aac")
        for n, title in enumerate(titles)
    )
    info = MediaInfo(
        kind="video", duration_ms=10_000, width=320, height=180, audio=audio, frames=300, size_bytes=1
    )
    return Asset(name, f"{name}.mkv", info, analysis)


def after(operation: Operation, one: Asset) -> Draft:
    result = compose(place(Draft(), one), [operation], {one.id: one}, language="en")
    return result.draft


def volumes(draft: Draft) -> list[dict[str, float]]:
    return [segment.track_volumes for segment in draft.tracks[0].segments]


def test_one_track_is_muted_and_the_others_stay() -> None:
    draft = after(Mute(track="game"), asset(TITLES))
    assert volumes(draft) == [{"3": 0.0}]
    assert draft.tracks[0].segments[0].volume in (None, 1.0)
    assert Draft.from_wire(draft.to_wire()) == draft


def test_only_the_stretch_that_is_named() -> None:
    draft = after(Volume(track=2, gain_db=-6, start_ms=2000, end_ms=4000), asset(TITLES))
    assert volumes(draft) == [{}, {"2": 0.5012}, {}]


def test_gains_add_up_and_unchanged_is_not_said() -> None:
    one = asset(TITLES)
    twice = compose(place(Draft(), one), [Volume(track=2, factor=0.5), Volume(track=2, gain_db=6.0206)],
                    {one.id: one}, language="en").draft  # fmt: skip
    assert volumes(twice) == [{}]


def test_the_voice_is_its_own_track_where_there_is_one() -> None:
    assert volumes(after(Volume(target="voice", factor=2.0), asset(TITLES))) == [{"2": 2.0}]
    plain = after(Volume(target="voice", factor=2.0), asset(("",)))
    assert (volumes(plain), plain.tracks[0].segments[0].volume) == ([{}], 2.0)


def test_the_music_is_the_recordings_own_track_where_none_was_laid() -> None:
    one = asset(("Mic", "Music"))
    assert volumes(after(Remove(target="music"), one)) == [{"2": 0.0}]
    assert volumes(after(Mute(track="music"), one)) == [{"2": 0.0}]


def test_a_track_that_is_not_there_is_said() -> None:
    one = asset(("Mic", "Game"))
    with pytest.raises(Exception, match="no such audio track"):
        compose(place(Draft(), one), [Mute(track="chat")], {one.id: one}, language="en")


def test_untitled_tracks_are_told_by_their_sound() -> None:
    envelopes = tuple(
        Envelope(index=n, levels=tuple(int(v * 10) for v in track))
        for n, track in enumerate((summed(MIC, GAME), MIC, GAME))
    )
    heard = Analysis(duration_ms=10_000, envelopes=envelopes)
    assert volumes(after(Mute(track="mic"), asset(UNTITLED, heard))) == [{"2": 0.0}]
    cut = after(RemoveSilence(track="mic"), asset(UNTITLED, heard))
    assert len(cut.tracks[0].segments) > 3


def test_loudness_of_one_track_stands_beside_that_of_another() -> None:
    one = asset(TITLES)
    wishes = [Normalize(track="mic", lufs=-16), Normalize(track=3, lufs=-24), Normalize(track=2, lufs=-18)]
    effects = compose(place(Draft(), one), wishes, {one.id: one}, language="en").draft.effects
    assert [(effect["track"], effect["lufs"]) for effect in effects] == [(3, -24), (2, -18)]


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("mute track 3", Mute(track=3)),
        ("mute the game audio", Mute(track="game")),
        ("mute my microphone", Mute(track="mic")),
        ("mute the music track", Mute(track="music")),
        ("drop the music track", Remove(target="music")),
        ("remove the second track", Mute(track=2)),
        ("lower the game sound by 6 dB", Volume(track="game", gain_db=-6)),
        ("turn down track 2 by 50%", Volume(track=2, factor=0.5)),
        ("normalize the mic track to -16 LUFS", Normalize(track="mic", lufs=-16)),
        ("静音第2条音轨", Mute(track=2)),
        ("把游戏声音调小一点", Volume(track="game", gain_db=-3)),
        ("mix down to one track", Export(tracks="mix")),
        ("cut the pauses, use track 2", RemoveSilence(track=2)),
        ("mute the audio", Mute()),
        ("remove the audio track", Mute()),
    ],
)
def test_sentences(text: str, operation: Operation) -> None:
    assert understand(text).operations == (operation,)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("cut the pauses and mix down to one track", "mix"),
        ("export as mp4 with all tracks mixed into one", "mix"),
        ("export with the audio tracks kept separate", "keep"),
        ("导出时保留所有音轨", "keep"),
        ("去掉停顿，合并所有音轨", "mix"),
        ("don't mix the tracks, export as mkv", "keep"),
        ("不要混合音轨", "keep"),
        ("how do I mix the tracks?", None),
        ("export 1080p", None),
    ],
)
def test_wishes_for_the_file(text: str, wish: str | None) -> None:
    found = export_wish(text)
    assert (found.tracks if found else None) == wish
