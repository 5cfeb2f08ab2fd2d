"""Masks as files behind signed addresses, and artifacts behind the id of their session.

`signing` is pure, and so is the bookkeeping of `ledger`; `folder` and `s3` keep the bytes behind
one small interface, `storage.Storage`; `masks.Masks` is what the other routes use, and `routes`
answers for what it gave out.
"""

from rtseg.server.masks.masks import Kept, Masks, new_session_id

__all__ = ["Kept", "Masks", "new_session_id"]
