"""The voice of the demo recording: seven phrases, mono Opus at 24 kbit/s in Ogg, 94 KB in all.

A free synthesiser spoke them: eSpeak NG 1.51 (Debian's ``espeak-ng``), whose output is not covered by
its own licence (GPL-3.0). Each was made by ::

    espeak-ng -v en-us+m3 -s 155 -p 42 -g 2 -w 01.wav "the phrase"

and encoded as Opus at 48 kHz with PyAV (``libopus``, 24 kbit/s). They are shipped, so that the demo
sounds the same everywhere and needs no synthesiser. What is said:

1. Hello, and welcome. In this recording I write a small program, and I test it.
2. First comes a function that adds up the minutes of all my clips.
3. Now I run the tests. This takes a while.
4. All tests are green. Let us read what the log says.
5. Here is the part that matters: the total was wrong by one second.
6. Last, two slides that explain the idea.
7. That was all for today. Thank you for watching.
"""

from __future__ import annotations

from pathlib import Path


def phrases() -> list[Path]:
    """Return the sound files, in the order in which they are said."""
    return sorted(Path(__file__).parent.glob("*.ogg"))
