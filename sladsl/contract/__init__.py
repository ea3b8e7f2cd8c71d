"""A contract: a policy whose names are resolved, units typed and amendments dated."""
