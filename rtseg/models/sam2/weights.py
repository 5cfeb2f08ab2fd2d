"""From a folder in the layout of `save_pretrained` to the layers of the network."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtseg.errors import BackendError, ConfigError, ModelCorruptError, ModelMissingError
from rtseg.models.sam2.options import Options

if TYPE_CHECKING:
    import torch

_CLASSES = {
    "sam2_video": "Sam2VideoModel",
    "edgetam_video": "EdgeTamVideoModel",
    "sam3_tracker_video": "Sam3TrackerVideoModel",
}
"""`model_type` of config.json, and transformers' class for it."""

_SAM3 = "sam3_video"
"""The published SAM 3: a detector, and a tracker that has no image encoder of its own. The class
of the tracker takes its weights, and the encoder's, out of the whole by their names."""

_NEVER_ROUNDED = ("positional_embedding", "inv_freq")
"""Buffers that stay float32: in bfloat16 a touch would move by 4 of 1024 pixels, and the rotary
angle of the 64th token by a quarter of a radian."""

_STRIDES = (4, 8, 16)
"""Of the three levels that the image encoder gives, finest first."""


def load_layers(folder: Path, options: Options, device: torch.device, *, model: str) -> Any:
    """Load a network from files that are here; nothing is ever fetched.

    Parameters
    ----------
    folder : holds `config.json` and `model.safetensors`; of SAM 3, all of it or its tracker alone.
    options, device : how and where to run it.
    model : its name in the catalogue, for messages.

    Returns
    -------
    `transformers.Sam2VideoModel`, `EdgeTamVideoModel` or `Sam3TrackerVideoModel`, in evaluation
    mode.

    Raises
    ------
    ModelMissingError
        There is no such folder.
    ModelCorruptError
        The files are not those of such a network, or weights are missing in them.
    ConfigError
        The network cannot run at `options.image_size`.
    BackendError
        transformers cannot build it.
    """
    import transformers

    if not (folder / "config.json").is_file():
        raise ModelMissingError(
            f"model {model!r} is not on this machine: there is no config.json in {folder}; "
            f"get it with: rtseg models pull {model}"
        )
    written = read_config(folder, model)
    kind = written["model_type"]
    try:
        _use_own_backbone(written)
        config_class = getattr(transformers, _CLASSES[kind].replace("Model", "Config"))
        config = config_class.from_dict(written)
        if options.image_size:
            _set_image_size(config, options.image_size, model)
        with _no_progress_bar():
            layers, report = getattr(transformers, _CLASSES[kind]).from_pretrained(
                folder,
                config=config,
                local_files_only=True,
                dtype="float32",
                output_loading_info=True,
            )
    except ConfigError:
        raise
    except ImportError as error:
        raise BackendError(f"model {model!r} cannot be built here: {error}") from error
    except Exception as error:  # safetensors and transformers raise what they like on a bad file
        raise ModelCorruptError(
            f"model {model!r} cannot be loaded from {folder}: {error}; get it again with: "
            f"rtseg models pull {model}"
        ) from error
    # transformers fills what is missing with random numbers and only warns of it.
    if missing := sorted(report["missing_keys"]) or sorted(map(str, report["mismatched_keys"])):
        raise ModelCorruptError(
            f"model {model!r}: {len(missing)} weights are missing or of the wrong shape in "
            f"{folder}, such as {missing[0]}; get it again with: rtseg models pull {model}"
        )
    return _cast(layers.eval().requires_grad_(False), device, dtype_of(options, device))


def _cast(layers: Any, device: torch.device, dtype: torch.dtype) -> Any:
    """Put the layers on a device in a type, but for what places and angles are computed from."""
    exact = {name: value for name, value in layers.named_buffers() if name.endswith(_NEVER_ROUNDED)}
    exact = {name: value.to(device, copy=True) for name, value in exact.items()}
    layers.to(device, dtype)
    for name, value in exact.items():
        owner, _, buffer = name.rpartition(".")
        setattr(layers.get_submodule(owner), buffer, value)
    return layers


