"""The package could be published alone."""

from __future__ import annotations

import ast
from pathlib import Path

from rtseg.transport import receiving


def test_nothing_of_rtseg_is_imported() -> None:
    files = list(Path(receiving.__file__).parent.glob("*.py"))
    assert len(files) > 5
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert not name.startswith("rtseg") or name.startswith(receiving.__name__), file
