"""Rendering by copying: what no edit touches keeps its packets, only the frames at joins are encoded.

The way of a film through it::

    cuts      render plan → pieces: source frames that are shown as they are, and touched ones
    index     one pass over the packets: order, sizes, slice headers (read by h264, sets, bits, avcc)
    planner   pieces + index → spans to copy and to encode, each with its place in the result
    reentry     … copying on in the middle of a GOP: the new slice headers (renumbering; dpb simulates
                the references)
    chain     which pictures an encoded span needs decoded, and
    decoding  … just them
    window    x264, its slices rewritten to belong to the source's stream
    windows   … in threads
    assemble  the result's packets in decode order
    writer    … into the file,
    sound     with the sound of the full render or, where only cuts touch it, with copied packets (soundcopy)

A fast render moves ends of cuts to cheaper places first (snap).

Whatever is not understood raises ``CannotSplice``: then a later place is tried, more is encoded, or all.
"""
