"""An agreement in plain words, to be checked against the paper that was signed."""
