"""The plan: what a sentence asks for, as typed operations.

The same models are the arguments of the local backend's tool calls, the typed steps of a recipe and
what ``nemo plan --json`` prints, so they live with the wire and know nothing of media or HTTP.

All times are whole milliseconds on the timeline as it stands when the operation is carried out.
A negative time counts from the end; ``None`` is open (the very start, or the very end).
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from nemo_lab.protocol.formats import ExportFormat as ExportFormat
from nemo_lab.protocol.formats import MediaFormat as MediaFormat
from nemo_lab.protocol.formats import Preset as Preset
from nemo_lab.protocol.formats import Quality as Quality
from nemo_lab.protocol.formats import SubtitleFormat as SubtitleFormat
from nemo_lab.protocol.formats import TimelineFormat as TimelineFormat
from nemo_lab.protocol.looks import Blur as Blur
from nemo_lab.protocol.looks import Color as Color
from nemo_lab.protocol.looks import Flip as Flip
from nemo_lab.protocol.looks import Position as Position
from nemo_lab.protocol.looks import Range as Range
from nemo_lab.protocol.looks import Reframe as Reframe
from nemo_lab.protocol.looks import Resize as Resize
from nemo_lab.protocol.looks import Rotate as Rotate
from nemo_lab.protocol.looks import Watermark as Watermark
from nemo_lab.protocol.looks import Wish
from nemo_lab.protocol.looks import Zoom as Zoom
from nemo_lab.protocol.tracks import AudioTrack, TrackWish
from nemo_lab.protocol.tracks import SoundTarget as SoundTarget

Route = Literal["edit", "export", "credits", "status", "upload", "question", "clarify"]
Language = Literal["en", "zh"]
TransitionKind = Literal[
    "crossfade", "fade_black", "fade_white", "wipe_left", "wipe_right", "slide_left", "slide_right"
]


class Cut(Range):
    """Remove this stretch and close the gap; with ``said``, each place where these words are said."""

    op: Literal["cut"] = "cut"
    said: str | None = Field(default=None, min_length=1, max_length=2000)


class Keep(Range):
    """Remove everything but this stretch; several in one plan keep their union, in order of time."""

    op: Literal["keep"] = "keep"


class Protect(Range):
    """Leave this stretch alone, whatever else the plan removes."""

    op: Literal["protect"] = "protect"


class RemoveSilence(Wish):
    """Remove (or hurry through) the stretches in which nothing is said."""

    op: Literal["remove_silence"] = "remove_silence"
    min_silence_ms: int = Field(default=600, ge=50)
    """A shorter pause is left alone."""
    margin_ms: int = Field(default=150, ge=0)
    """What stays of the pause on either side."""
    mode: Literal["cut", "speed"] = "cut"
    factor: float = Field(default=4.0, gt=1.0, le=100.0)
    """How fast a pause runs in mode ``speed``."""
    threshold_db: float | None = None
    """Level (dBFS) under which it is silent; ``None`` is found from the recording itself."""
    busy: Literal["cut", "keep", "speed"] = "cut"
    """What becomes of a silence in which the picture clearly moves: somebody shows something."""
    track: AudioTrack | None = None
    """Audio track that decides; ``None`` chooses the microphone by its title, else all."""


class RemoveFillers(Wish):
    """Remove or mute filler words (um, uh, 嗯, 呃)."""

    op: Literal["remove_fillers"] = "remove_fillers"
    level: Literal["light", "medium"] = "light"
    mode: Literal["cut", "mute"] = "cut"


class Condense(Wish):
    """Drop what matters least until the timeline is at most this long; without a length, a quarter goes."""

    op: Literal["condense"] = "condense"
    target_ms: int | None = Field(default=None, gt=0)


class Highlights(Wish):
    """Keep only the best moments."""

    op: Literal["highlights"] = "highlights"
    count: int | None = Field(default=None, ge=1)
    target_ms: int | None = Field(default=None, gt=0)


class Split(Wish):
    """Split segments without removing anything."""

    op: Literal["split"] = "split"
    every_ms: int | None = Field(default=None, gt=0)
    at_ms: int | None = None


class Merge(Wish):
    """Join files one after the other; no files named means all that were uploaded."""

    op: Literal["merge"] = "merge"
    files: tuple[str, ...] = ()


class Restore(Wish):
    """Bring back what was cut out at the border of two pieces nearest to ``at_ms``."""

    op: Literal["restore"] = "restore"
    at_ms: int
    left_ms: int = Field(default=0, ge=0)
    """How much of what followed the piece before the border."""
    right_ms: int = Field(default=0, ge=0)
    """How much of what preceded the piece after the border."""


class Reorder(Wish):
    """Bring segments (first is 1) into this order."""

    op: Literal["reorder"] = "reorder"
    order: tuple[int, ...] = Field(min_length=1)


class Transition(Wish):
    """Blend at every cut."""

    op: Literal["transition"] = "transition"
    kind: TransitionKind = "crossfade"
    duration_ms: int = Field(default=400, gt=0)


class Fade(Wish):
    """Fade at the start or the end of the whole timeline."""

    op: Literal["fade"] = "fade"
    direction: Literal["in", "out"]
    duration_ms: int = Field(default=1000, gt=0)
    target: Literal["both", "video", "audio"] = "both"


class Title(Wish):
    """Show text over the picture."""

    op: Literal["title"] = "title"
    text: str = Field(min_length=1, max_length=2000)
    start_ms: int | None = 0
    duration_ms: int | None = Field(default=3000, gt=0)
    """``None`` lasts to the end."""
    position: Position = "center"
    size: float = Field(default=1.0, gt=0, le=10)
    """Relative to the default size, a fourteenth of the picture's shorter side."""
    color: str = Field(default="#ffffff", pattern=r"^#[0-9a-fA-F]{6}$")
    box: bool = False


