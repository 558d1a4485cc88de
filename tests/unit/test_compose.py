"""Each operation on a small timeline, worked out by hand."""

from __future__ import annotations

import time

import pytest

from nemo_lab.engine.analysis import Analysis, Envelope
from nemo_lab.engine.compose import Asset, Composition, compose, place
from nemo_lab.engine.media import AudioStream, MediaInfo
from nemo_lab.errors import EditError
from nemo_lab.protocol.draft import Draft, Segment, TrackType
from nemo_lab.protocol.plan import parse_operation
from nemo_lab.protocol.summary import summary

SOUND = (AudioStream(index=0, channels=2, rate=48_000, codec="aac"),)


def video(
    name: str = "rec.mkv", seconds: int = 60, *, pauses: tuple[tuple[float, float], ...] = (), **info
) -> Asset:
    """A recording; it is loud but for its pauses (seconds)."""
    facts = {"kind": "video", "width": 1920, "height": 1080, "audio": SOUND, "size_bytes": 1} | info
    quiet = {window for a, b in pauses for window in range(round(a * 50), round(b * 50))}
    levels = [-600 if window in quiet else -200 - window % 7 for window in range(seconds * 50)]
    analysis = Analysis(duration_ms=seconds * 1000, envelopes=(Envelope(index=0, levels=tuple(levels)),))
    return Asset(name, name, MediaInfo(duration_ms=seconds * 1000, **facts), analysis)


def song(name: str = "song.mp3", seconds: int = 7) -> Asset:
    info = MediaInfo(kind="audio", duration_ms=seconds * 1000, audio=SOUND, size_bytes=1)
    return Asset(name, name, info)


def picture(name: str = "logo.png") -> Asset:
    return Asset(name, name, MediaInfo(kind="image", duration_ms=0, width=400, height=300, size_bytes=1))


class Table:
    """A timeline and its files; :meth:`do` carries operations out and keeps the result."""

    def __init__(self, *assets: Asset) -> None:
        self.library = {asset.id: asset for asset in assets}
        self.draft = Draft()
        for asset in assets:
            self.draft = place(self.draft, asset)

    def do(self, *operations: dict, language: str = "en") -> Composition:
        plan = [parse_operation(operation) for operation in operations]
        result = compose(self.draft, plan, self.library, language=language)
        self.draft = result.draft
        return result

    @property
    def main(self) -> tuple[Segment, ...]:
        return self.draft.tracks[0].segments

    def spans(self) -> list[tuple[int, int]]:
        """Which stretch of its file each piece shows, in ms."""
        return [(s.source_start_ms, round(s.source_end_ms)) for s in self.main]

    def texts(self) -> list[tuple[str, int, int]]:
        return [
            (s.metadata["text"], s.start_ms, s.duration_ms)
            for track in self.draft.of_type(TrackType.TEXT)
            for s in track.segments
        ]

    def music(self) -> list[tuple[int, int, int, float]]:
        """Start, length, start in the file and volume of each stretch of music."""
        return [
            (s.start_ms, s.duration_ms, s.source_start_ms, s.volume)
            for track in self.draft.of_type(TrackType.AUDIO)
            for s in track.segments
        ]

    @property
    def size(self) -> tuple[int, int]:
        return self.draft.metadata["width"], self.draft.metadata["height"]


@pytest.fixture
def table() -> Table:
    return Table(video(pauses=((10, 12), (30, 33))))


# Placing -----------------------------------------------------------------------------------------------


def test_the_first_picture_sets_the_timeline(table):
    assert summary(table.draft) == "Timeline (1 tracks): 1. Video: rec.mkv (0-60s)".replace(
        "1 tracks", "1 track"
    )
    assert table.draft.metadata == {
        "title": "rec", "width": 1920, "height": 1080, "x_rate": "30/1", "x_base": [1920, 1080]
    }  # fmt: skip
    assert table.draft.duration_ms == 60_000


