"""`check`, `fmt`, `explain`: commands on the text of policies."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import sladsl
from sladsl.cli.files import examined, read_policy, write
from sladsl.cli.output import Console, refuse
from sladsl.cli.refusals import bad_option
from sladsl.diagnostics import Diagnostic, Label, Refused, Severity, printable
from sladsl.source import Place

__all__ = ["check_policies", "explain_code", "format_policies"]

EXPLANATIONS = Path(sladsl.__file__).parent / "explanations"


def check_policies(paths: tuple[str, ...], form: str, console: Console) -> int:
    """Check each policy or library; exit status 2 where one of them has an error."""
    findings: list[Diagnostic] = []
    for path in paths:
        contract, found = examined(path, library=True)
        findings += found
        if form == "text":
            console.findings(found)
            errors = sum(f.severity is Severity.ERROR for f in found)
            warnings = len(found) - errors
            words = [_count(errors, "error") if errors else "ok"]
            if contract is None and not errors:
                words.append("a library")
            if warnings:
                words.append(_count(warnings, "warning"))
            console.note(f"{path}: {', '.join(words)}")
    if form == "json":
        from sladsl.reports.json import diagnostics_json, encode

        console.bytes(encode(diagnostics_json(findings, "check")))
    return 2 if any(f.severity is Severity.ERROR for f in findings) else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def format_policies(
    paths: tuple[str, ...], only_check: bool, diff: bool, form: str, console: Console
) -> int:
    """Format each policy; exit status 1 where `--check` finds a difference."""
    changed: list[str] = []
    findings: list[Diagnostic] = []
    for path in paths:
        try:
            differs = _format(path, only_check, diff, form, console)
        except Refused as refused:
            findings += refused.diagnostics
            continue
        if differs:
            changed.append(path)
        if path != "-" and not (diff and differs) and form == "text":
            word = "would be reformatted" if only_check else "reformatted"
            console.note(f"{path}: {word if differs else 'unchanged'}")
    if form == "json" and not findings:
        from sladsl.reports.json import diagnostics_json, encode

        would = changed if only_check or diff else []
        console.bytes(encode(diagnostics_json(map(_unformatted, would), "fmt")))
    if findings:
        return refuse(console, findings, form, "fmt")
    return 1 if changed and only_check else 0


def _unformatted(path: str) -> Diagnostic:
    return Diagnostic(
        "SLA156",
        "isn't formatted",
        Label(Place("<stdin>" if path == "-" else path)),
        help="`sladsl fmt` formats it",
        severity=Severity.WARNING,
    )


def _format(path: str, only_check: bool, diff: bool, form: str, console: Console) -> bool:
    """Format one policy; whether it differs. As JSON no text of a policy is printed."""
    from sladsl.syntax.format import Unformattable, format_policy, unified_diff
    from sladsl.syntax.parse import parse

    source = read_policy(path)
    policy, findings = parse(source)
    if policy is None:
        raise Refused(*findings)
    try:
        text = format_policy(source)
    except Unformattable as error:
        place = Label(Place(source.path))
        help = "please report it; nothing was written"
        raise Refused(
            Diagnostic("SLA153", f"can't be formatted: {error}", place, help=help)
        ) from None
    as_it_is = source.text if path == "-" else Path(path).read_bytes().decode("utf-8")
    differs = text != as_it_is
    if diff and differs:
        if form == "text":
            console.say(unified_diff(source.text, text, printable(source.path)))
    elif path == "-" and not only_check:
        if form == "text":
            console.say(text)
    elif differs and not only_check:
        write(path, text.encode("utf-8"))
    return differs


def explain_code(code: str | None, form: str, console: Console) -> int:
    """Show the explanation of a code, or the list of all."""
    known = {path.stem: path for path in sorted(EXPLANATIONS.glob("SLA*.md"))}
    if code is None:
        if form != "text":
            raise bad_option("--format", form, "name a CODE; the list of all is text")
        for name, path in known.items():
            console.say(f"{name}  {_title(path.read_text(encoding='utf-8'))}\n")
        return 0
    name = code.upper()
    name = f"SLA{name}" if name.isdigit() else name
    if name not in known:
        help = _nearest_code(name, known) or "`sladsl explain` lists all codes"
        finding = Diagnostic("SLA154", f"unknown code `{code}`", Label(Place("CODE")), help=help)
        return refuse(console, (finding,), form, "explain")
    text = known[name].read_text(encoding="utf-8")
    if form == "json":
        from sladsl.reports.json import encode, explanation_json

        console.bytes(encode(explanation_json(name, _title(text), text)))
    else:
        console.say(_plain(name, text, console.colored(sys.stdout)))
    return 0


def _nearest_code(code: str, known: Iterable[str]) -> str:
    """`did you mean ...?` for the code of the same hundred with the nearest number."""
    number = re.search(r"\d{3}", code.replace("O", "0"))
    same = [name for name in known if number and name[3] == number[0][0]]
    if not number or not same:
        return ""
    best = min(same, key=lambda name: abs(int(name[3:]) - int(number[0])))
    return f"did you mean `{best}`?"


def _title(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ")


def _plain(code: str, text: str, color: bool) -> str:
    """Markdown for a terminal: fences become indented blocks under a word of their own."""
    lines = [f"\033[1m{code}: {_title(text)}\033[0m" if color else f"{code}: {_title(text)}"]
    fenced = False
    for line in text.splitlines()[1:]:
        if line.startswith("```"):
            fenced = not fenced
            if fenced:
                lines.append("This is refused:" if line.endswith("-bad") else "This is right:")
                lines.append("")
        else:
            lines.append(f"    {line}".rstrip() if fenced else line)
    return "\n".join(lines).rstrip() + "\n"
