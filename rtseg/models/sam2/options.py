"""Settings of a SAM 2 entry in the catalogue, under `options`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from rtseg.errors import ConfigError

_DTYPES = ("auto", "float32", "float16", "bfloat16")


@dataclass(frozen=True, slots=True)
class Options:
    """How the network is run.

    Parameters
    ----------
    image_size : side of the square that it sees, model pixels; 0 is what it was trained at, 1024
        (SAM 3: 1008).
        Half of it is about four times as fast and outlines less finely.
    dtype : of the weights and the arithmetic; `auto` is bfloat16 on a GPU, float32 on a CPU. The
        masks' logits, the positions of touches and what decides are float32 always.
    compile : have torch compile the image encoder; the first batch of a size then takes a minute.
    max_conditioning : how many touched frames an object remembers for its life. The newest stay.
    objects_at_once : how many objects run in one pass, which bounds the working memory; 0 chooses.
    """

    image_size: int = 0
    dtype: str = "auto"
    compile: bool = False
    max_conditioning: int = 4
    objects_at_once: int = 0

    @classmethod
    def read(cls, options: Mapping[str, Any], model: str) -> Options:
        """Read an entry's `options`.

        Raises
        ------
        ConfigError
            A key is unknown or a value of the wrong kind; the message names it.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(options) - known):
            raise ConfigError(
                f"model {model!r}: options {', '.join(unknown)} are unknown; "
                f"there is: {', '.join(sorted(known))}"
            )
        read = cls(**options)
        for name in ("image_size", "max_conditioning", "objects_at_once"):
            value, least = getattr(read, name), 1 if name == "max_conditioning" else 0
            if type(value) is not int or value < least:
                raise ConfigError(
                    f"model {model!r}: option {name}: expected a whole number >= {least}, "
                    f"got {value!r}"
                )
        if read.dtype not in _DTYPES:
            raise ConfigError(
                f"model {model!r}: option dtype: expected one of {', '.join(_DTYPES)}, "
                f"got {read.dtype!r}"
            )
        if type(read.compile) is not bool:
            raise ConfigError(
                f"model {model!r}: option compile: expected true or false, got {read.compile!r}"
            )
        return read