def test_a_second_picture_follows_and_a_song_waits():
    table = Table(video("a.mp4", 10), song(), video("b.mp4", 5, width=640, height=480), picture())
    assert [(s.name, s.start_ms, s.duration_ms) for s in table.main] == [
        ("a.mp4", 0, 10_000), ("b.mp4", 10_000, 5000), ("logo.png", 15_000, 5000)
    ]  # fmt: skip
    assert table.size == (1920, 1080)
    assert len(table.draft.tracks) == 1


def test_a_song_alone_is_the_timeline_until_a_picture_comes():
    alone = Table(song())
    assert (alone.draft.tracks[0].type, alone.draft.duration_ms) == (TrackType.AUDIO, 7000)
    both = Table(song(), video(seconds=9))
    assert [track.type for track in both.draft.tracks] == [TrackType.VIDEO]
    assert both.draft.duration_ms == 9000


def test_odd_sizes_become_even_and_lengths_end_on_a_frame():
    table = Table(video(seconds=2, width=641, height=361, rate="30000/1001"))
    assert table.size == (642, 362)
    assert table.draft.duration_ms == table.main[0].duration_ms == 2002


# Cutting -----------------------------------------------------------------------------------------------


def test_cut_removes_and_closes_the_gap(table):
    result = table.do({"op": "cut", "start_ms": 10_000, "end_ms": 25_000})
    assert table.spans() == [(0, 10_000), (25_000, 60_000)]
    assert [s.start_ms for s in table.main] == [0, 10_000]
    assert result.done == ["Removed 0:10–0:25 (15 s): 1:00 → 0:45"]
    assert result.changed_ids == ("s1", "s3")


def test_negative_and_open_times(table):
    table.do({"op": "cut", "end_ms": 5000}, {"op": "cut", "start_ms": -8000})
    assert table.spans() == [(5000, 52_000)]


def test_times_of_one_plan_mean_the_timeline_before_it(table):
    table.do(
        {"op": "cut", "start_ms": 0, "end_ms": 10_000},
        {"op": "cut", "start_ms": 20_000, "end_ms": 30_000},
        {"op": "mute", "start_ms": 40_000, "end_ms": 50_000},
    )
    assert table.spans() == [(10_000, 20_000), (30_000, 40_000), (40_000, 50_000), (50_000, 60_000)]
    assert [s.volume for s in table.main] == [None, None, 0.0, None]
    # A later plan means the timeline that is there now.
    table.do({"op": "cut", "start_ms": 0, "end_ms": 10_000})
    assert table.spans()[0] == (30_000, 40_000)


def test_cut_points_lie_on_the_frame_grid_of_the_file():
    table = Table(video(seconds=60, rate="25/1"))
    table.do({"op": "cut", "start_ms": 1010, "end_ms": 2030})
    assert table.spans() == [(0, 1000), (2040, 60_000)]


def test_keep_is_the_union_in_order_of_time(table):
    result = table.do(
        {"op": "keep", "start_ms": 40_000, "end_ms": 45_000},
        {"op": "keep", "start_ms": 5000, "end_ms": 10_000},
    )
    assert table.spans() == [(5000, 10_000), (40_000, 45_000)]
    assert result.done == ["Kept 0:05–0:10, 0:40–0:45: 1:00 → 0:10"]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"op": "cut", "start_ms": 10_000, "end_ms": 10_000}, "the range 0:10–0:10 is empty"),
        ({"op": "cut", "start_ms": 20_000, "end_ms": 10_000}, "the range 0:20–0:10 is empty"),
        (
            {"op": "keep", "start_ms": 70_000, "end_ms": 80_000},
            "1:10–1:20 is not on the timeline, which is 1:00 long",
        ),
        ({"op": "mute", "start_ms": 60_000}, "not on the timeline"),
        ({"op": "cut"}, "would remove everything"),
        ({"op": "cut", "start_ms": -90_000}, "would remove everything"),
        ({"op": "cut", "start_ms": 1000, "end_ms": 1003}, "shorter than one frame"),
        ({"op": "reorder", "order": [2, 1]}, "does not fit 1 clip\\(s\\)"),
        ({"op": "merge", "files": ["other.mp4"]}, "no file “other.mp4”"),
        ({"op": "volume"}, "say how loud"),
        ({"op": "reframe", "aspect": "0:5"}, "no aspect ratio"),
        ({"op": "title", "text": "x", "start_ms": 60_000}, "not on the timeline"),
    ],
)
def test_a_wish_that_cannot_be_is_an_error_and_changes_nothing(table, operation, message):
    before = table.draft
    with pytest.raises(EditError, match=message):
        table.do(operation)
    assert table.draft is before


