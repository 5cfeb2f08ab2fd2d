"""Checkpoints of transformers: from a folder of the store to a module that runs on a device.

Everything comes from the folder: the network is never asked. What is wrong with a folder is told
with the file's name and the command that mends it; what goes wrong on a device becomes a
`BackendError`, after which the module can be used again.
"""

from __future__ import annotations

import gc
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rtseg.errors import (
    BackendError,
    ConfigError,
    ModelCorruptError,
    ModelMissingError,
    UsageError,
)
from rtseg.models.catalogue import Entry
from rtseg.models.store import Store

if TYPE_CHECKING:
    import tokenizers
    import torch

_T = TypeVar("_T")

CONFIG_FILE = "config.json"
TOKENIZER_FILE = "tokenizer.json"


class Checkpoint:
    """A module of transformers with the weights of a folder, on a device.

    Parameters
    ----------
    entry : of the catalogue. Its option `precision` is `float32`, `bfloat16` or `float16`, for
        those who know better than the default: `half_precision` on a GPU, float32 elsewhere.
    store : where its folder is, as `save_pretrained` writes one.
    device : `"cpu"`, `"cuda"`, `"cuda:1"`.
    architecture : class of transformers, `"Sam3Model"`.
    model_types : what `model_type` in the folder's config.json may be.
    configure : gives the configuration for the class; by default what the class itself reads.
    training_only : how names of tensors begin that may be missing, for nothing here uses them.

    Raises
    ------
    ModelMissingError
        The folder is not there.
    ModelCorruptError
        Its files are not whole, or are those of another model.
    BackendError
        The device has no room for it, or transformers is too old to know it.
    ConfigError
        There is no such precision.
    """

    def __init__(
        self,
        entry: Entry,
        store: Store,
        device: str,
        *,
        architecture: str,
        model_types: tuple[str, ...],
        configure: Callable[[Path], Any] | None = None,
        training_only: tuple[str, ...] = (),
    ) -> None:
        self.folder = store.folder(entry.name)
        self.device = device
        self._entry = entry
        self._module: Any = None
        self._precision = _precision(entry, device)
        self._config = self.read_json(CONFIG_FILE)
        found = self._config.get("model_type")
        if found not in model_types:
            raise ModelCorruptError(
                f"{self.folder / CONFIG_FILE} describes a model of type {found!r}; model "
                f"{entry.name!r} needs {' or '.join(map(repr, model_types))}; "
                f"get it afresh with: {entry.pull_command}"
            )
        self._check_weights()
        module = self._load(architecture, configure, training_only)
        self._module = guarded(entry.name, device, lambda: module.eval().to(device))

    @property
    def module(self) -> Any:
        """The module, in evaluation mode.

        Raises
        ------
        UsageError
            It was closed.
        """
        if self._module is None:
            raise UsageError("this model is closed; load it again")
        return self._module

    @property
    def config(self) -> dict[str, Any]:
        """What stands in config.json."""
        return self._config

    def run(self, work: Callable[[], _T]) -> _T:
        """Call `work` in inference mode and in the device's precision; errors as of `guarded`."""
        import torch

        def in_mode() -> _T:
            kind = torch.device(self.device).type
            half = self._precision is not torch.float32
            with torch.inference_mode(), torch.autocast(kind, self._precision, enabled=half):
                return work()

        return guarded(self._entry.name, self.device, in_mode)

    def read_json(self, name: str) -> dict[str, Any]:
        """Return what a JSON file of the folder holds.

        Raises
        ------
        ModelMissingError, ModelCorruptError
            It is not there; or is not a JSON object.
        """
        path = self.folder / name
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ModelMissingError(
                f"the files of model {self._entry.name!r} are not on this machine (no {path}); "
                f"get them with: {self._entry.pull_command}"
            ) from error
        except OSError as error:
            raise BackendError(f"cannot read {path}: {error.strerror or error}") from error
        except ValueError as error:  # not UTF-8, or not JSON
            raise self.corrupt(name, f"not JSON: {error}") from error
        if not isinstance(content, dict):
            raise self.corrupt(name, f"expected a JSON object, got {type(content).__name__}")
        return content

    def tokenizer(self) -> tokenizers.Tokenizer:
        """Return the folder's tokenizer, without padding and truncation.

        Raises
        ------
        ModelCorruptError
            tokenizer.json is not there, or not one.
        """
        import tokenizers

        path = self.folder / TOKENIZER_FILE
        try:
            tokenizer = tokenizers.Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # tokenizers raises bare Exception
            reason = "it is missing" if isinstance(error, FileNotFoundError) else str(error)
            raise self.corrupt(TOKENIZER_FILE, reason) from error
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def corrupt(self, name: str, reason: str) -> ModelCorruptError:
        """Return the error for a file of the folder that is not what it should be."""
        return ModelCorruptError(
            f"{self.folder / name} cannot be used for model {self._entry.name!r}: {reason}; "
            f"get it afresh with: {self._entry.pull_command}"
        )

    def close(self) -> None:
        """Give the weights' memory back; may be called twice."""
        if self._module is not None:
            self._module = None
            _release(self.device)

    def _check_weights(self) -> None:
        """Open each file of weights, which checks its length: transformers names none of them."""
        import safetensors

        files = sorted(self.folder.glob("*.safetensors"))
        if not files:
            raise self.corrupt("model.safetensors", "it is missing")
        for file in files:
            try:
                with safetensors.safe_open(file, framework="numpy"):
                    pass
            except (safetensors.SafetensorError, OSError) as error:
                raise self.corrupt(file.name, f"the file is not whole: {error}") from error

    def _load(
        self,
        architecture: str,
        configure: Callable[[Path], Any] | None,
        training_only: tuple[str, ...],
    ) -> Any:
        import torch
        import transformers

        chosen = getattr(transformers, architecture, None)
        if chosen is None:
            raise BackendError(
                f"model {self._entry.name!r} needs {architecture}, which transformers "
                f'{transformers.__version__} does not have; update it: pip install -U "rtseg[cpu]"'
            )
        try:
            with _quiet():
                keywords = {"config": configure(self.folder)} if configure else {}
                module, report = chosen.from_pretrained(
                    self.folder,
                    local_files_only=True,
                    use_safetensors=True,
                    dtype=torch.float32,
                    output_loading_info=True,
                    **keywords,
                )
        except ImportError as error:
            raise BackendError(
                f"model {self._entry.name!r} cannot be built here: {error}"
            ) from error
        except Exception as error:  # it has no error of its own for files that do not fit
            said = " ".join(str(error).split())
            raise self.corrupt(CONFIG_FILE, f"transformers cannot load it: {said}") from error
        # Left to itself, transformers fills what is missing with random numbers.
        lacking = sorted(k for k in report["missing_keys"] if not k.startswith(training_only))
        if lacking:
            raise self.corrupt(
                "model.safetensors", f"it lacks {len(lacking)} tensors, such as {lacking[0]}"
            )
        return module


