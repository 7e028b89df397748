"""The command line. Each command is a thin door: it reads arguments, calls the house and prints."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from bot.model import DeliveryState

if TYPE_CHECKING:  # whoever mistypes a command shall not wait for a database's library
    from bot.settings import Settings

cli = typer.Typer(
    name="paperboy",
    help="Brings a curator's daily digest of papers to the chats that want it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_LAST = (1 << 63) - 1  # of the numbers that a database gives
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class CommandError(Exception):
    """What the command line cannot do, as one sentence; the exit status is `status`."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status


class QueryCommand(TyperCommand):
    """A command whose query may begin with a minus: `-robotics` is one; `-h` and `--jsno` are mistaken options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; a query that looks like an option comes last, behind the sign that ends them."""
        end = args.index("--") if "--" in args else len(args)
        options, rest = args[:end], args[end + 1 :]
        queries = [word for word in options if re.match(r"-(?!\d+$)[^-].", word, re.DOTALL)]
        others = [word for word in options if word not in queries]
        return super().parse_args(ctx, [*others, "--", *queries, *rest])


def main() -> None:
    """Run the command line; errors are one sentence on standard error and a status, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # None where whoever started us has closed it
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        status = cli(standalone_mode=False)
    except typer.Exit as stop:
        status = stop.exit_code
    except (KeyboardInterrupt, typer.Abort):
        status = 130
    except BrokenPipeError:
        status = 0
    except Exception as error:
        status = _explain(error)
    sys.exit(status if isinstance(status, int) else 0)


def _explain(error: Exception) -> int:
    format_message: Callable[[], str] | None = getattr(error, "format_message", None)
    if format_message is not None:  # click's own errors: a wrong option, a missing argument
        said = format_message().replace("Value error, ", "")
        print(f"paperboy: {said} (paperboy --help)", file=sys.stderr)
        return 2
    if isinstance(error, CommandError):
        print(f"paperboy: {error}", file=sys.stderr)
        return error.status
    from bot.adapters.base import LaneClosed
    from bot.search import SearchError
    from bot.settings import SettingsError
    from bot.store import StoreError

    if isinstance(error, SettingsError):
        print(f"paperboy: {error}", file=sys.stderr)
        return 2
    if isinstance(error, LaneClosed | SearchError | StoreError | ValueError):
        print(f"paperboy: {error}", file=sys.stderr)
        return 1
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename is not None else ""
        print(f"paperboy: {where}{error.strerror}.", file=sys.stderr)
        return 1
    logging.getLogger("paperboy").debug("unexpected", exc_info=error)
    print(
        f"paperboy: something unexpected went wrong ({type(error).__name__}); BOT_LOG_LEVEL=DEBUG shows where.",
        file=sys.stderr,
    )
    return 1


def _settings(*, log: bool = True) -> Settings:
    from bot import app, logs

    found = app.settings()
    if log:
        level = found.log_level if found.log_level == "DEBUG" else "WARNING"
        logs.set_up(found, level, None)
    return found


def _end(_number: int, _frame: object) -> None:
    raise SystemExit(0)


@cli.command()
def run(
    role: Annotated[
        str, typer.Option(help="What this process does: web, worker and clock, joined by commas; all by default.")
    ] = "web,worker,clock",
) -> None:
    """Run Paperboy: read the digests, post what is due, answer people. Without any token: a chat in the terminal."""
    # The first process of a container gets no signal that it has not asked for; `app.run` does so once it is at work.
    signal.signal(signal.SIGTERM, _end)
    gc.disable()  # nothing of what is loaded first is garbage; `app.run` enables it again
    from bot import app
    from bot.cli_progress import BuildBar

    try:
        roles = frozenset(app.Role(name.strip()) for name in role.split(","))
    except ValueError:
        raise CommandError(f"{role!r} is not made of the roles web, worker and clock.", 2) from None
    with BuildBar() as bar:
        asyncio.run(app.run(_settings(log=False), roles, told=bar, reading=bar.reading, ready=bar.close))


@cli.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Digest files, or folders of them.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Read digest files without storing anything, and say what is wrong with them and where."""
    from bot.digest import far_ahead, to_json
    from bot.digest_file import read_digest_file

    missing = [path for path in paths if not path.exists() and not path.is_symlink()]
    if missing:
        raise CommandError(f"{missing[0]}: there is no such file or folder.", 2)
    results = []
    bad = False
    papers = 0
    today = datetime.now(UTC).date()
    for path in _digest_files(paths):
        parsed = read_digest_file(path).parsed
        if parsed.digest and (ahead := far_ahead(parsed.digest.date, today)):
            parsed = replace(parsed, problems=(ahead, *parsed.problems))
        bad = bad or any(problem.severity == "error" for problem in parsed.problems)
        papers += len(parsed.digest.papers) if parsed.digest else 0
        results.append(to_json(parsed, path.name))
        if not as_json:
            for problem in parsed.problems:
                note = "" if problem.severity == "error" else "warning: "
                print(f"{path}:{problem.line}: {note}{problem.message}")
    if as_json:
        print(json.dumps(results, ensure_ascii=False, indent=1))
    elif not results:
        raise CommandError("there is no digest file (.txt or .md) in what was given.")
    else:
        print(f"{plural(len(results), 'file')}, {plural(papers, 'paper')}.")
    if bad:
        raise typer.Exit(1)


def _digest_files(paths: list[Path]) -> Iterator[Path]:
    """The files among the paths, and what the folders among them hold."""
    from bot.digest_folder import list_digest_files

    for path in paths:
        if path.is_dir():
            try:
                found = list_digest_files(path)
            except OSError as error:
                raise CommandError(f"{path}: the folder cannot be read: {error.strerror}.", 2) from None
            yield from (file for _, (file, _) in sorted(found.files.items()))
        else:
            yield path


