"""Sentence → EditPlan, in English and Chinese."""
