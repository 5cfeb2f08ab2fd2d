"""Files by their addresses, and what to tell people when a server does not give one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from rtseg.errors import BackendError, ModelCorruptError, ModelMissingError
from rtseg.models.catalogue import Entry
from rtseg.models.sources import File, HubSource, transfer
from rtseg.models.sources.transfer import Job, Progress, RefusedError

Explain = Callable[[RefusedError], BackendError | None]
"""Turns a server's refusal into an error for people; None leaves it to `explain`."""


def fetch(
    entry: Entry, files: Sequence[File], scratch: Path, progress: Progress
) -> dict[str, Path]:
    """Fetch files of an entry into a folder; each from the first of its addresses that gives it.

    Parameters
    ----------
    entry : whose source is of kind `https`.
    files : those of its files that are wanted.
    scratch : kept from one attempt to the next, so that a broken download goes on.
    progress : called with (bytes so far, bytes in all).

    Returns
    -------
    The files in that folder, by their names in the model's.

    Raises
    ------
    ModelMissingError
        No address gives it; with the reason of the last.
    ModelCorruptError
        What came has another size or checksum.
    OSError
        The disk is full, or not to be written on.
    """
    return fetch_jobs(
        entry,
        [
            [Job(f.name, url, (f.sha256 or "")[:16], f.size_bytes, f.sha256) for url in f.urls]
            for f in files
        ],
        scratch,
        progress,
    )


def fetch_jobs(
    entry: Entry,
    wanted: Sequence[Sequence[Job]],
    scratch: Path,
    progress: Progress,
    explain_refusal: Explain = lambda refused: None,
) -> dict[str, Path]:
    """Fetch files, each by the first of its jobs that succeeds; the rest is as of `fetch`."""
    import httpx

    known = sum(jobs[0].size_bytes or 0 for jobs in wanted)
    finished = 0
    paths = {}
    with transfer.client() as http:
        for jobs in wanted:
            here = 0

            def report(size: int, finished: int = finished) -> None:
                nonlocal here
                here = size
                # Where sizes are not known beforehand, "in all" grows with what comes.
                progress(finished + size, max(known, finished + size))

            for remaining, job in zip(range(len(jobs) - 1, -1, -1), jobs, strict=True):
                try:
                    paths[job.name] = transfer.fetch(http, job, scratch, report)
                    break
                except RefusedError as refused:
                    error: BackendError = explain_refusal(refused) or _explain(entry, refused)
                except (httpx.HTTPError, httpx.InvalidURL) as failure:
                    kept = transfer.kept_bytes(job, scratch)
                    error = explain(entry, failure, job.url, kept)
                except ModelCorruptError as corrupt:
                    error = ModelCorruptError(
                        f"{corrupt}; nothing of it was kept, try again with: {entry.pull_command}"
                    )
                if not remaining:
                    raise error
            finished += here
    progress(finished, finished)
    return paths


def explain(entry: Entry, failure: Exception, url: str, kept_bytes: int = 0) -> ModelMissingError:
    """Return what to tell people of a connection that failed.

    Parameters
    ----------
    entry : what was to be fetched.
    failure : an error of httpx.
    url : that was asked for.
    kept_bytes : of the file, which the next attempt need not fetch.
    """
    import httpx

    host = urlsplit(url).netloc
    again = entry.pull_command
    silent = isinstance(failure, httpx.ReadTimeout)
    if silent or isinstance(failure, httpx.RemoteProtocolError | httpx.ReadError):
        what = (
            f"went silent for {transfer.STALL_TIMEOUT_S:g} s"
            if silent
            else f"broke the connection ({_reason(failure)})"
        )
        kept = f"; {kept_bytes / 1e6:.1f} MB of {url.rsplit('/', 1)[-1]} are kept"
        return ModelMissingError(
            f"model {entry.name!r} is not on this machine: {host} {what}"
            f"{kept if kept_bytes else ''}; go on with: {again}"
        )
    if isinstance(failure, httpx.TooManyRedirects):
        return ModelMissingError(
            f"model {entry.name!r} is not on this machine and cannot be had: {url} redirects in "
            f"circles; check what stands between here and {host} (a proxy, a sign-in page), "
            f"then: {again}"
        )
    return ModelMissingError(
        f"model {entry.name!r} is not on this machine and {host} cannot be reached "
        f"({_reason(failure)}); connect to the network, set HTTPS_PROXY if there is one"
        f"{' or HF_ENDPOINT to a mirror' if isinstance(entry.source, HubSource) else ''}, "
        f"then: {again}"
    )


def _reason(failure: Exception) -> str:
    return str(failure) or type(failure).__name__


def _explain(entry: Entry, refused: RefusedError) -> BackendError:
    why = {
        401: "it wants to know who asks",
        403: "it refuses",
        404: "it has no such file",
        410: "it has no such file any more",
        429: "too many requests; try again later",
    }.get(refused.status, "try again later" if refused.status >= 500 else "it refuses")
    return ModelMissingError(
        f"model {entry.name!r} is not on this machine and cannot be had: {refused.url} answered "
        f"HTTP {refused.status} ({why}); the command is: {entry.pull_command}"
    )
