"""`sladsl`: the commands, and what happens to their errors."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec

import click

from sladsl import __version__
from sladsl.cli.output import Console, refuse
from sladsl.diagnostics import Refused, printable

__all__ = ["cli", "main"]

P = ParamSpec("P")

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="sladsl")
def cli() -> None:
    """Service level agreements as code: write, check and settle them.

    Exit status: 0 all met; 1 something breached (or a test failed, or a file would be
    reformatted); 2 the request can't be carried out; 3 not decided (no data, pending).
    """


def command(function: Callable[P, int]) -> Callable[P, None]:
    """Turn a command's result into the exit status; errors are shown, never traced back."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            status = function(*args, **kwargs)
        except Refused as refused:
            chosen = str(kwargs.get("format_", "text"))
            console = Console(str(kwargs.get("color", "auto")))
            try:
                status = refuse(console, refused.diagnostics, chosen, function.__name__.rstrip("_"))
            except Refused as again:  # standard output can't be written
                status = refuse(console, again.diagnostics, "text", function.__name__)
        except BrokenPipeError:
            # the reader of our output left; nothing more can be said to it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = 2
        sys.exit(status)

    return run


_policies = click.argument("policies", nargs=-1, required=True, metavar="POLICY...")
_policy = click.argument("policy", metavar="POLICY")
_format = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The form of the output.",
)
_color = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colour on terminals (auto; NO_COLOR turns it off), always or never.",
)
_quiet = click.option("--quiet", "-q", is_flag=True, help="Say only what is wrong.")


@cli.command()
@_policies
@_format
@_color
@_quiet
@command
def check(policies: tuple[str, ...], format_: str, color: str, quiet: bool) -> int:
    """Check syntax, names, units, schedules, and what must be stated."""
    from sladsl.cli.policies import check_policies

    return check_policies(policies, format_, Console(color, quiet=quiet))


