"""A policy: the text as written, every node with its span; parsed and formatted here."""
