"""`image_url`: a data URI, or an address that is fetched with care.

`inline` and `addresses` are pure; `fetching` is the shell that touches the network.
"""

from rtseg.server.intake.fetching import Fetcher
from rtseg.server.intake.inline import data_uri, is_inline, read_inline

__all__ = ["Fetcher", "data_uri", "is_inline", "read_inline"]
