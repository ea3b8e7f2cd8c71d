"""The findings about configuration and measurements: one table of codes and short titles."""

from __future__ import annotations

from sladsl.diagnostics import Diagnostic, Label
from sladsl.source import Place

__all__ = ["TITLES", "finding"]

NOT_TOML = "SLA501"
UNKNOWN_KEY = "SLA502"
WRONG_TYPE = "SLA503"
UNKNOWN_STREAM = "SLA504"
UNKNOWN_FIELD = "SLA505"
UNKNOWN_ZONE = "SLA506"
LEADS_OUT = "SLA507"
WRONG_UNIT = "SLA508"
TIME_FORMAT = "SLA509"
VALUE_MAP = "SLA510"
DATA_ARGUMENT = "SLA511"
TWO_PLACES = "SLA512"
NO_DATABASE = "SLA513"
NO_FILE = "SLA514"
UNREADABLE = "SLA515"
DAMAGED = "SLA516"
NOT_UTF8 = "SLA517"
NO_COLUMN = "SLA518"
TWO_COLUMNS = "SLA519"
COLUMN_TYPE = "SLA520"
TOO_LONG = "SLA521"
NO_ZONE = "SLA522"
UNKNOWN_FORMAT = "SLA523"
REJECTED = "SLA524"
NO_DRIVER = "SLA525"
NOT_OPENED = "SLA526"
QUERY = "SLA527"
NO_ORDER = "SLA528"

#: What each code is about; `explain` has a page for each.
TITLES: dict[str, str] = {
    NOT_TOML: "the configuration can't be read",
    UNKNOWN_KEY: "an unknown key in the configuration",
    WRONG_TYPE: "a value of the wrong type in the configuration",
    UNKNOWN_STREAM: "a source for a stream that the policy doesn't declare",
    UNKNOWN_FIELD: "a column for a field that the stream doesn't declare",
    UNKNOWN_ZONE: "an unknown time zone",
    LEADS_OUT: "a path that leads out of the folders that configuration may name",
    WRONG_UNIT: "a unit that doesn't fit the field",
    TIME_FORMAT: "a time format that isn't understood",
    VALUE_MAP: "a mapped value that the field can't hold",
    DATA_ARGUMENT: "a `--data` argument that isn't understood",
    TWO_PLACES: "two places for one stream",
    NO_DATABASE: "a URL that isn't read, or not from configuration",
    NO_FILE: "measurements that aren't there",
    UNREADABLE: "measurements that can't be opened",
    DAMAGED: "a damaged file, or one of another format",
    NOT_UTF8: "text that isn't UTF-8",
    NO_COLUMN: "a column that the file doesn't have",
    TWO_COLUMNS: "a column name that occurs twice",
    COLUMN_TYPE: "a column of a type that the field can't hold",
    TOO_LONG: "a line or row over 1 MB",
    NO_ZONE: "local times without a time zone",
    UNKNOWN_FORMAT: "a file of unknown format",
    REJECTED: "rows that can't be used",
    NO_DRIVER: "a database whose driver isn't installed",
    NOT_OPENED: "a database that can't be opened",
    QUERY: "a query that fails, or isn't one SELECT",
    NO_ORDER: "rows in no stated order, where their order decides",
}


def not_utf8(path: str, line: int | None, text: str = "") -> Diagnostic:
    """A file in another encoding, by the line that shows it."""
    message = "the file is not text in UTF-8"
    return finding(NOT_UTF8, message, Place(path, line), text, "save it as UTF-8")


def finding(code: str, message: str, where: Place, text: str = "", help: str = "") -> Diagnostic:
    """A diagnostic about a file. `text` stands beside the place, `help` below."""
    return Diagnostic(code, message, Label(where, text), help=help)
