"""One file over HTTP into one file on disk, resumed where it broke off.

What has come is kept as `NAME.KEY.part`, with the server's ETag beside it. The next attempt asks
for the rest by `Range` and `If-Range` (RFC 9110, sections 13.1.5 and 14): a server whose file has
changed meanwhile sends it whole, and we begin again. Without a strong ETag there is nothing to
hold two halves together, so we begin again too.

The files that end here have been checked: size and checksum where they are known.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rtseg.errors import ModelCorruptError
from rtseg.version import __version__

if TYPE_CHECKING:
    import httpx

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (bytes so far, bytes in all) while something is fetched; ends with both equal."""

CONNECT_TIMEOUT_S = 15.0
STALL_TIMEOUT_S = 30.0
"""Silence in the middle of a file, after which the connection is given up."""

ATTEMPTS = 3
"""Connections in a row that may break without a byte having come."""

_REPORT_S = 0.1


class RefusedError(Exception):
    """The server answered, and not with the file.

    Parameters
    ----------
    url : that was asked for in the end.
    status : HTTP status.
    headers : of the answer.
    """

    def __init__(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"{url}: HTTP {status}")
        self.url = url
        self.status = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Job:
    """One file that is to be fetched.

    Parameters
    ----------
    name : in the model's folder.
    url : where it is.
    key : of its contents, such as its checksum or its commit: parts of other contents are not
        taken up. A word of letters and digits.
    size_bytes, sha256 : what it must have; None where it is not known.
    git_sha1 : its name among the objects of a Git repository, for small files of the hub.
    headers : of the request, such as a token; not sent to another host by a redirect.
    """

    name: str
    url: str
    key: str
    size_bytes: int | None = None
    sha256: str | None = None
    git_sha1: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def client() -> httpx.Client:
    """Return a client with our timeouts; proxies and certificates are those of the environment."""
    import httpx

    return httpx.Client(
        timeout=httpx.Timeout(STALL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        follow_redirects=True,
        max_redirects=10,
        # Compressed bytes could neither be counted nor resumed.
        headers={"User-Agent": f"rtseg/{__version__}", "Accept-Encoding": "identity"},
    )


def fetch(http: httpx.Client, job: Job, folder: Path, report: Callable[[int], None]) -> Path:
    """Fetch a file into a folder, or the rest of it, and check it.

    Parameters
    ----------
    http : from `client`.
    job : what.
    folder : where parts are kept from one attempt to the next.
    report : called with the bytes of this file that are here, about ten times a second.

    Returns
    -------
    Its path in the folder.

    Raises
    ------
    RefusedError
        The server does not give it.
    ModelCorruptError
        What came is not what was expected; it was deleted.
    httpx.HTTPError
        The connection failed `ATTEMPTS` times. What came is kept.
    OSError
        The disk is full, or not to be written on. What came is kept.
    """
    import httpx

    whole = folder / f"{job.name}.{job.key}"
    if whole.is_file():  # fetched and checked by an earlier attempt
        report(_size(whole))
        return whole
    part = folder / f"{whole.name}.part"
    furthest, failed = _size(part), 0
    # A process that was killed just before the rename left all of it, and there is no rest to ask
    # for.
    while not 0 < _size(part) == job.size_bytes:
        try:
            _receive(http, job, part, report)
            break
        except httpx.ConnectError:
            raise  # nobody is there: asking again at once helps nobody
        except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ReadTimeout):
            failed = 0 if _size(part) > furthest else failed + 1
            furthest = max(furthest, _size(part))
            if failed >= ATTEMPTS:
                raise
    _check(job, part)
    part.replace(whole)
    _validator(part).unlink(missing_ok=True)
    return whole


def kept_bytes(job: Job, folder: Path) -> int:
    """Return how much of a file the next attempt will not have to fetch again."""
    part = folder / f"{job.name}.{job.key}.part"
    return _size(part) if _read_etag(part, job.url) else 0


def _receive(http: httpx.Client, job: Job, part: Path, report: Callable[[int], None]) -> None:
    """Run one request to its end."""
    headers = dict(job.headers)
    have = _size(part)
    etag = _read_etag(part, job.url) if have else None
    if etag:
        headers |= {"Range": f"bytes={have}-", "If-Range": etag}
    with http.stream("GET", job.url, headers=headers) as response:
        partial = response.status_code == 206
        if etag and (
            response.status_code == 416 or (partial and not _continues(response, have, etag))
        ):
            # Not the rest of what we have: begin again, and this time without a range.
            part.unlink()
            response.close()
            _receive(http, job, part, report)
            return
        if response.status_code != 200 and not (partial and etag):
            raise RefusedError(str(response.url), response.status_code, response.headers)
        begin = have if partial else 0
        coming = response.headers.get("content-length", "")
        whole = begin + int(coming) if coming.isdigit() else None
        if None not in (whole, job.size_bytes) and whole != job.size_bytes:
            part.unlink(missing_ok=True)
            raise ModelCorruptError(
                f"{job.url} is not the file {job.name}: expected {job.size_bytes} bytes, "
                f"got {whole}"
            )
        _require_room(part.parent, (whole or begin) - begin)
        if not begin:
            part.unlink(missing_ok=True)
            _write_etag(part, job.url, response.headers.get("etag"))
        with part.open("ab") as stream:
            done, told = begin, 0.0
            report(done)
            # As it comes: gathered into larger pieces, the last would be lost with the connection.
            for chunk in response.iter_raw():
                stream.write(chunk)
                done += len(chunk)
                if (now := time.monotonic()) - told > _REPORT_S:
                    told = now
                    report(done)
            stream.flush()
            os.fsync(stream.fileno())  # before the rename, or a power cut leaves an empty file
        report(done)


def _continues(response: httpx.Response, have: int, etag: str) -> bool:
    """Say whether a partial answer begins where our part ends, and is of the same file."""
    begins = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
    same = response.headers.get("etag") in (etag, None)
    return begins is not None and int(begins[1]) == have and same


def _check(job: Job, part: Path) -> None:
    """Raise, and delete the part, unless it is the file that was meant."""
    size = _size(part)
    problem = None
    if job.size_bytes is not None and size != job.size_bytes:
        problem = f"{job.size_bytes} bytes, got {size}"
    elif job.sha256 is not None:
        with part.open("rb") as stream:
            if (found := hashlib.file_digest(stream, "sha256").hexdigest()) != job.sha256:
                problem = f"sha256 {job.sha256}, got {found}"
    elif job.git_sha1 is not None:
        blob = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        blob.update(part.read_bytes())  # of the hub's small files only
        if blob.hexdigest() != job.git_sha1:
            problem = f"Git object {job.git_sha1}, got {blob.hexdigest()}"
    if problem:
        part.unlink()
        raise ModelCorruptError(f"{job.url} is not the file {job.name}: expected {problem}")


def _require_room(folder: Path, needed_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise OSError(errno.ENOSPC, f"{needed_bytes >> 20} MiB are needed, {free >> 20} are free")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _validator(part: Path) -> Path:
    return part.with_name(part.name + ".etag")


def _write_etag(part: Path, url: str, etag: str | None) -> None:
    if etag and not etag.startswith("W/"):  # a weak one does not promise the same bytes
        _validator(part).write_text(json.dumps([url, etag]), encoding="utf-8")
    else:
        _validator(part).unlink(missing_ok=True)


def _read_etag(part: Path, url: str) -> str | None:
    with contextlib.suppress(OSError, ValueError, TypeError):
        of, etag = json.loads(_validator(part).read_text(encoding="utf-8"))
        if of == url and isinstance(etag, str):
            return etag
    return None
