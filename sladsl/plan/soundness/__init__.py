"""Whether a plan that was read from a document can be run: names, references, ranges."""
