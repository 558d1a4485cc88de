"""The full render on all cores: the film is encoded in spans of one keyframe interval, each by itself.

Where a span begins and ends depends on the plan alone, and each has an encoder of its own, so the bytes are
the same on one core and on many, and on many machines, which exchange spans through a folder. Threads encode
them, each with a decoder and an encoder that have one thread themselves: that is half again as fast as one
encoder with as many threads, since decoding, filtering and encoding never wait for each other.
"""
