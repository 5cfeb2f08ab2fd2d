"""`rtseg demo` and `rtseg serve`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtseg.errors import UsageError
from rtseg.version import __version__

if TYPE_CHECKING:
    from rtseg.config import Config


def add_to(commands: Any) -> None:
    """Add both commands to the parser."""
    _add(commands, "demo", "start the server and open its page in a browser", _demo)
    _add(commands, "serve", "start the server", _serve)


def _add(commands: Any, name: str, text: str, run: Any) -> None:
    parser = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}. Values come from the configuration file, then "
        "from variables such as RTSEG_SERVER__PORT=9000, then from flags; later ones win.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="YAML configuration file")
    parser.add_argument("--host", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, help="port (default: 8000; 0 takes a free one)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any configuration key, such as wire.min_iou=0.99 (lists by commas); may be "
        "given several times",
    )
    parser.add_argument("--keys", action="store_true", help="print every configuration key and end")
    parser.add_argument(
        "--log-level", default="info", choices=["debug", "info", "warning", "error"]
    )
    parser.set_defaults(run=run)


def _demo(options: argparse.Namespace) -> int:
    return _start(options, open_page=True)


def _serve(options: argparse.Namespace) -> int:
    return _start(options, open_page=False)


def _start(options: argparse.Namespace, *, open_page: bool) -> int:
    if options.keys:
        return _print_keys()
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    for noisy in ("aioice", "aiortc", "uvicorn", "websockets"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
    config = _load_config(options)
    _pull_missing(config)

    from rtseg.server.run import run

    def tell(url: str) -> None:
        print(f"rtseg {__version__} is ready: {url}  (Ctrl-C ends it)", flush=True)
        if open_page:
            import webbrowser

            if not webbrowser.open(url):
                print("no browser could be opened here; open that address yourself", flush=True)

    run(config, on_ready=tell)
    return 0


def _load_config(options: argparse.Namespace) -> Config:
    from rtseg.config import load

    flags: dict[str, Any] = {}
    for item in options.set:
        key, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"--set: expected KEY=VALUE, such as wire.min_iou=0.99, got {item!r}")
        flags[key] = value
    flags |= {"server.host": options.host, "server.port": options.port}
    return load(options.config, flags=flags)


def _print_keys() -> int:
    from rtseg.config import keys

    for key, default, description in keys():
        print(f"{key} = {default!r}".ljust(44) + description)
    return 0


def _pull_missing(config: Config) -> None:
    """Fetch what the default prompts need; without it the server starts, and says what is wrong."""
    from rtseg.errors import BackendError
    from rtseg.models import Router, Store, read_catalogue
    from rtseg.models.progress import ProgressBar

    store = Store(catalogue=read_catalogue(config.models.catalogue))
    if not config.models.pull:
        return
    router = Router(store)
    wanted = {name for text in config.models.default_prompts if (name := router.to_pull(text))}
    for name in sorted(wanted):
        print(f"first run: fetching the model {name!r} into {store.folder(name)}", file=sys.stderr)
        try:
            with ProgressBar(name) as bar:
                store.pull(name, bar.update)
        except BackendError as error:
            print(f"rtseg: {error}", file=sys.stderr)
