"""A statement: every step of the money, settled from verdicts."""
