"""What follows from an evaluation: why a verdict is what it is, and what would turn it."""