class Captions(Wish):
    """Subtitles from what is said."""

    op: Literal["captions"] = "captions"
    language: str | None = None
    burn_in: bool = True
    style: str | None = None


class Chapters(Wish):
    """Chapter marks."""

    op: Literal["chapters"] = "chapters"


class Markers(Wish):
    """Do what the names of marks that were set while recording ask for (cut, keep, speed 4x, title: X)."""

    op: Literal["markers"] = "markers"
    obey: bool = True
    """``False`` leaves them alone, now and later."""


class Music(Wish):
    """Lay music under the recording, from a file or by a style's name."""

    op: Literal["music"] = "music"
    style: str | None = None
    file: str | None = None
    volume: float = Field(default=0.25, ge=0, le=4)
    loop: bool = True
    fade_out_ms: int = Field(default=2000, ge=0)
    duck: bool = False


class Volume(Range):
    """Make sound louder or quieter: a factor (1 is unchanged) or a gain in dB."""

    op: Literal["volume"] = "volume"
    target: SoundTarget = "all"
    factor: float | None = Field(default=None, ge=0, le=100)
    gain_db: float | None = Field(default=None, ge=-100, le=40)
    track: AudioTrack | None = None
    """Only this track of the recording, whatever ``target`` says."""


class Mute(Range):
    """No sound in this stretch."""

    op: Literal["mute"] = "mute"
    target: SoundTarget = "all"
    track: AudioTrack | None = None


class Normalize(Wish):
    """Bring the whole to this loudness (EBU R128)."""

    op: Literal["normalize"] = "normalize"
    lufs: float = Field(default=-16.0, ge=-50, le=-5)
    track: AudioTrack | None = None
    """Only this track of the recording; ``None`` is each track by itself."""


class Denoise(Wish):
    """Take steady noise out of the sound."""

    op: Literal["denoise"] = "denoise"


class Speed(Range):
    """Play faster or slower; the pitch of voices stays."""

    op: Literal["speed"] = "speed"
    factor: float = Field(ge=0.05, le=100)


