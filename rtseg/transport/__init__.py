"""Transport: cameras in over WebRTC, files and devices; messages out over data channels.

aiortc is imported when a peer is made, not with this package.
"""
