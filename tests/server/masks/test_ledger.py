"""The ledger's laws, over any course of events."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rtseg.server.masks.ledger import Ledger

MAX_BYTES, MAX_COUNT = 100, 5


class Course(RuleBasedStateMachine):
    """Puts, losses and the passing of time, beside a plain dictionary that does the same."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger(max_bytes=MAX_BYTES, max_count=MAX_COUNT)
        self.plain: dict[str, tuple[int, int]] = {}  # name: (expires_ns, size_bytes)
        self.now_ns = 0

    @rule(
        name=st.sampled_from("abcdefghij"), size=st.integers(0, MAX_BYTES), life=st.integers(1, 9)
    )
    def put(self, name: str, size: int, life: int) -> None:
        expected = sorted(self.plain, key=lambda known: (self.plain[known][0], known))
        gone = list(self.ledger.excess(size, 1))
        assert gone == expected[: len(gone)]  # the oldest, in their order
        for lost in gone:
            del self.plain[lost]
        if gone:  # and not one more than was needed
            last = gone[-1]
            assert last not in self.plain
        self.ledger.add(name, size, self.now_ns + life)
        self.plain[name] = self.now_ns + life, size

    @rule(name=st.sampled_from("abcdefghijk"))
    def lose(self, name: str) -> None:
        self.ledger.remove(name)
        self.plain.pop(name, None)

    @rule(passed=st.integers(0, 5))
    def wait(self, passed: int) -> None:
        self.now_ns += passed
        due = {name for name, (expires_ns, _) in self.plain.items() if expires_ns <= self.now_ns}
        assert set(self.ledger.overdue(self.now_ns)) == due
        for name in due:
            del self.plain[name]

    @invariant()
    def agrees(self) -> None:
        assert len(self.ledger) == len(self.plain) <= MAX_COUNT
        assert self.ledger.size_bytes == sum(size for _, size in self.plain.values()) <= MAX_BYTES
        assert all(name in self.ledger for name in self.plain)


TestCourse = Course.TestCase


def test_no_more_goes_than_must() -> None:
    ledger = Ledger(max_bytes=100, max_count=10)
    for n, name in enumerate("abcd"):
        ledger.add(name, 25, n)
    assert list(ledger.excess(26, 1)) == ["a", "b"]
    assert list(ledger.excess(50, 1)) == []