RemoveTarget = Literal[
    "title", "captions", "chapters", "music", "transition", "fade", "fade_in", "fade_out", "color", "blur",
    "zoom", "speed", "volume", "normalize", "denoise", "watermark", "reframe", "resize", "rotate", "flip",
]  # fmt: skip
"""What an edit can have put in; ``volume`` is every change of how loud the recording is, mute too."""


class Remove(Wish):
    """Take out again what earlier edits have put in, whatever came after them."""

    op: Literal["remove"] = "remove"
    target: RemoveTarget
    number: int | None = None
    """Which one of several titles or transitions, in order of time: 1 is the first, -1 the last."""


class Undo(Wish):
    """Take the last edit back."""

    op: Literal["undo"] = "undo"


class Redo(Wish):
    """Do again what was taken back."""

    op: Literal["redo"] = "redo"


class Export(Wish):
    """How the finished file should be. ``None`` leaves it to the source or the file name."""

    op: Literal["export"] = "export"
    format: ExportFormat | None = None
    height: int | None = Field(default=None, ge=16, le=8640)
    quality: Quality | None = None
    max_bytes: int | None = Field(default=None, gt=0)
    preset: Preset | None = None
    tracks: TrackWish | None = None
    """``None`` keeps them where the format can (mp4, mov, mkv); where it cannot, they are always mixed."""
    subtitles: SubtitleFormat | None = None
    """Also save the captions of the timeline beside the file."""
    compat: bool | None = None
    """Copied pictures are joined at keyframes only, for players and editors that are picky."""
    fast: bool | None = None
    """Ends of cuts may move by up to 100 ms, to where pictures and sound can be copied."""
    keep_cuts: bool | None = None
    """In a timeline file, what was cut is there too, switched off."""
    encoder: str | None = Field(default=None, pattern=r"^[a-z0-9_]{2,40}$")
    """FFmpeg's name of an H.264 encoder to use where pictures have to be encoded (``h264_nvenc``), or
    ``auto``: a hardware encoder if one works. This alone gives up that equal edits give equal bytes."""


Operation = Annotated[
    Cut | Keep | Protect | RemoveSilence | RemoveFillers | Condense | Highlights | Split | Merge
    | Restore
    | Reorder | Transition | Fade | Title | Captions | Chapters | Markers | Music | Volume | Mute | Normalize
    | Denoise | Speed | Reframe | Resize | Rotate | Flip | Color | Blur | Zoom | Watermark | Remove | Undo
    | Redo | Export,
    Field(discriminator="op"),
]  # fmt: skip
"""Any operation, told apart by ``op``."""


@cache
def _operation() -> TypeAdapter[Operation]:
    """Made when it is first needed: it takes longer than all else here."""
    return TypeAdapter(Operation)


def parse_operation(data: dict[str, Any]) -> Operation:
    """Return the typed operation that ``data`` describes.

    Raises:
        pydantic.ValidationError: ``op`` is unknown, or a field is missing, extra or out of range.
    """
    return _operation().validate_python(data)


class Question(BaseModel):
    """Something that only the user can decide, asked because the answer changes the cut."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    text: str
    options: tuple[str, ...] = ()
    default: str | None = None
    """The option that a run without a person takes, and says so."""


class EditPlan(BaseModel):
    """What a sentence asks for.

    ``operations`` keep the order in which they were said. ``unsupported`` quotes what could not be
    understood or cannot be done; the rest is carried out all the same.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    route: Route
    operations: tuple[Operation, ...] = ()
    questions: tuple[Question, ...] = ()
    unsupported: tuple[str, ...] = ()
    language: Language = "en"
    """The user's language, in which the reply is to be written."""
    notes: tuple[str, ...] = ()
    """What the reply must say of how the plan came about."""

    def to_json(self) -> dict[str, Any]:
        """Return what ``nemo plan --json`` prints: route, operations, questions, unsupported, any notes."""
        return self.model_dump(mode="json", exclude={"language"} | (set() if self.notes else {"notes"}))

    @property
    def export(self) -> Export | None:
        """Return the last export wish of the plan, if there is one."""
        wishes = [op for op in self.operations if isinstance(op, Export)]
        return wishes[-1] if wishes else None
