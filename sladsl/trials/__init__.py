"""The tests in a policy, and what came of them."""
