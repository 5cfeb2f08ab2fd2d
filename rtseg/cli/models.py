"""`rtseg models …`."""

from __future__ import annotations

import argparse
from typing import Any

from rtseg.cli.catalogues import add_catalogue, store_of


def add_to(commands: Any) -> None:
    """Add the command and its actions to the parser."""
    parser = commands.add_parser(
        "models",
        help="list, explain, fetch and check models",
        description="Models and their weights. They are kept in the user's cache folder; "
        "RTSEG_HOME moves it.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    added = {}
    for name, text in (
        ("list", "show every model, what it answers, and how to get what is missing"),
        ("show", "show all that is known of models"),
        ("which", "say which model would answer a prompt here, why, and which could do better"),
        ("pull", "fetch models (when none is named: those that run on this machine as it is)"),
        ("verify", "check the files of models (all that are here when none is named)"),
    ):
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        add_catalogue(action)
        action.add_argument("--json", action="store_true", help="machine-readable output")
        action.set_defaults(run=_models, action=name)
        added[name] = action
    added["show"].add_argument("names", nargs="+", metavar="MODEL")
    for name in ("pull", "verify"):
        added[name].add_argument("names", nargs="*", metavar="MODEL")
    added["pull"].add_argument("--all", action="store_true", help="all of them, gigabytes too")
    which = added["which"]
    which.add_argument("text", nargs="?", default="", metavar="TEXT", help="words, such as cat")
    which.add_argument("--point", action="store_true", help="a point is touched")
    which.add_argument("--box", action="store_true", help="a box is drawn")
    which.add_argument("--model", metavar="NAME", help="as if the prompt named this model")


def _models(options: argparse.Namespace) -> int:
    from rtseg.models import commands
    from rtseg.types import Box, Point, Prompt

    store = store_of(options)
    as_json = options.json
    match options.action:
        case "list":
            return commands.list_models(store, as_json=as_json)
        case "show":
            return commands.show_models(options.names, store, as_json=as_json)
        case "which":
            prompt = Prompt(
                options.text,
                points=(Point(0.5, 0.5),) if options.point else (),
                box=Box(0.25, 0.25, 0.75, 0.75) if options.box else None,
                model=options.model,
            )
            return commands.which_model(prompt, store, as_json=as_json)
        case "pull":
            return commands.pull_models(options.names, store, every=options.all, as_json=as_json)
        case _:
            return commands.verify_models(options.names, store, as_json=as_json)
