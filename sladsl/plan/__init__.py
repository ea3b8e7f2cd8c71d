"""A plan: what to compute, serialisable, with no language left in it."""