@cli.command()
def preview(
    file: Annotated[Path, typer.Argument(help="A digest file.")],
    platform: Annotated[str, typer.Option("--as", help="The platform to draw for.")] = "console",
    as_json: Json = False,
) -> None:
    """Show exactly what would be posted for a digest file, without posting or storing anything."""
    from bot.preview import preview as preview_of

    requests = asyncio.run(preview_of(_settings(), file, platform))
    if as_json:
        print(
            json.dumps(
                [{"method": each.method, "params": each.params} for each in requests], ensure_ascii=False, indent=1
            )
        )
        return
    for each in requests:
        # Beside blocks the text is nothing but a summary of them.
        text = None if "blocks" in each.params else each.params.get("text")
        print(text if isinstance(text, str) else json.dumps(each.params, ensure_ascii=False, indent=1), end="\n\n")


@cli.command()
def slack_manifest() -> None:
    """Print what to create the Slack app from, for the present settings; to be pasted at api.slack.com/apps."""
    from bot import app

    print(json.dumps(app.manifest(_settings(), "slack"), ensure_ascii=False, indent=2))


@cli.command(cls=QueryCommand)
def search(
    query: Annotated[str, typer.Argument(help="What to look for; - reads one query a line from standard input.")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The most results.")] = 10,
    as_json: Json = False,
) -> None:
    """Search the archive, best first, after reading the seeds folder; standard error tells how a query was read."""
    gc.disable()  # as in `run`; `print_answers` enables it again
    from bot.cli_search import lines, print_answers

    # The bytes that were typed: where the locale is C, they were not read as UTF-8.
    asked = lines() if query == "-" else iter([("", os.fsencode(query).decode("utf-8", errors="replace"))])
    asyncio.run(print_answers(_settings(), asked, limit, as_json=as_json))


@cli.command()
def publish(
    file: Annotated[
        Path, typer.Argument(help="A digest file in the seeds folder, or elsewhere (it is not watched there).")
    ],
) -> None:
    """Post a digest to everybody who follows its papers, whatever its age, once."""

    async def work(settings: Settings) -> int:
        from bot import app

        async with app.open_house(settings) as house:
            await house.ingest.take_in()
            return len(await house.ingest.publish(file))

    count = asyncio.run(work(_settings()))
    if count:
        print(f"{plural(count, 'paper')} will be posted by the running Paperboy, or by the next one.")
    else:
        print("Nothing to post: every paper of this digest was published before.")


@cli.command()
def migrate(
    file: Annotated[
        Path | None,
        typer.Option("--from", exists=True, dir_okay=False, help="Copy all of this SQLite file into a new PostgreSQL."),
    ] = None,
) -> None:
    """Bring the database up to date."""

    async def work(settings: Settings) -> tuple[bool, Mapping[str, int]]:
        from bot.store import Store

        store = await Store.open(settings.database_url)
        try:
            return await store.migrate(), await store.copy_from(f"sqlite:///{file}") if file else {}
        finally:
            await store.close()

    changed, copied = asyncio.run(work(_settings()))
    print("The database is up to date now." if changed else "The database was up to date.")
    if file:
        papers, chats, subscriptions = (plural(copied.get(name, 0), name) for name in ("paper", "chat", "subscription"))
        rows = plural(copied.get("delivery", 0), "row")
        print(f"Copied {papers}, {chats}, {subscriptions} and a ledger of {rows}.")
        print(f"{file} is as it was. Start Paperboy with the new database only.")


@cli.command()
def status(
    as_json: Json = False,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every second, until Ctrl-C.")] = False,
) -> None:
    """Show the archive, the chats, the lanes, what is being posted, and what waits for an operator."""
    from bot.cli_status import show

    show(as_json=as_json, watch=watch)


@cli.command()
def why(
    chat: Annotated[
        int, typer.Option(min=-_LAST, max=_LAST, help="The chat's number, as `paperboy deliveries` shows it.")
    ],
    paper: Annotated[int, typer.Option(min=-_LAST, max=_LAST, help="The paper's number.")],
    as_json: Json = False,
) -> None:
    """Say why a paper came to a chat or did not."""
    from bot.cli_ledger import tell_why

    tell_why(chat, paper, as_json=as_json)


deliveries = typer.Typer(help="The ledger: what is owed to whom and what became of it.", invoke_without_command=True)
cli.add_typer(deliveries, name="deliveries")


@deliveries.callback()
def listing(
    context: typer.Context,
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    chat: Annotated[
        int | None, typer.Option(min=-_LAST, max=_LAST, help="Only those of this chat (its number).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_LAST, help="The most rows.")] = 50,
    as_json: Json = False,
) -> None:
    """List the ledger, the last changed first."""
    from bot.cli_ledger import list_ledger

    if context.invoked_subcommand is None:
        list_ledger(state, chat, limit, as_json=as_json)


@deliveries.command()
def requeue(
    ids: Annotated[
        list[int], typer.Argument(min=-_LAST, max=_LAST, help="Ids of unknown or dead deliveries, as listed.")
    ],
) -> None:
    """Send unknown or dead deliveries again; an unknown one may then arrive twice."""
    from bot.cli_ledger import send_again

    count = send_again(ids)
    print(f"{count} of {len(ids)} will be sent again.")
    if count < len(ids):
        raise typer.Exit(1)


def plural(count: int, noun: str) -> str:
    """So many things: "1 paper", "1,200 papers"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
