"""The same facts for each reader: text for people, JSON for programs."""
