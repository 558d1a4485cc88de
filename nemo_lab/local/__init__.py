"""Plays NemoVideo's protocol on loopback, over the engine."""