@cli.command()
@_policies
@click.option("--check", "check_", is_flag=True, help="Write nothing; exit 1 on a difference.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@_format
@_color
@_quiet
@command
def fmt(
    policies: tuple[str, ...], check_: bool, diff: bool, format_: str, color: str, quiet: bool
) -> int:
    """Format policies in place.

    `-` is standard input, formatted to standard output.
    """
    from sladsl.cli.policies import format_policies

    return format_policies(policies, check_, diff, format_, Console(color, quiet=quiet))


@cli.command()
@_policies
@_format
@_color
@_quiet
@command
def test(policies: tuple[str, ...], format_: str, color: str, quiet: bool) -> int:
    """Run the tests in policies.

    What each expects stands beside what follows from the rows that it gives.
    """
    from sladsl.cli.trials import test_policies

    return test_policies(policies, format_, Console(color, quiet=quiet))


@cli.command()
@click.argument("code", required=False)
@_format
@_color
@command
def explain(code: str | None, format_: str, color: str) -> int:
    """Explain a finding by an example; without CODE, list all.

    The example is shown as it is refused, and as it is right.
    """
    from sladsl.cli.policies import explain_code

    return explain_code(code, format_, Console(color))


_EVALUATION: tuple[Callable[..., Callable[..., None]], ...] = (
    _policy,
    click.option(
        "--data", multiple=True, metavar="DIR|STREAM=PATH",
        help="Measurements: a folder with a file for each stream, or a stream's file, glob, - or"
        " database (sqlite:///FILE?table=NAME, postgresql://...).",
    ),
    click.option("--as-of", metavar="TIME", help="What is known by then (default: newest row)."),
    click.option("--period", metavar="LABEL", help="Only periods within 2026-03, 2026-Q1, ..."),
    click.option("--from", "from_", metavar="TIME", help="Only periods from here on ..."),
    click.option("--to", metavar="TIME", help="... and up to here."),
    click.option("--obligation", multiple=True, metavar="NAME", help="Only these obligations."),
    click.option("--group", multiple=True, metavar="[FIELD=]VALUE", help="Only these groups."),
    click.option(
        "--output", multiple=True, metavar="FORMAT=FILE", help="Write to a file as well."
    ),
    click.option(
        "--allow-path", multiple=True, metavar="DIR", help="Let sladsl.toml name files there."
    ),
    click.option("--max-rejected", metavar="N|P%", help="How many unusable rows are allowed."),
    click.option(
        "--max-groups", type=click.IntRange(1), default=100_000, show_default=True,
        help="How many groups are allowed.",
    ),
    click.option("--rejects", metavar="FILE", help="Write unusable rows to a CSV file."),
    click.option(
        "--on-undecided", type=click.Choice(["pass", "fail"]), default=None,
        help="What no data and pending come to (default: exit status 3).",
    ),
    _format,
    _color,
    _quiet,
)  # fmt: skip


class _Refused(click.Choice[str]):
    """Words, and `budget:` with any percentage."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        if re.fullmatch(r"budget:\d{1,2}(\.\d{1,6})?%", str(value)):
            return str(value)
        return str(super().convert(value, param, ctx))


def _evaluating(*left_out: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of an evaluation, but for some."""

    def with_options(function: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(_EVALUATION):
            names = getattr(option(lambda: None), "__click_params__", [])
            if not any(name in left_out for param in names for name in param.opts):
                function = option(function)
        return function

    return with_options


#: Options about all of the output: a command with one question has no use for them.
_OUTPUT = ("--output", "--rejects", "--on-undecided", "--from", "--to")


@cli.command("eval")
@click.option("--statement", is_flag=True, help="Show every step of the money, to be checked.")
@click.option("--with-fee", is_flag=True, help="Count the fee of each month, too.")
@_evaluating()
@command
def eval_(**options: object) -> int:
    """Judge measurements under a policy: verdicts and what is due."""
    from sladsl.cli.evaluation import evaluate_policy
    from sladsl.cli.request import Request

    return evaluate_policy(Request.of(options, "eval"))


@cli.command()
@click.option(
    "--fail-on", type=_Refused(["breach", "credit", "budget:10%"]), default="breach",
    show_default=True, help="What the gate refuses; of a budget, how little is left of it.",
)  # fmt: skip
@click.option("--advisory", is_flag=True, help="Report, and exit 0 whatever the verdicts.")
@_evaluating()
@command
def gate(**options: object) -> int:
    """The same for a pipeline: one screen, exit status."""
    from sladsl.cli.evaluation import evaluate_policy
    from sladsl.cli.request import Request

    return evaluate_policy(Request.of(options, "gate"))


@cli.command()
@_evaluating(*_OUTPUT, "--period", "--group")
@command
def checklist(**options: object) -> int:
    """Go through the agreement clause by clause.

    What each needs, the newest data, who answers for it, and whether it is kept.
    """
    from sladsl.cli.checklist import show_checklist
    from sladsl.cli.request import Request

    return show_checklist(Request.of(options, "checklist"))


@cli.command()
@_evaluating(*_OUTPUT)
@command
def why(**options: object) -> int:
    """Walk a verdict by hand, and say what would turn it.

    What was counted, against what it was held, and each step of the money.
    """
    from sladsl.cli.request import Request
    from sladsl.cli.why import explain_verdict

    return explain_verdict(Request.of(options, "why"))


@cli.command()
@_evaluating(*_OUTPUT)
@command
def restate(**options: object) -> int:
    """Show what rows that were recorded too late would have changed."""
    from sladsl.cli.request import Request
    from sladsl.cli.restate import show_restated

    return show_restated(Request.of(options, "restate"))


@cli.command()
@_evaluating(*_OUTPUT)
@command
def budget(**options: object) -> int:
    """Show what is left until breach in the periods that are open."""
    from sladsl.cli.budget import show_budgets
    from sladsl.cli.request import Request

    return show_budgets(Request.of(options, "budget"))


@cli.command("compile")
@_policy
@click.option(
    "--describe",
    "form",
    flag_value="text",
    default="text",
    help="Show what is read, counted and kept (the default).",
)
@click.option(
    "--json",
    "form",
    flag_value="json",
    help="Print a plan that `eval` and `gate` run without the policy.",
)
@click.option("--obligation", multiple=True, metavar="NAME", help="Only these obligations.")
@click.option("--output", multiple=True, metavar="FORMAT=FILE", help="Write to a file as well.")
@_color
@_quiet
@command
def compile_(
    policy: str,
    form: str,
    obligation: tuple[str, ...],
    output: tuple[str, ...],
    color: str,
    quiet: bool,
) -> int:
    """Show what an evaluation does, or write it as a plan."""
    from sladsl.cli.plans import compile_policy

    return compile_policy(policy, obligation, form, output, Console(color, quiet=quiet))


@cli.command()
@_policy
@click.option("--at", metavar="DATE", help="As it stood then (default: when the term begins).")
@click.option("--markdown", "form", flag_value="markdown", default="text", help="As Markdown.")
@click.option(
    "--policy", "form", flag_value="policy", help="As one policy, its amendments in their places."
)
@_color
@_quiet
@command
def show(policy: str, at: str | None, form: str, color: str, quiet: bool) -> int:
    """Show an agreement in plain words, as it stood."""
    from sladsl.cli.agreements import show_policy

    return show_policy(policy, at, form, Console(color, quiet=quiet))


def _usage(error: click.ClickException) -> str:
    """What is wrong with a command line, in the form of a finding."""
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "sladsl"
    text = f"error: {message[:1].lower()}{message[1:]}"
    return f"{printable(text)}\n  = help: `{path} --help` shows how"


def main() -> NoReturn:
    """The console script."""
    gc.disable()  # a short command makes no circles; evaluation turns it on again
    sys.exit(_status())


def _status() -> int:
    """Run a command; its exit status, whatever happens."""
    try:
        left = cli.main(prog_name="sladsl", standalone_mode=False)
        return left if isinstance(left, int) else 0
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else 2
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.ClickException as error:
        click.echo(_usage(error), err=True)
    except click.Abort:
        click.echo("error: interrupted", err=True)
    except BrokenPipeError:  # in `--help`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # a fault of ours: nobody is to read a traceback for it
        if os.environ.get("SLADSL_TRACEBACK"):
            raise
        fault = f"{type(error).__name__}: {error}"
        click.echo(printable(f"error: internal fault ({fault})"), err=True)
        click.echo("  = help: please report it, with what SLADSL_TRACEBACK=1 shows", err=True)
    return 2