def test_in_company_it_is_a_note(table):
    result = table.do({"op": "cut", "start_ms": 9000, "end_ms": 9000}, {"op": "cut", "end_ms": 1000})
    assert result.notes == ["The range 0:09–0:09 is empty."]
    assert table.draft.duration_ms == 59_000


def test_a_range_over_the_end_is_clamped_and_noted(table):
    result = table.do({"op": "cut", "start_ms": 50_000, "end_ms": 70_000})
    assert table.draft.duration_ms == 50_000
    assert result.notes == ["0:50–1:10 reaches beyond the timeline (1:00); the part inside it was used."]


def test_nothing_on_the_timeline():
    with pytest.raises(EditError, match="nothing on the timeline"):
        compose(Draft(), [parse_operation({"op": "cut"})], {})


def test_a_lost_file_is_named(table):
    table.library.clear()
    with pytest.raises(EditError, match=r"rec\.mkv, which is no longer there"):
        table.do({"op": "cut", "end_ms": 1000})


def test_protect_guards_against_this_plan_and_later_automatic_cuts(table):
    table.do(
        {"op": "cut", "start_ms": 5000, "end_ms": 20_000},
        {"op": "protect", "start_ms": 8000, "end_ms": 14_000},
    )
    assert table.spans() == [(0, 5000), (8000, 14_000), (20_000, 60_000)]
    result = table.do({"op": "remove_silence"})
    assert result.done == ["Removed 1 pause of 2.7 s: 0:51 → 0:48.3"]
    assert (8000, 14_000) in table.spans()


def test_undo_redo_and_export_are_passed_over(table):
    result = table.do({"op": "undo"}, {"op": "redo"}, {"op": "export"})
    assert (result.draft, result.done, result.notes) == (table.draft, [], [])


# Silence -----------------------------------------------------------------------------------------------


def test_remove_silence_cuts_the_pauses(table):
    result = table.do({"op": "remove_silence"})
    assert table.spans() == [(0, 10_167), (11_867, 30_167), (32_867, 60_000)]
    assert result.done == ["Removed 2 pauses, 4.4 s in all: 1:00 → 0:55.6"]
    assert table.do({"op": "remove_silence"}).notes == ["No pause of 0.6 s or longer was found."]


def test_remove_silence_in_chinese(table):
    assert table.do({"op": "remove_silence"}, language="zh").done == [
        "已删除 2 处停顿，共 4.4 秒：1:00 → 0:55.6"
    ]


def test_pauses_are_hurried_through_once(table):
    operation = {"op": "remove_silence", "mode": "speed", "factor": 4}
    result = table.do(operation)
    assert [s.speed for s in table.main] == [1, 4, 1, 4, 1]
    assert result.done == ["Hurried through 2 pauses at 4x: 1:00 → 0:56.7"]
    assert table.draft.duration_ms == 56_700
    assert table.do(operation).done == []


def test_silence_on_a_cut_and_sped_timeline(table):
    table.do({"op": "cut", "end_ms": 20_000}, {"op": "speed", "factor": 2})
    result = table.do({"op": "remove_silence", "margin_ms": 140})
    (first, last), (again, end) = table.spans()
    assert (first, again) == (20_000, 32_867)
    # At twice the speed a border is told to 2 ms.
    assert (abs(last - 30_133) <= 2, abs(end - 60_000) <= 2) == (True, True)
    assert result.done[0].startswith("Removed 1 pause of 1.4 s")


