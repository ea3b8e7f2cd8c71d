"""Verdicts with their evidence, judged from states."""
