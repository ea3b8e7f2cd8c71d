"""Who drives the folds: the threads of one machine."""