def dtype_of(options: Options, device: torch.device) -> torch.dtype:
    """Return the type of the weights; bfloat16 is what SAM 2 was trained and is evaluated in."""
    import torch

    if options.dtype != "auto":
        dtype: torch.dtype = getattr(torch, options.dtype)
        return dtype
    return torch.bfloat16 if device.type == "cuda" else torch.float32


def read_config(folder: Path, model: str) -> dict[str, Any]:
    """Read what a folder's config.json says of a network that is here, as its class takes it.

    Raises
    ------
    ModelCorruptError
        It says nothing of the kind; the message names `model` and the command that gets it again.
    """
    try:
        written = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kind = written["model_type"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelCorruptError(
            f"model {model!r}: {folder / 'config.json'} is not a model's configuration; "
            f"get it again with: rtseg models pull {model}"
        ) from error
    if kind == _SAM3:
        return _sam3_tracker(written, folder, model)
    if kind not in _CLASSES:
        raise ModelCorruptError(
            f"model {model!r}: expected the files of {' or '.join([*_CLASSES, _SAM3])}, got those "
            f"of {kind!r} in {folder}"
        )
    return dict(written)


def _sam3_tracker(written: dict[str, Any], folder: Path, model: str) -> dict[str, Any]:
    """Return the tracker's configuration out of that of the whole: the encoder is the detector's.

    What a configuration leaves out is as transformers has it by default.
    """
    for half in ("detector_config", "tracker_config"):
        if not isinstance(written.get(half), dict):
            raise ModelCorruptError(
                f"model {model!r}: {folder / 'config.json'} has no {half}, without which there is "
                f"no tracker with an image encoder; get it again with: rtseg models pull {model}"
            )
    tracker = {**written["tracker_config"], "model_type": "sam3_tracker_video"}
    if encoder := written["detector_config"].get("vision_config"):
        tracker["vision_config"] = encoder
        if size := (encoder.get("backbone_config") or {}).get("image_size"):
            tracker.setdefault("image_size", size)
    return tracker


def _use_own_backbone(written: dict[str, Any]) -> None:
    """Put rtseg's RepViT-M1 in the place of timm's, of which published EdgeTAM is made."""
    backbone = (written.get("vision_config") or {}).get("backbone_config") or {}
    name = str(backbone.get("architecture", "")).removeprefix("timm/").partition(".")[0]
    if backbone.get("model_type") == "timm_wrapper" and name == "repvit_m1":
        from rtseg.models.sam2.repvit import RepVitConfig

        written["vision_config"]["backbone_config"] = RepVitConfig().to_dict()


def _set_image_size(config: Any, size: int, model: str) -> None:
    """Have the network see a square of another size; all its layers can."""
    if config.model_type == "sam3_tracker_video":
        patch = config.vision_config.backbone_config.patch_size
        if size % patch:
            raise _bad_size(size, patch, model)
        config.image_size = size  # which sets all that follows from it
        return
    # The coarsest level is halved once more inside Hiera; EdgeTAM's perceiver cuts level 16 into
    # whole windows, as many on a side as it has latents.
    windows = round(getattr(config, "perceiver_resampler_num_latents_2d", 0) ** 0.5)
    step = max(64, _STRIDES[-1] * windows)
    if size % step:
        raise _bad_size(size, step, model)
    config.image_size = size
    config.prompt_encoder_config.image_size = size
    config.vision_config.backbone_feature_sizes = [[size // s, size // s] for s in _STRIDES]
    config.memory_attention_rope_feat_sizes = [size // _STRIDES[-1]] * 2


def _bad_size(size: int, step: int, model: str) -> ConfigError:
    return ConfigError(
        f"model {model!r}: option image_size: expected a multiple of {step}, got {size}"
    )


@contextlib.contextmanager
def _no_progress_bar() -> Iterator[None]:
    from transformers.utils import logging

    was_enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if was_enabled:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