def half_precision(device: str) -> torch.dtype:
    """Return the number format that a device calculates with fastest, of those that serve here.

    bfloat16 has float32's range, so that nothing overflows; GPUs before NVIDIA's Ampere have only
    float16. It is for `torch.autocast`, which keeps weights, sums and box coordinates in float32:
    in bfloat16 a coordinate would have 8 bits.
    """
    import torch

    if torch.device(device).type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def guarded(model: str, device: str, work: Callable[[], _T]) -> _T:
    """Call `work`, and turn what fails on a device into an error that can be lived with.

    Raises
    ------
    BackendError
        Out of memory, after what the call had allocated was given back; or any other failure of
        torch.
    """
    import torch

    try:
        return work()
    except torch.OutOfMemoryError as error:
        first, *_ = str(error).splitlines()
    except RuntimeError as error:
        if "can't allocate memory" not in str(error):  # what the CPU's allocator says
            raise BackendError(f"model {model!r} failed on {device}: {error}") from error
        first, *_ = str(error).splitlines()
    # Here the error is gone, and with it the frames that held the tensors.
    _release(device)
    raise BackendError(
        f"{device} has not enough memory for model {model!r}: {first}; look for fewer things at "
        f"once, serve fewer sessions, or choose a smaller model"
    )


def _release(device: str) -> None:
    import torch

    gc.collect()
    if torch.device(device).type == "cuda":
        torch.cuda.empty_cache()


def _precision(entry: Entry, device: str) -> torch.dtype:
    import torch

    wanted = entry.options.get("precision")
    if wanted is None:
        return half_precision(device)
    if wanted not in ("float32", "bfloat16", "float16"):
        raise ConfigError(
            f"model {entry.name!r}, option precision: expected float32, bfloat16 or float16, "
            f"got {wanted!r}"
        )
    precision: torch.dtype = getattr(torch, wanted)
    return precision


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' progress bar and its report off the terminal; we say it ourselves."""
    import transformers

    reports: Any = transformers.utils.logging
    level = reports.get_verbosity()
    bar = reports.is_progress_bar_enabled()
    reports.set_verbosity(logging.CRITICAL)
    reports.disable_progress_bar()
    try:
        yield
    finally:
        reports.set_verbosity(level)
        if bar:
            reports.enable_progress_bar()
