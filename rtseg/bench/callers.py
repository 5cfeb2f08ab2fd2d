"""Callers of an HTTP API: ``python -m rtseg.bench.callers``, a job on stdin, what came on stdout.

A process of its own, so that the server's interpreter lock and processor time are its own. Each
caller is a thread with one connection that it keeps, and asks again as soon as it has its answer.
Blocking sockets and the standard library's client: a heavier one would be a part of what it
measures.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

from rtseg.errors import BackendError

MOST_CALLERS = 256
"""Threads of one process; more would measure that process."""

_TIMEOUT_S = 60.0
_REFUSED_PAUSE_S = 0.05
"""After an answer that was none: a server that refuses at once must not be hammered."""


@dataclass(frozen=True, slots=True)
class Job:
    """What callers do.

    Parameters
    ----------
    url : that they POST to.
    body : of every request, JSON.
    callers : how many ask at once.
    seconds : for so long.
    requests : or until there are so many answers, all callers together; 0 for no such bound.
    warm_up_s : so long before it counts.
    """

    url: str
    body: str
    callers: int
    seconds: float
    requests: int = 0
    warm_up_s: float = 1.0


@dataclass(slots=True)
class Call:
    """One request and its answer.

    Parameters
    ----------
    end_s : when the answer was whole, since it counts.
    ms : from the first byte of the request to the last of the answer.
    status : of HTTP; 0 where the connection broke.
    error : what was wrong; empty for a good answer.
    events : milliseconds until the first of each kind of event of a stream.
    stages : milliseconds, as the server's `Server-Timing` has them.
    """

    end_s: float
    ms: float
    status: int
    error: str = ""
    events: dict[str, float] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a job.

    Parameters
    ----------
    calls : those that ended while it counted.
    seconds : for which it counted.
    cpu_s : that the callers themselves took meanwhile.
    last : the last good answer's body.
    """

    calls: list[Call]
    seconds: float
    cpu_s: float
    last: str


def call(job: Job) -> Called:
    """Run a job in a process of its own.

    Raises
    ------
    BackendError
        The process failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "rtseg.bench.callers"],
        input=json.dumps(asdict(job)),
        capture_output=True,
        text=True,
        check=False,
    )
    return read(done.stdout, done.stderr)


def begin(job: Job) -> subprocess.Popen[str]:
    """Start a job in a process of its own; `read` what it printed when it has ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rtseg.bench.callers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(job)))
    process.stdin.close()
    process.stdin = None
    return process


def read(printed: str, complaints: str = "") -> Called:
    """Read what a process of callers printed.

    Raises
    ------
    BackendError
        It is not that.
    """
    try:
        told = json.loads(printed)
        calls = [Call(**each) for each in told.pop("calls")]
        return Called(calls, **told)
    except (ValueError, KeyError, TypeError):
        raise BackendError(f"the callers failed: {complaints.strip()[-2000:]}") from None


def main() -> None:
    """Read the job, call, print."""
    job = Job(**json.load(sys.stdin))
    callers = _Callers(job)
    threads = [threading.Thread(target=callers.run, daemon=True) for _ in range(job.callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump(asdict(callers.called()), sys.stdout)


class _Callers:
    """What all callers of a job share."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._url = urlsplit(job.url)
        self._body = job.body.encode()
        self._start_s = time.perf_counter() + job.warm_up_s
        self._calls: list[Call] = []
        self._last = ""
        self._lock = threading.Lock()
        self._cpu_s = 0.0

    def run(self) -> None:
        """Ask until it is over."""
        connection = self._connect()
        while not self._is_over():
            one = self._ask(connection)
            if one.error:
                connection.close()
                connection = self._connect()
                time.sleep(_REFUSED_PAUSE_S)
            with self._lock:
                if one.end_s < 0:  # warming up
                    self._cpu_s = time.process_time()
                elif not self._is_over():
                    self._calls.append(one)
        connection.close()

    def called(self) -> Called:
        """Sum it up; when all have ended."""
        seconds = max((one.end_s for one in self._calls), default=0.0)
        return Called(self._calls, seconds, time.process_time() - self._cpu_s, self._last)

    def _is_over(self) -> bool:
        most = self._job.requests
        is_enough = bool(most) and len(self._calls) >= most
        return is_enough or time.perf_counter() - self._start_s >= self._job.seconds

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._url.netloc, timeout=_TIMEOUT_S)

    def _ask(self, connection: http.client.HTTPConnection) -> Call:
        begun_s = time.perf_counter()
        events: dict[str, float] = {}
        stages: dict[str, float] = {}
        status, error = 0, ""
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", self._url.path, self._body, headers)
            answer = connection.getresponse()
            status = answer.status
            stages = read_stages(answer.getheader("Server-Timing", ""))
            if (answer.getheader("Content-Type") or "").startswith("text/event-stream"):
                for line in answer:
                    if line.startswith(b"data: {"):
                        message = json.loads(line[6:])
                        kind = str(message.get("type") or message.get("object") or "message")
                        events.setdefault(kind, (time.perf_counter() - begun_s) * 1000)
                        if kind == "error":
                            error = str(message)
                if not events:
                    error = "a stream without an event"
            else:
                content = answer.read()
                if status == http.client.OK:
                    self._last = content.decode()
                else:
                    error = content.decode(errors="replace")[:200]
        except (OSError, http.client.HTTPException, ValueError) as broken:
            error = f"{type(broken).__name__}: {broken}"
        now_s = time.perf_counter()
        return Call(now_s - self._start_s, (now_s - begun_s) * 1000, status, error, events, stages)


def read_stages(header: str) -> dict[str, float]:
    """Read `Server-Timing`, such as `decode;dur=1.2, model;dur=5`: milliseconds by name."""
    stages: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        for each in parameters:
            key, _, value = each.partition("=")
            with contextlib.suppress(ValueError):  # somebody else's proxy may say what it likes
                if key == "dur":
                    stages[name] = float(value)
    return stages


if __name__ == "__main__":
    main()
