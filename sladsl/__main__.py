"""`python -m sladsl`: the command line."""

from sladsl.cli.main import main

if __name__ == "__main__":
    main()