def test_an_hour_with_a_thousand_pauses_takes_seconds():
    table = Table(video(seconds=3600, pauses=tuple((n, n + 1.2) for n in range(2, 3598, 3))))
    began = time.perf_counter()
    table.do({"op": "remove_silence"}, {"op": "transition"})
    assert len(table.main) == 1200
    table.do({"op": "condense", "target_ms": 1000})
    assert time.perf_counter() - began < 30


@pytest.mark.parametrize(
    ("asset", "note"),
    [
        (video(pauses=()), "No pause of 0.6 s or longer was found."),
        (video(pauses=((0, 60),)), "No pause"),
        (video(audio=()), "There is no sound to listen to"),
    ],
)
def test_nothing_to_remove_is_noted(asset, note):
    table = Table(asset)
    result = table.do({"op": "remove_silence"})
    assert table.spans() == [(0, 60_000)]
    assert len(result.notes) == 1
    assert result.notes[0].startswith(note)


def test_a_timeline_of_nothing_but_a_pause_stays(table):
    table.do({"op": "keep", "start_ms": 30_500, "end_ms": 32_000})
    assert "only silence" in table.do({"op": "remove_silence"}).notes[0]
    assert table.draft.duration_ms == 1500


def test_condense_shortens_pauses_before_it_drops_anything(table):
    assert table.do({"op": "condense", "target_ms": 90_000}).notes == ["It is 1:00 long already."]
    result = table.do({"op": "condense", "target_ms": 56_000})
    assert result.done == ["Shortened the pauses: 1:00 → 0:56"]


# Speed, order, joining ---------------------------------------------------------------------------------


def test_speed_of_all_and_of_a_stretch(table):
    assert table.do({"op": "speed", "factor": 1.5}).done == ["Speed 1.5x: 1:00 → 0:40"]
    result = table.do({"op": "speed", "factor": 0.5, "start_ms": 10_000, "end_ms": 14_000})
    assert [(s.speed, s.duration_ms) for s in table.main] == [(1.5, 10_000), (0.75, 8000), (1.5, 26_000)]
    assert result.done == ["Speed 0.5x in 0:10–0:14: 0:40 → 0:44"]


def test_split_every_and_at(table):
    table.do({"op": "split", "every_ms": 25_000})
    assert table.spans() == [(0, 25_000), (25_000, 50_000), (50_000, 60_000)]
    table.do({"op": "split", "at_ms": -5000})
    assert table.spans()[2:] == [(50_000, 55_000), (55_000, 60_000)]
    assert len({s.id for s in table.main}) == 4


def test_reorder_and_its_times():
    table = Table(video("a.mp4", 10), video("b.mp4", 20), video("c.mp4", 30))
    result = table.do(
        {"op": "reorder", "order": [3, 1]}, {"op": "title", "text": "b begins", "start_ms": 10_000}
    )
    assert [s.name for s in table.main] == ["c.mp4", "a.mp4", "b.mp4"]
    assert table.texts() == [("b begins", 40_000, 3000)]
    assert result.done[0] == "New order of the clips: 3, 1, 2"


def test_merge_brings_files_into_the_order_said():
    table = Table(video("a.mp4", 10), video("b.mp4", 20))
    result = table.do({"op": "merge", "files": ["B", "a.mp4"]})
    assert [s.name for s in table.main] == ["b.mp4", "a.mp4"]
    assert result.done == ["Joined 2 files: b.mp4, a.mp4 (0:30)"]


def test_merge_takes_in_what_is_not_there_and_times_mean_the_whole():
    table = Table(video("a.mp4", 10))
    table.library["b.mp4"] = video("b.mp4", 20)
    table.do({"op": "cut", "start_ms": -5000}, {"op": "merge"})
    assert [(s.name, s.duration_ms) for s in table.main] == [("a.mp4", 10_000), ("b.mp4", 15_000)]


def test_merge_of_one_file_says_so(table):
    with pytest.raises(EditError, match="only one file"):
        table.do({"op": "merge"})


# Transitions -------------------------------------------------------------------------------------------


