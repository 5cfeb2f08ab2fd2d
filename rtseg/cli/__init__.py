"""The command line: parses, wires, prints. Everything heavy is imported inside the commands."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence

from rtseg.cli import bench, doctor, models, pictures, serving
from rtseg.errors import RtsegError, UsageError
from rtseg.version import __version__

# Matrices here are small, and a second thread for each only spins: on two cores the slowest
# outlines took up to twice the processor time. NumPy reads it when it is imported, which no command
# has done yet.
_ONE_THREAD = "OPENBLAS_NUM_THREADS"

EXIT_FAILED = 1
EXIT_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give its exit code."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return EXIT_USAGE
    os.environ.setdefault(_ONE_THREAD, "1")
    try:
        return int(options.run(options))
    except UsageError as error:
        print(f"rtseg: {error}", file=sys.stderr)
        return EXIT_USAGE
    except RtsegError as error:
        print(f"rtseg: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `rtseg … | head`: the reader has what it wanted.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="rtseg",
        description="Live object outlines for any camera: WebRTC in, vector paths out.",
        epilog="First time? `rtseg demo` opens a page with your camera and an outline on it.",
    )
    parser.add_argument("--version", action="version", version=f"rtseg {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for family in (serving, pictures, models, doctor, bench):
        family.add_to(commands)
    return parser
