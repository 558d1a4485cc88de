"""Chat: one message is sent at most once, and its reply is never empty (SKILL.md v1.9 §3.1, §3.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nemo_lab import errors
from nemo_lab.client.listening import Ending, Listener
from nemo_lab.client.recovery import await_change, fingerprint, unknown_outcome
from nemo_lab.client.reply import Reply
from nemo_lab.client.speech import Speech
from nemo_lab.client.transport import Transport
from nemo_lab.errors import (
    ApiError,
    AuthError,
    BackendUnavailable,
    NemoError,
    SessionNotFound,
    StreamTimeout,
)
from nemo_lab.protocol.draft import Draft, TrackType
from nemo_lab.protocol.envelope import error_for
from nemo_lab.protocol.events import Event, Option, Question, StreamError
from nemo_lab.protocol.messages import ProjectState, run_request
from nemo_lab.protocol.plan import Language, Route
from nemo_lab.protocol.summary import diff, summary

_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "unchanged": "Nothing changed on the timeline.",
        "asked": "A question first:",
        "failed": "The backend reported a problem: {error}",
        "added": "The backend added more than the video: {tracks}. Keep it?",
        "keep": "keep",
        "strip": "strip",
    },
    "zh": {
        "unchanged": "时间线没有变化。",
        "asked": "先确认一个问题：",
        "failed": "后端报告了一个问题：{error}",
        "added": "后端在视频之外还添加了：{tracks}。要保留吗？",
        "keep": "保留",
        "strip": "去掉",
    },
}
# Errors of a backend of ours, which names the class in the frame's code.
_NAMED = (
    errors.EditError, errors.NotReady, errors.RenderFailed, errors.Cancelled, errors.UnreadableMedia,
    errors.UnsupportedFormat, errors.FileTooLarge, errors.FileChanged, errors.MediaNotFound, errors.DiskFull,
)  # fmt: skip


@dataclass(frozen=True)
class Conversation:
    """One session's chat.

    Args:
        transport: to the backend.
        session_id: whose chat.
        read_state: reads the session's state.
    """

    transport: Transport
    session_id: str
    read_state: Callable[[], Awaitable[ProjectState]]

    async def look(self) -> ProjectState | None:
        """Return the state, or ``None`` where the backend has none to show (stock ADK servers).

        Raises:
            SessionNotFound, AuthError: saying something would be in vain.
        """
        try:
            return await self.read_state()
        except (SessionNotFound, AuthError):
            raise
        except NemoError:
            return None

    async def say(
        self,
        text: str,
        before: ProjectState | None,
        *,
        language: Language,
        route: Route,
        emit: Callable[[Event], None],
    ) -> Reply:
        """Send a message once, listen, and find out what it did.

        Raises:
            ConnectFailed: nothing was sent.
            ApiError: the backend refused or failed.
            StreamTimeout, GenerationUnknown: nobody knows what became of it.
        """
        listener = Listener(self.transport.clock, Speech(language), emit)
        try:
            ending = await listener.listen(self.transport.chat(run_request(self.session_id, text)))
        except BackendUnavailable as exc:
            # A gateway may have passed the message on before it failed.
            after = await self._look_after(before)
            if after is None:
                raise _not_again(exc) from None
        else:
            after = await self._after(listener, ending, before, emit)
        return _reply(listener, before, after, language, route, emit)

    async def _after(
        self, heard: Listener, ending: Ending, before: ProjectState | None, emit: Callable[[Event], None]
    ) -> ProjectState | None:
        """Return the state after it; ``None`` when it cannot be read and an answer came all the same."""
        complete = heard.answered or heard.error is not None
        if ending is Ending.SURE or (complete and ending in {Ending.UNSURE, Ending.CUT}):
            return await self._glance()
        if ending is Ending.EXPIRED:
            after = await self._look_after(before)
            if after is None:
                raise StreamTimeout(
                    "the backend worked for more than 15 minutes without an end",
                    remedy="Look at the timeline later; do not say it again at once.",
                )
            return after
        return await await_change(self.read_state, before, self.transport.clock, emit)

    async def _look_after(self, before: ProjectState | None) -> ProjectState | None:
        """Return the state if it is another than before."""
        after = await self._glance()
        if after is None or before is None or fingerprint(after) == fingerprint(before):
            return None
        return after

    async def _glance(self) -> ProjectState | None:
        try:
            return await self.read_state()
        except NemoError:
            return None


def recovered(before: ProjectState | None, after: ProjectState, language: Language) -> Reply:
    """Return the reply to a message whose stream was lost, from what it did."""
    changes = diff(before.draft if before else Draft(), after.draft, language)
    text = "\n".join(changes) or _TEXTS[language]["unchanged"]
    return Reply(text, changes=tuple(changes), draft=after.draft)


def _reply(
    heard: Listener,
    before: ProjectState | None,
    after: ProjectState | None,
    language: Language,
    route: Route,
    emit: Callable[[Event], None],
) -> Reply:
    known = before is not None and after is not None
    changes = diff(before.draft, after.draft, language) if before and after else []
    _raise_failure(heard, changed=known and _differs(before, after))
    questions = list(heard.questions)
    if heard.generated and after is not None:
        questions += _kept_or_stripped(before, after, language)
        for question in questions[len(heard.questions) :]:
            emit(question)
    lines = [heard.speech.text]
    if heard.error is not None:
        lines.append(_TEXTS[language]["failed"].format(error=heard.error.message))
    text = "\n".join(filter(None, lines)) or "\n".join(changes)
    if not text and not questions and not known:
        raise unknown_outcome()
    text = text or _TEXTS[language]["asked" if questions else "unchanged"]
    return Reply(
        text,
        changes=tuple(changes),
        draft=None if after is None else after.draft,
        questions=tuple(questions),
        suggestions=tuple(heard.suggestions),
        operations=tuple(heard.operations),
        notes=tuple(heard.notes),
        parts=tuple(heard.parts),
        route="clarify" if heard.questions else route,
    )


def _differs(before: ProjectState | None, after: ProjectState | None) -> bool:
    return before is not None and after is not None and fingerprint(before) != fingerprint(after)


def _raise_failure(heard: Listener, *, changed: bool) -> None:
    """Raise what the stream reported, unless the edit was done in spite of it."""
    if changed:
        return
    if heard.error is not None:
        raise _error_of(heard.error)
    if heard.speech.apologised and not heard.speech.text:
        raise BackendUnavailable(
            "the backend had a temporary problem and changed nothing", remedy="Say it again in a while."
        )


def _error_of(event: StreamError) -> NemoError:
    if isinstance(event.code, int):
        return error_for(event.code, event.message)
    named = next((kind for kind in _NAMED if kind.__name__ == event.code), None)
    return named(event.message) if named else ApiError(event.message)


def _not_again(error: BackendUnavailable) -> BackendUnavailable:
    """Return the error with the advice that fits a message which may have been taken."""
    return BackendUnavailable(
        error.message,
        code=error.code,
        status=error.status,
        remedy="The message may have been taken: look at the timeline before you say it again.",
    )


def _kept_or_stripped(before: ProjectState | None, after: ProjectState, language: Language) -> list[Question]:
    """Ask about what the second stage of a generation added by itself (SKILL.md v1.9 §3.1)."""
    old = [track.to_wire() for track in before.draft.tracks] if before else []
    extra = [t for t in after.draft.tracks if t.type != TrackType.VIDEO and t.to_wire() not in old]
    if not extra:
        return []
    words = _TEXTS[language]
    tracks = summary(Draft(tracks=tuple(extra))).partition(": ")[2]
    options = tuple(Option(name, words[name]) for name in ("keep", "strip"))
    return [Question(words["added"].format(tracks=tracks), options, id="keep", default=words["keep"])]
