"""Files of a Hugging Face repository, by plain HTTPS.

Not by `huggingface_hub`: it comes with the extras only, while an ONNX model of a repository runs
on the base installation; it keeps a cache of its own, of which the store would need a copy; and
its progress and errors are not ours. What it knows is honoured: HF_ENDPOINT, HF_TOKEN, the file
that `hf auth login` writes, HF_HOME, HF_HUB_OFFLINE.

Before anything is fetched, every file is asked for by HEAD. The hub then says which commit a
branch is at, and each file's size and checksum: SHA-256 of large files, the Git object of small
ones. So a model that is gated, or not there, is refused at once; all files are of one commit; and
what came can be checked even where the catalogue cannot know the checksum.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from rtseg.errors import BackendError, ConfigError, ModelMissingError
from rtseg.models.catalogue import Entry
from rtseg.models.sources import File, HubSource, https, transfer
from rtseg.models.sources.transfer import Job, Progress, RefusedError

if TYPE_CHECKING:
    import httpx

_MAX_REDIRECTS = 10


def fetch(
    entry: Entry, files: Sequence[File], scratch: Path, progress: Progress, commit: str | None
) -> tuple[dict[str, Path], str]:
    """Fetch files of an entry into a folder.

    Parameters
    ----------
    entry : whose source is of kind `hub`.
    files : those of its files that are wanted.
    scratch : kept from one attempt to the next, so that a broken download goes on.
    progress : called with (bytes so far, bytes in all).
    commit : of which to take them; None takes what the source's revision is now.

    Returns
    -------
    The files in that folder, by their names in the model's; and the commit of which they are.

    Raises
    ------
    ModelMissingError
        They cannot be had: no network, no such file, no access; the message says what to do.
    ModelCorruptError
        What came is not what the catalogue, or the hub, says that it is.
    OSError
        The disk is full, or not to be written on.
    """
    import httpx

    source = _source(entry)
    if _is_true(os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE")):
        raise ModelMissingError(
            f"model {entry.name!r} is not on this machine, and HF_HUB_OFFLINE forbids to fetch "
            f"it; unset that, then: {entry.pull_command}"
        )
    headers = authorisation(source)
    revision = commit or source.revision
    jobs = []
    with transfer.client() as http:
        for file in files:
            url = address(source, revision, file)
            try:
                job, found = _look(http, url, file, headers)
            except RefusedError as refused:
                raise _explain(entry, refused, bool(headers)) from None
            except (httpx.HTTPError, httpx.InvalidURL) as failure:
                raise https.explain(entry, failure, url) from failure
            # The first file settles what a branch is; the others are asked for by that commit.
            revision = revision if file is not files[0] else found
            jobs.append([replace(job, url=address(source, revision, file), headers=headers)])
    paths = https.fetch_jobs(
        entry, jobs, scratch, progress, lambda refused: _explain(entry, refused, bool(headers))
    )
    return paths, revision


def endpoint(environ: Mapping[str, str] = os.environ) -> str:
    """Return the hub's address: HF_ENDPOINT, or the public one."""
    return (environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def address(source: HubSource, revision: str, file: File) -> str:
    """Return where a file is."""
    place = quote(file.member or file.name)
    return f"{endpoint()}/{source.repository}/resolve/{quote(revision, safe='')}/{place}"


def token(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the user's token: HF_TOKEN, or what `hf auth login` wrote; None if there is none.

    Raises
    ------
    ConfigError
        It is not one that could be sent.
    """
    said = environ.get("HF_TOKEN") or environ.get("HUGGING_FACE_HUB_TOKEN")
    if not said:
        cache = environ.get("XDG_CACHE_HOME") or "~/.cache"
        home = environ.get("HF_HOME") or f"{cache}/huggingface"
        path = Path(os.path.expandvars(environ.get("HF_TOKEN_PATH") or f"{home}/token"))
        try:
            said = path.expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
    said = said.strip()
    if not re.fullmatch(r"[\x21-\x7e]*", said):  # what a header of HTTP can hold
        raise ConfigError(
            "expected a token of the hub, letters and digits such as hf_…, got one with spaces or "
            "signs in it; look at HF_TOKEN, or log in again with: hf auth login"
        )
    return said or None


def authorisation(source: HubSource, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the header that says who asks; empty for nobody."""
    only_where_needed = _is_true(environ.get("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
    said = token(environ) if source.gated or not only_where_needed else None
    return {"Authorization": f"Bearer {said}"} if said else {}


def _look(http: httpx.Client, url: str, file: File, headers: Mapping[str, str]) -> tuple[Job, str]:
    """Ask for a file's size, checksum and commit.

    The answer about a large file is a redirect to another host, which knows nothing of commits:
    only redirects within the hub are followed.
    """
    import httpx

    said: dict[str, str] = {}
    asked = httpx.URL(url)
    for _ in range(_MAX_REDIRECTS):
        response = http.head(asked, headers=headers, follow_redirects=False)
        if response.status_code >= 400:
            raise RefusedError(str(asked), response.status_code, response.headers)
        said = {**response.headers, **said}
        following = response.next_request
        if following is None or following.url.netloc != asked.netloc:
            break
        asked = following.url
        said.pop("content-length", None)  # that of the redirect itself
        said.pop("etag", None)
    else:
        raise httpx.TooManyRedirects("too many redirects", request=response.request)
    commit = said.get("x-repo-commit", "")
    if not re.fullmatch("[0-9a-f]{40}", commit):
        raise httpx.RemoteProtocolError("the answer is not one of a hub: it names no commit")
    etag = (said.get("x-linked-etag") or said.get("etag") or "").removeprefix("W/").strip('"')
    size = said.get("x-linked-size") or (
        said.get("content-length") if response.is_success else None
    )
    return Job(
        name=file.name,
        url=url,
        key=commit[:16],
        size_bytes=file.size_bytes or (int(size) if size and size.isdigit() else None),
        sha256=file.sha256 or (etag if re.fullmatch("[0-9a-f]{64}", etag) else None),
        git_sha1=etag if re.fullmatch("[0-9a-f]{40}", etag) else None,
    ), commit


def _explain(entry: Entry, refused: RefusedError, with_token: bool) -> BackendError:
    """Turn the hub's refusal into what to do; the codes are those of its X-Error-Code."""
    source = _source(entry)
    page = f"{endpoint()}/{source.repository}"
    code = refused.headers.get("x-error-code", "")
    again = f"then: {entry.pull_command}"
    begin = f"model {entry.name!r} is not on this machine"
    if code == "EntryNotFound":
        return ModelMissingError(
            f"{begin} and {page} has no file {refused.url.rsplit('/', 1)[-1]!r} at "
            f"{source.revision!r}; the catalogue's entry is wrong"
        )
    if code == "RevisionNotFound":
        return ModelMissingError(
            f"{begin} and {page} has no revision {source.revision!r}; the catalogue's entry is "
            "wrong, or what was pulled earlier is no longer there"
        )
    if refused.status == 401 and with_token:
        return ModelMissingError(
            f"{begin} and {endpoint()} does not know your token; make another at "
            f"{endpoint()}/settings/tokens and give it in HF_TOKEN or with: hf auth login, {again}"
        )
    if code == "GatedRepo" or refused.status in (401, 403):
        # The hub says 401 of what does not exist, too, to those whom it does not know.
        if source.gated or code == "GatedRepo":
            why = "its owner wants to be asked for access first"
        else:
            why = "it is private, gated, or not there"
        steps = f"ask at {page}"
        if not with_token:
            steps += (
                f", make a token at {endpoint()}/settings/tokens and give it in HF_TOKEN or with: "
                "hf auth login"
            )
        else:
            steps += " with the account of your token, and wait until access is given"
        return ModelMissingError(f"{begin} and cannot be had yet: {why}; {steps}, {again}")
    if refused.status == 404:
        return ModelMissingError(f"{begin} and there is no repository {page}")
    return ModelMissingError(
        f"{begin} and cannot be had: {refused.url} answered HTTP {refused.status} "
        f"({refused.headers.get('x-error-message') or 'try again later'}); {again}"
    )


def _source(entry: Entry) -> HubSource:
    assert isinstance(entry.source, HubSource)
    return entry.source


def _is_true(value: str | None) -> bool:
    return (value or "").upper() in {"1", "ON", "YES", "TRUE"}