def test_transitions_at_every_cut(table):
    result = table.do({"op": "remove_silence"}, {"op": "transition"})
    assert [s.transition and s.transition.duration_ms for s in table.main] == [400, 400, None]
    assert result.done[1] == "Added 2 crossfade transitions of 0.4 s"
    assert result.notes == []


def test_joined_files_are_trimmed_for_handles():
    table = Table(video("a.mp4", 10), video("b.mp4", 20))
    result = table.do({"op": "transition", "duration_ms": 1000})
    assert table.spans() == [(0, 9500), (500, 20_000)]
    assert result.notes == ["2 clip(s) were trimmed (1 s in all) so that there is picture to blend."]


def test_fades_through_black_need_no_handles():
    table = Table(video("a.mp4", 10), video("b.mp4", 20))
    table.do({"op": "transition", "kind": "fade_black", "duration_ms": 1000})
    assert table.draft.duration_ms == 30_000
    assert table.main[0].transition.kind == "fade_black"


def test_a_clip_too_short_keeps_its_hard_cut(table):
    result = table.do(
        {"op": "cut", "start_ms": 10_000, "end_ms": 20_000},
        {"op": "cut", "start_ms": 20_200, "end_ms": 40_000},
        {"op": "transition"},
    )
    assert [s.transition for s in table.main] == [None, None, None]
    assert result.notes == [
        "2 cut(s) stay as they are: a clip beside them is shorter than the transition (0.4 s)."
    ]


def test_a_change_of_speed_or_look_is_no_cut(table):
    table.do({"op": "remove_silence", "mode": "speed"}, {"op": "color", "saturation": 0, "end_ms": 5000})
    for kind in ("crossfade", "fade_black"):
        assert table.do({"op": "transition", "kind": kind}).notes == [
            "There are no cuts to put a transition at."
        ]


def test_clips_that_were_split_on_purpose_take_a_visible_transition(table):
    table.do({"op": "split", "every_ms": 20_000}, {"op": "transition", "kind": "wipe_left"})
    assert [s.transition and s.transition.kind for s in table.main] == ["wipe_left", "wipe_left", None]


def test_no_cut_no_transition(table):
    assert table.do({"op": "transition"}).notes == ["There are no cuts to put a transition at."]
    table.do({"op": "split", "at_ms": 30_000})
    assert table.do({"op": "transition"}).notes == ["There are no cuts to put a transition at."]


def test_later_cuts_take_their_transitions_along(table):
    table.do({"op": "remove_silence"}, {"op": "transition"})
    table.do({"op": "cut", "start_ms": 20_000})
    assert [s.transition is not None for s in table.main] == [True, False]


# Titles ------------------------------------------------------------------------------------------------


def test_title_with_its_look(table):
    result = table.do({"op": "title", "text": "Urban “Dreams” 城市", "position": "top", "color": "#ff0000"})
    segment = table.draft.of_type(TrackType.TEXT)[0].segments[0]
    assert segment.metadata == {
        "text": "Urban “Dreams” 城市", "position": "top", "size": 1.0, "color": "#ff0000", "box": False
    }  # fmt: skip
    assert result.done == ["Title “Urban “Dreams” 城市” at 0:00–0:03"]


def test_title_times(table):
    result = table.do(
        {"op": "cut", "end_ms": 20_000},
        {"op": "title", "text": "start"},
        {"op": "title", "text": "there", "start_ms": 30_000},
        {"op": "title", "text": "end", "start_ms": -10_000, "duration_ms": None},
        {"op": "title", "text": "late", "start_ms": -1000},
    )
    assert table.texts() == [
        ("start", 0, 3000), ("there", 10_000, 3000), ("end", 30_000, 10_000), ("late", 39_000, 1000)
    ]  # fmt: skip
    assert result.notes == ["Title “late” was shortened to end with the timeline."]
    assert len(table.draft.of_type(TrackType.TEXT)) == 2


