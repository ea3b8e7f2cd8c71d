"""Who drives the folds: threads, a live stream, Spark."""
