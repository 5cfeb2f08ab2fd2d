"""aiortc's way from RTP packets to pictures, made for live video: nothing queues, nothing smears.

What stock aiortc 1.16 does that a live picture cannot have, and where:

| in aiortc | costs | here |
|---|---|---|
| `JitterBuffer` ignores the marker bit | a frame waits for the next: 33 ms | `reassembly` |
| … is stuck at a packet that never comes, until full | seconds | `reassembly`, a timer |
| … holds 512 packets, truncates a frame that is larger | a broken keyframe | `reassembly` |
| `NackGenerator` asks when more is lost, for all of it | storms, or no second try | `resends` |
| decoder queue and track queue are unbounded | behind without limit | `decoding`, `newest` |
| what builds on a lost frame is decoded and passed on | smeared pictures | `reassembly` |
| a decode error asks for a keyframe once | no picture if that is lost | `reassembly` |
| no data in a frame (padding) ends FFmpeg's decoder | no picture any more | `reassembly` |
| the decoder's thread ends with an exception | no picture, not a word | `decoding` |
| `RemoteBitrateEstimator` remembers an outage | a throttled camera | `bitrate` |
| `frame.pts` is rebased, sender reports are kept | no name for a frame | `receiver` |

`reassembly`, `resends`, `coded` and `bitrate` are pure: packets and times in, frames and requests
out. `decoding` and `newest` own what runs on a thread. `receiver` puts them into an
`RTCRtpReceiver`, by its private names; where one of these is gone, frames flow as stock aiortc
gives them, after one warning.

Nothing of rtseg is imported here. Tested with aiortc 1.16.0 and PyAV 18.1.
"""

from rtseg.transport.receiving.decoding import Dropped, Picture
from rtseg.transport.receiving.receiver import Options, Sink, receive

__all__ = ["Dropped", "Options", "Picture", "Sink", "receive"]
