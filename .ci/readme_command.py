"""Print the command that the README gives under a name: `python3 .ci/readme_command.py tests`.

The README marks it with a comment, `<!-- run: tests -->`, before a fenced `sh` block. Needs
Python alone; says what is wrong and exits with 2 when there isn't exactly one such block.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))

from fences import fences  # noqa: E402


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        print("usage: readme_command.py NAME [README]", file=sys.stderr)
        return 2
    name = arguments[0]
    readme = Path(arguments[1]) if len(arguments) > 1 else ROOT / "README.md"
    try:
        text = readme.read_text(encoding="utf-8")
    except OSError as reason:
        print(f"readme_command.py: {reason}", file=sys.stderr)
        return 2
    found = [fence for fence in fences(text) if fence.kind == "sh" and fence.mark == name]
    if len(found) != 1:
        places = ", ".join(f"line {fence.line}" for fence in found) or "nowhere"
        print(
            f"readme_command.py: {readme}: expected one ```sh block after "
            f"`<!-- run: {name} -->`, found {len(found)} ({places})",
            file=sys.stderr,
        )
        return 2
    if not found[0].text.strip():
        print(f"readme_command.py: {readme}:{found[0].line}: empty block", file=sys.stderr)
        return 2
    print(found[0].text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