def test_titles_move_with_the_picture_under_them(table):
    table.do(
        {"op": "title", "text": "early", "start_ms": 5000},
        {"op": "title", "text": "gone", "start_ms": 20_000},
        {"op": "title", "text": "late", "start_ms": 40_000},
    )
    result = table.do({"op": "cut", "start_ms": 15_000, "end_ms": 30_000})
    assert table.texts() == [("early", 5000, 3000), ("late", 25_000, 3000)]
    assert result.notes == ["Title “gone” went with what was cut."]


def test_a_title_stays_readable_when_its_picture_is_cut_short(table):
    table.do({"op": "title", "text": "hello", "start_ms": 10_000, "duration_ms": 4000})
    table.do({"op": "cut", "start_ms": 11_000, "end_ms": 20_000})
    assert table.texts() == [("hello", 10_000, 3000)]


# Sound -------------------------------------------------------------------------------------------------


def test_music_from_a_file_by_name_follows_the_length():
    table = Table(video(), song())
    result = table.do({"op": "music", "file": "SONG", "volume": 0.35})
    assert result.done == ["Music: song.mp3 at 35%"]
    assert table.music() == [(0, 60_000, 0, 0.35)]
    track = table.draft.of_type(TrackType.AUDIO)[0]
    assert track.metadata == {"role": "music"}
    assert (track.segments[0].loop, track.segments[0].fade_out_ms) == (True, 2000)
    table.do({"op": "cut", "start_ms": 10_000})
    assert table.music() == [(0, 10_000, 0, 0.35)]
    table.do({"op": "speed", "factor": 0.5})
    assert table.music() == [(0, 20_000, 0, 0.35)]


def test_a_style_without_a_file_says_how(table):
    with pytest.raises(EditError, match="upload an audio file"):
        table.do({"op": "music", "style": "lo-fi"})
    both = Table(video(), song("calm lo-fi beats.mp3"), song("rock.mp3"))
    assert both.do({"op": "music", "style": "Lo-Fi"}).done == ["Music: calm lo-fi beats.mp3 at 25%"]
    one = Table(video(), song()).do({"op": "music", "style": "lo-fi"})
    assert one.notes == [
        "There is no “lo-fi” music here; the audio file that was uploaded was used: song.mp3."
    ]


def test_music_that_is_not_repeated():
    table = Table(video(), song())
    result = table.do({"op": "music", "loop": False})
    assert table.music() == [(0, 7000, 0, 0.25)]
    assert result.notes == ["song.mp3 is only 0:07 long and is not repeated.".capitalize()]


def test_volume_of_a_stretch_of_music_goes_on_where_it_was():
    table = Table(video(), song())
    table.do({"op": "music"})
    table.do({"op": "mute", "target": "music", "start_ms": 10_000, "end_ms": 20_000})
    assert table.music() == [(0, 10_000, 0, 0.25), (10_000, 10_000, 3000, 0.0), (20_000, 40_000, 6000, 0.25)]
    table.do({"op": "cut", "end_ms": 5000})
    assert table.music() == [(0, 5000, 0, 0.25), (5000, 10_000, 5000, 0.0), (15_000, 40_000, 1000, 0.25)]


def test_volume_by_factor_and_gain(table):
    assert table.do({"op": "volume", "factor": 0.5}).done == ["Volume of everything: 50%"]
    result = table.do({"op": "volume", "gain_db": 6.0, "target": "voice", "end_ms": 10_000})
    assert [s.volume for s in table.main] == [pytest.approx(0.9976), 0.5]
    assert result.done == ["Volume of the recording's sound: 99.76%, 0:00–0:10"]


@pytest.mark.parametrize("op", ["mute", "normalize", "denoise"])
def test_no_sound_to_change(op):
    with pytest.raises(EditError, match="there is no sound"):
        Table(video(audio=())).do({"op": op})


def test_no_music_to_change(table):
    with pytest.raises(EditError, match="no music"):
        table.do({"op": "volume", "target": "music", "factor": 0.3})


