"""From Lark's trees to the nodes of the syntax tree: one file for each kind of declaration."""
