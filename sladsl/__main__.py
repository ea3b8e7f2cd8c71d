"""`python -m sladsl`: the command line."""

import sys

from sladsl.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
