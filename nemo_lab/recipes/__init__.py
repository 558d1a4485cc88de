"""Recipe (a TOML document) → run → RunRecord."""
