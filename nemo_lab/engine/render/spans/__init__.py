"""The full render on all cores: the film is encoded in spans of one keyframe interval, each by itself.

Where a span begins and ends depends on the plan alone, and each has an encoder of its own, so the bytes are
the same on one core and on many, and on many machines, which exchange spans through a folder. An x264 encoder
of large pictures has two threads, and one that decodes and filters ahead of it: that is nearly as fast as two
encoders of one thread, and takes three quarters of the memory.
"""
