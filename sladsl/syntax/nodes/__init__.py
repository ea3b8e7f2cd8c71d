"""The syntax tree: a policy as it was written, every node with its place.

`span` is left out of equality, so that `parse(format(p)) == parse(p)` can be asked. The
clauses of a declaration are attributes, so their order doesn't matter either. Quantities
are exact: a fraction in the base unit of their kind.

One file for each sort of declaration; everything is imported from here.
"""

from __future__ import annotations

from sladsl.syntax.node import *
from sladsl.syntax.nodes.deadlines import *
from sladsl.syntax.nodes.expressions import *
from sladsl.syntax.nodes.frame import *
from sladsl.syntax.nodes.life import *
from sladsl.syntax.nodes.literals import *
from sladsl.syntax.nodes.measures import *
from sladsl.syntax.nodes.payments import *
from sladsl.syntax.nodes.policy import *
from sladsl.syntax.nodes.promises import *
from sladsl.syntax.nodes.schedules import *
from sladsl.syntax.nodes.streams import *
from sladsl.syntax.nodes.trials import *
