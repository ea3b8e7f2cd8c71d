"""Measurements: typed batches of rows, read from the places where they are kept."""