def test_normalize_and_fades_replace_earlier_ones(table):
    table.do({"op": "normalize", "lufs": -14}, {"op": "fade", "direction": "in", "duration_ms": 2000})
    result = table.do(
        {"op": "normalize"}, {"op": "fade", "direction": "in"}, {"op": "fade", "direction": "out"}
    )
    assert result.done[0] == "Loudness brought to -16 LUFS"
    assert table.draft.effects == (
        {"op": "normalize", "lufs": -16.0},
        {"op": "fade", "direction": "in", "duration_ms": 1000, "target": "both"},
        {"op": "fade", "direction": "out", "duration_ms": 1000, "target": "both"},
    )


# Picture -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operations", "size"),
    [
        ([{"op": "rotate", "degrees": 90}], (1080, 1920)),
        ([{"op": "rotate", "degrees": 180}], (1920, 1080)),
        ([{"op": "rotate", "degrees": 90}, {"op": "rotate", "degrees": -90}], (1920, 1080)),
        ([{"op": "reframe", "aspect": "9:16"}], (608, 1080)),
        ([{"op": "reframe", "aspect": "9:16"}, {"op": "reframe", "aspect": "1:1"}], (1080, 1080)),
        ([{"op": "resize", "height": 720}], (1280, 720)),
        ([{"op": "resize", "width": 640, "height": 640}], (640, 640)),
        ([{"op": "rotate", "degrees": 270}, {"op": "reframe", "aspect": "16:9"}], (1080, 608)),
        ([{"op": "flip", "axis": "horizontal"}], (1920, 1080)),
    ],
)
def test_the_stated_size_follows_the_effects(table, operations, size):
    table.do(*operations)
    assert table.size == size


def test_a_reframe_in_a_later_plan_uses_the_whole_picture(table):
    table.do({"op": "reframe", "aspect": "9:16"})
    result = table.do({"op": "reframe", "aspect": "4:3"})
    assert table.size == (1440, 1080)
    assert result.done == ["Aspect 4:3 (cropped): 608x1080 → 1440x1080"]
    assert table.do({"op": "reframe", "aspect": "4:3"}).notes == ["The picture is 1440x1080 already."]


def test_flipping_twice_is_as_before(table):
    table.do({"op": "flip", "axis": "vertical"})
    assert table.draft.effects == ({"op": "flip", "axis": "vertical"},)
    table.do({"op": "flip", "axis": "vertical"})
    assert table.draft.effects == ()


def test_colour_of_all_adds_up_and_of_a_stretch_is_its_own(table):
    table.do({"op": "color", "brightness": 0.2}, {"op": "color", "saturation": 0})
    assert table.draft.effects == ({"op": "color", "brightness": 0.2}, {"op": "color", "saturation": 0.0})
    result = table.do({"op": "color", "contrast": 0.1, "start_ms": 10_000, "end_ms": 20_000})
    assert [s.effects for s in table.main] == [(), ({"op": "color", "contrast": 0.1},), ()]
    assert result.done == ["Colour: contrast +10%, 0:10–0:20"]


@pytest.mark.parametrize("op", [{"op": "blur", "strength": 20.0}, {"op": "zoom", "factor": 2.0}])
def test_blur_and_zoom_replace_themselves(table, op):
    table.do(op | {"start_ms": 10_000, "end_ms": 20_000})
    table.do(op | {"start_ms": 10_000, "end_ms": 15_000})
    assert [s.effects for s in table.main] == [(), (op,), (op,), ()]
    table.do(op)
    assert table.draft.effects == (op,)


def test_watermark_takes_its_still_off_the_timeline():
    table = Table(video(), picture())
    assert table.draft.duration_ms == 65_000
    result = table.do({"op": "watermark", "position": "top-left"})
    assert table.draft.duration_ms == 60_000
    assert table.draft.effects[0]["file"] == "logo.png"
    assert result.notes == ["Logo.png was taken off the end of the timeline."]


def test_times_do_not_count_the_still_of_a_watermark():
    table = Table(video(), picture())
    table.do({"op": "cut", "start_ms": -10_000}, {"op": "watermark"})
    assert table.spans() == [(0, 50_000)]


