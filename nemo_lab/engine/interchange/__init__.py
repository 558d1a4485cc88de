"""Timelines that travel: ours as files of other editors, and theirs as ours.

========  =======================================  ====================================================
format    read by                                  what it holds
========  =======================================  ====================================================
otio      everything that speaks OpenTimelineIO    all (what OTIO has no word for as metadata)
fcpxml    Final Cut Pro, DaVinci Resolve           cuts, speeds, dissolves, titles, music, chapters
xml       Premiere Pro, Resolve (FCP 7's XML)      cuts, speeds, dissolves, titles, music, chapters
kdenlive  Kdenlive 20.12 and newer                the same, and chapters as guides
mlt       Shotcut, melt                           cuts, speeds, dissolves, titles, music
edl       nearly everything (CMX 3600)             cuts, speeds, dissolves of one row
csv       people and sheets                        the list of cuts
ffconcat  FFmpeg                                   the list of cuts
========  =======================================  ====================================================

Audio tracks of a recording stay apart in otio, fcpxml, xml and mlt. ``otio``, ``xml`` and ``edl`` are read
back, so that a correction made in another editor can be rendered here.
"""

from nemo_lab.engine.interchange.reading import Reading
from nemo_lab.engine.interchange.run import read_timeline, write_timeline

__all__ = ["Reading", "read_timeline", "write_timeline"]
