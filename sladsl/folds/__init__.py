"""States: small, exact and mergeable, folded from batches of rows."""
