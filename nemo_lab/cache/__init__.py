"""What was worked out once and need not be worked out again, in one folder that may be emptied at any time.

Entries are named by what they depend on, never by when or where they were made:

===========  ==========================================================  ==================================
kind         named by                                                    holds
===========  ==========================================================  ==================================
hashes       a file's path; good while its size and times are the same   SHA-256 of its content
analysis     content of a recording, engine                              speech, silence, motion (JSON)
words        content, engine, speech model, language                     transcript (JSON)
previews     timeline, session, output wish                              small videos
files        own content                                                 finished files
renders      timeline, contents of its sources, export, engine           name of a file among ``files``
runs         contents, steps, export, backend, engine                    the record of a run (JSON)
===========  ==========================================================  ==================================
"""

from nemo_lab.cache.store import Cache, key_of
from nemo_lab.cache.version import engine_version

__all__ = ["Cache", "engine_version", "key_of"]
