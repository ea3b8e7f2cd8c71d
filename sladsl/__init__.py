"""Service-level agreements as code: checked, formatted and evaluated on measurements, exactly.

Importing this package imports nothing else; the command line is `sladsl.cli`, and the passes
in their order are `sladsl.pipeline`.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
