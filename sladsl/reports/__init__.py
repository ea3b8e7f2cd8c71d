"""The same facts for each reader: text, JSON, JUnit, SARIF, HTML."""
