"""A network between a browser and the server that loses, delays and breaks off as it is told.

`process` carries the datagrams, in a process of its own: neither the bench nor the server may hurt
its timing, and it must not take theirs. `control` starts it and tells it what to be like. `detour`
leads a peer's WebRTC traffic through it, all of it. What happens to packets is `bench.network`.
"""