def test_a_text_as_watermark_is_a_small_title_from_start_to_end():
    table = Table(video(), picture())
    table.do({"op": "watermark", "text": "@nemo", "position": "bottom-right"})
    assert table.texts() == [("@nemo", 0, table.draft.duration_ms)]
    [segment] = table.draft.of_type(TrackType.TEXT)[0].segments
    assert (segment.metadata["position"], segment.metadata["size"]) == ("bottom-right", 0.7)


def test_a_watermark_without_a_picture_says_how(table):
    with pytest.raises(EditError, match="upload the picture"):
        table.do({"op": "watermark"})


def test_sound_alone_has_no_look():
    table = Table(song())
    for operation in ({"op": "title", "text": "x"}, {"op": "rotate", "degrees": 90}, {"op": "zoom"}):
        with pytest.raises(EditError, match="no picture"):
            table.do(operation)
    assert table.do({"op": "cut", "end_ms": 1234}).done == ["Removed 0:00–0:01.2 (1.2 s): 0:07 → 0:05.8"]
    assert table.spans() == [(1234, 7000)]


# What is not done --------------------------------------------------------------------------------------


def test_unknown_tracks_and_keys_survive(table):
    wire = table.draft.to_wire()
    wire["t"].append({"tt": 42, "sg": [{"d": 5, "zz": 1}], "q": "kept"})
    wire["new"] = {"a": 1}
    table.draft = Draft.from_wire(wire)
    table.do({"op": "cut", "end_ms": 1000})
    after = table.draft.to_wire()
    assert after["t"][1] == {"tt": 42, "sg": [{"d": 5, "zz": 1}], "q": "kept"}
    assert after["new"] == {"a": 1}


def test_restore_brings_back_what_was_cut_at_a_border() -> None:
    table = Table(video())
    table.do({"op": "cut", "start_ms": 10_000, "end_ms": 20_000})
    done = table.do({"op": "restore", "at_ms": 10_000, "left_ms": 4_000}).done
    assert table.spans() == [(0, 10_000), (10_000, 14_000), (20_000, 60_000)]
    assert done == ["Brought back 4 s at 0:10: 0:50 → 0:54"]
    table.do({"op": "restore", "at_ms": 14_100, "left_ms": 1_000, "right_ms": 90_000})
    assert table.spans()[2:] == [(14_000, 15_000), (15_000, 20_000), (20_000, 60_000)]
    with pytest.raises(EditError, match="nothing was cut out at 0:20"):
        table.do({"op": "restore", "at_ms": 20_000, "left_ms": 500, "right_ms": 500})


def test_restore_reaches_the_ends_of_the_file_and_moves_titles_with_their_picture() -> None:
    table = Table(video())
    table.do(
        {"op": "keep", "start_ms": 10_000, "end_ms": 30_000}, {"op": "title", "text": "A", "start_ms": 15_000}
    )
    before = table.draft.of_type(TrackType.TEXT)[0].segments[0].start_ms
    table.do({"op": "restore", "at_ms": 0, "right_ms": 99_000})
    table.do({"op": "restore", "at_ms": -1, "left_ms": 99_000})
    assert [table.spans()[0], table.spans()[-1]] == [(0, 10_000), (30_000, 60_000)]
    assert table.draft.of_type(TrackType.TEXT)[0].segments[0].start_ms == before + 10_000


def test_restore_keeps_the_speed_and_the_blend_of_a_piece() -> None:
    table = Table(video())
    table.do({"op": "cut", "start_ms": 10_000, "end_ms": 20_000})
    table.do({"op": "speed", "factor": 2.0}, {"op": "transition", "kind": "fade_black"})
    table.do({"op": "restore", "at_ms": 5_000, "left_ms": 1_000})
    first, second, third = table.main
    assert (second.source_start_ms, second.duration_ms, second.speed) == (10_000, 1_000, 2.0)
    assert first.transition is None
    assert second.transition is not None
    assert third.source_start_ms == 20_000
