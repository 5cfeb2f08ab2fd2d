"""Small networks with random weights, saved as the real ones are, and the loop to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtseg.models import load
from rtseg.models.catalogue import Catalogue, Entry
from rtseg.models.sam2 import images
from rtseg.models.sam2.segmenter import Sam2Segmenter
from rtseg.models.store import Store
from rtseg.types import Image

torch = pytest.importorskip("torch", reason="SAM 2 runs on torch")
transformers = pytest.importorskip("transformers", reason="SAM 2 comes from transformers")

SIZE = 64
"""Side of the square that the small networks see; their masks have a quarter of it."""

EDGETAM_SIZE = 128

SAM3_SIZE, SAM3_PATCH = 112, 14
"""Eight patches on a side: nothing of 112 pixels fits the masks' 32 and the memory's 128."""

_DIM = 128


def sam2_config(size: int = SIZE) -> Any:
    """SAM 2.1 with every part that the real one has, of 1.2 million weights."""
    backbone = transformers.Sam2HieraDetConfig(
        hidden_size=16,
        embed_dim_per_stage=[16, 32, 64, 128],
        blocks_per_stage=[1, 1, 2, 1],
        num_attention_heads_per_stage=[1, 1, 2, 2],
        global_attention_blocks=[3],
        window_size_per_stage=[8, 4, 4, 4],
        image_size=[size, size],
    )
    vision = transformers.Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[128, 64, 32, 16],
        backbone_feature_sizes=[[size // 4] * 2, [size // 8] * 2, [size // 16] * 2],
        fpn_hidden_size=_DIM,
    )
    return transformers.Sam2VideoConfig(
        vision_config=vision,
        prompt_encoder_config=transformers.Sam2VideoPromptEncoderConfig(
            hidden_size=_DIM, image_size=size
        ),
        mask_decoder_config=transformers.Sam2VideoMaskDecoderConfig(
            hidden_size=_DIM, mlp_dim=128, num_attention_heads=4, iou_head_hidden_dim=32
        ),
        memory_attention_num_layers=2,
        memory_attention_feed_forward_hidden_size=128,
        memory_attention_rope_feat_sizes=[size // 16] * 2,
        **_common(size),
    )


def edgetam_config(size: int = EDGETAM_SIZE) -> Any:
    """EdgeTAM with a plain convolutional backbone: its own comes from timm."""
    vision = transformers.EdgeTamVisionConfig(
        backbone_config=PyramidConfig(),
        backbone_channel_list=[128, 64, 32, 16],
        backbone_feature_sizes=[[size // 4] * 2, [size // 8] * 2, [size // 16] * 2],
        fpn_hidden_size=_DIM,
    )
    return transformers.EdgeTamVideoConfig(
        vision_config=vision,
        prompt_encoder_config=transformers.EdgeTamVideoPromptEncoderConfig(
            hidden_size=_DIM, image_size=size
        ),
        mask_decoder_config=transformers.EdgeTamVideoMaskDecoderConfig(
            hidden_size=_DIM, mlp_dim=128, num_attention_heads=4, iou_head_hidden_dim=32
        ),
        memory_attention_num_layers=2,
        memory_attention_mlp_hidden_size=128,
        memory_attention_rope_feat_sizes=[size // 16] * 2,
        memory_attention_rope_k_sizes=[4, 4],
        perceiver_resampler_num_latents=16,
        perceiver_resampler_num_latents_2d=16,
        # As the published weights are.
        enable_temporal_pos_encoding_for_object_pointers=False,
        enable_occlusion_spatial_embedding=False,
        **_common(size),
    )


def sam3_tracker_config(size: int = SAM3_SIZE) -> Any:
    """SAM 3's tracker with every part that the real one has, with patches of 14 pixels as there."""
    side = size // SAM3_PATCH
    backbone = transformers.Sam3ViTConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=size,
        pretrain_image_size=size // 2,
        patch_size=SAM3_PATCH,
        window_size=side // 2,
        global_attn_indexes=[1],
    )
    vision = transformers.Sam3VisionConfig(
        backbone_config=backbone,
        fpn_hidden_size=_DIM,
        backbone_feature_sizes=[[4 * side] * 2, [2 * side] * 2, [side] * 2],
    )
    return transformers.Sam3TrackerVideoConfig(
        vision_config=vision,
        prompt_encoder_config=transformers.Sam3TrackerVideoPromptEncoderConfig(
            hidden_size=_DIM, image_size=size, patch_size=SAM3_PATCH
        ),
        mask_decoder_config=transformers.Sam3TrackerVideoMaskDecoderConfig(
            hidden_size=_DIM, mlp_dim=128, num_attention_heads=4, iou_head_hidden_dim=32
        ),
        memory_attention_num_layers=2,
        memory_attention_feed_forward_hidden_size=128,
        **_common(size),
    )


def sam3_config(size: int = SAM3_SIZE) -> Any:
    """All of SAM 3: the tracker above, and a detector to whose encoder it looks."""
    tracker = sam3_tracker_config(size)
    small = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_layers": 1}
    detector = transformers.Sam3Config(
        vision_config=tracker.vision_config,
        text_config={
            "model_type": "clip_text_model",
            "vocab_size": 514,
            "bos_token_id": 512,
            "eos_token_id": 513,
            "pad_token_id": 513,
            "hidden_size": _DIM,
            "intermediate_size": 64,
            "projection_dim": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "max_position_embeddings": 16,
        },
        geometry_encoder_config=small | {"hidden_size": _DIM, "roi_size": 3},
        detr_encoder_config=small | {"hidden_size": _DIM},
        detr_decoder_config=small | {"hidden_size": _DIM, "num_queries": 6},
        mask_decoder_config={
            "hidden_size": _DIM,
            "num_upsampling_stages": 2,
            "num_attention_heads": 4,
        },
    )
    return transformers.Sam3VideoConfig(detector_config=detector, tracker_config=tracker)


def _common(size: int) -> dict[str, Any]:
    return {
        "image_size": size,
        "memory_attention_hidden_size": _DIM,
        "memory_encoder_hidden_size": _DIM,
        "mask_downsampler_embed_dim": _DIM,
        "memory_fuser_embed_dim": _DIM,
        "memory_fuser_intermediate_dim": 128,
    }


class PyramidConfig(transformers.PretrainedConfig):  # type: ignore[misc]
    model_type = "rtseg_test_pyramid"

    def __init__(self, widths: Sequence[int] = (16, 32, 64, 128), **rest: Any) -> None:
        super().__init__(**rest)
        self.widths = list(widths)


class Pyramid(transformers.PreTrainedModel):  # type: ignore[misc]
    """Four levels of 1/4 to 1/32, given as timm's feature extractors give theirs."""

    config_class = PyramidConfig

    def __init__(self, config: PyramidConfig) -> None:
        super().__init__(config)
        widths = [3, *config.widths]
        self.levels = torch.nn.ModuleList(
            torch.nn.Conv2d(widths[i], widths[i + 1], 3, stride=2 if i else 4, padding=1)
            for i in range(4)
        )
        self.post_init()

    def forward(self, pixel_values: Any, **_: Any) -> Any:
        levels = []
        for level in self.levels:
            pixel_values = torch.nn.functional.gelu(level(pixel_values))
            levels.append(pixel_values)
        return transformers.modeling_outputs.BaseModelOutput(last_hidden_state=levels)


transformers.AutoConfig.register(PyramidConfig.model_type, PyramidConfig, exist_ok=True)
transformers.AutoModel.register(PyramidConfig, Pyramid, exist_ok=True)


_CLASSES = {
    "sam2_video": "Sam2VideoModel",
    "edgetam_video": "EdgeTamVideoModel",
    "sam3_tracker_video": "Sam3TrackerVideoModel",
    "sam3_video": "Sam3VideoModel",
}


def write_network(config: Any, folder: Path, seed: int = 1, *, present: bool = False) -> None:
    """Save a network of random weights, none of them zero, as `save_pretrained` does.

    Parameters
    ----------
    present : every object is in every picture; else they come and go.
    """
    layers = getattr(transformers, _CLASSES[config.model_type])(config)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weights in layers.named_parameters():
            noise = torch.randn(weights.shape, generator=random)
            is_gain = weights.ndim == 1 and name.endswith("weight")
            fan_in = weights[0].numel() if weights.ndim > 1 else 1
            # Large enough that attention picks something out of the memory, not its mean, and
            # that what is zero at first (positions, "no memory", biases) is seen too.
            scale = 2.0 * fan_in**-0.5 if weights.ndim > 1 and fan_in > 1 else 0.3
            weights.copy_(noise * scale + (1.0 if is_gain else 0.0))
        tracker = getattr(layers, "tracker_model", layers)
        embeddings = tracker.shared_image_embedding, tracker.prompt_encoder.shared_embedding
        directions = torch.randn(embeddings[0].positional_embedding.shape, generator=random)
        for embedding in embeddings:  # a buffer, and the same in both
            embedding.positional_embedding.copy_(directions)
        if present:
            tracker.mask_decoder.pred_obj_score_head.proj_out.bias += 100
        else:
            assert tracker is layers, "without an encoder of its own it cannot be run"
            _come_and_go(layers.eval(), config.image_size)
    transformers.utils.logging.disable_progress_bar()
    layers.save_pretrained(folder)


def _come_and_go(layers: Any, size: int) -> None:
    """Shift the score of presence so that objects are in the picture, but not always."""
    bias = layers.mask_decoder.pred_obj_score_head.proj_out.bias
    frames = [squares([f], size, scale_of(layers)) for f in video(12, size // 4, seed=1)]
    for _ in range(3):
        loop = PlainLoop(layers)
        loop.touch(0, [[size / 2, size / 2]], [1])
        bias -= torch.cat([loop.step(frame)[1].flatten() for frame in frames]).median()


def scale_of(layers: Any) -> images.Scale:
    """What these layers were trained on."""
    is_sam3 = layers.config.model_type == "sam3_tracker_video"
    return images.Scale((0.5,) * 3, (0.5,) * 3) if is_sam3 else images.IMAGENET


def squares(pictures: Sequence[Image], size: int, scale: images.Scale = images.IMAGENET) -> Any:
    """What the network sees of pictures, (N, 3, size, size) float32."""
    return images.to_square(
        pictures, size, scale=scale, device=torch.device("cpu"), dtype=torch.float32
    )


def store_with(
    home: Path,
    name: str,
    config: Any,
    options: Mapping[str, Any] | None = None,
    *,
    seed: int = 1,
    present: bool = False,
    write: bool = True,
) -> Store:
    """A store that has one network, by this name; one that was written before stays."""
    entry = Entry(
        name=name,
        title="A small network of random weights",
        note="",
        licence="Apache-2.0",
        speed="gpu",
        quality=0,
        backend="sam2",
        devices=("cpu",),
        takes=frozenset({"point", "box", "mask"}),
        remembers=True,
        options=dict(options or {}),
    )
    store = Store(home, catalogue=Catalogue([entry]))
    if write and not store.folder(name).exists():
        write_network(config, store.folder(name), seed, present=present)
    return store


def video(count: int, side: int, seed: int = 0) -> list[Image]:
    """Frames of a few blobs that drift over a changing ground, (side, side, 3) uint8."""
    random = np.random.default_rng(seed)
    places, speeds = random.uniform(0, side, (4, 2)), random.normal(0, side / 40, (4, 2))
    colours, ground = random.uniform(0, 255, (4, 3)), random.uniform(0, 255, (side, side, 3))
    rows, columns = np.mgrid[:side, :side]
    frames = []
    for t in range(count):
        frame = np.roll(ground, t, axis=1) * 0.3
        for place, colour in zip((places + t * speeds) % side, colours, strict=True):
            near = (rows - place[0]) ** 2 + (columns - place[1]) ** 2 < (side / 6) ** 2
            frame[near] = colour
        frames.append(frame.astype(np.uint8))
    return frames


class PlainLoop:
    """transformers' own loop over one session, prompted in the network's pixels."""

    def __init__(self, layers: Any, device: Any = "cpu", dtype: Any = torch.float32) -> None:
        module = type(layers).__module__
        prefix = type(layers).__name__.removesuffix("Model")
        session = getattr(__import__(module, fromlist=["_"]), f"{prefix}InferenceSession")
        self.layers = layers
        self.session = session(
            video_height=SIZE,
            video_width=SIZE,
            inference_device=device,
            inference_state_device=device,
            video_storage_device=device,
            dtype=dtype,
        )
        self.frame = 0

    def touch(self, name: int, points: Any, labels: Any) -> None:
        index = self.session.obj_id_to_idx(name)
        coordinates = {
            "point_coords": torch.tensor(points, dtype=torch.float32)[None, None],
            "point_labels": torch.tensor(labels, dtype=torch.int32)[None, None],
        }
        self.session.add_point_inputs(index, self.frame, coordinates)
        self.session.obj_with_new_inputs.append(name)

    def adopt(self, name: int, square: Any) -> None:
        index = self.session.obj_id_to_idx(name)
        self.session.add_mask_inputs(index, self.frame, square[None].float())
        self.session.obj_with_new_inputs.append(name)

    def step(self, squares: Any) -> tuple[Any, Any]:
        """Return (B, 1, h, w) logits and (B,) presence of all objects, in order of their names."""
        out = self.layers(inference_session=self.session, frame=squares, frame_idx=self.frame)
        self.frame += 1
        return out.pred_masks.reshape(-1, 1, *out.pred_masks.shape[-2:]), out.object_score_logits

    def prune(self) -> None:
        """Drop what the next step cannot see: the loop never does, and runs out of memory."""
        self.session.processed_frames.pop(self.frame - 2, None)
        for outputs in self.session.output_dict_per_obj.values():
            outputs["non_cond_frame_outputs"].pop(self.frame - 17, None)

    def correct(self, name: int, points: Any, labels: Any) -> Any:
        """Touch an object on the frame of the last step, and remember that instead.

        The reference's own layers do it all, but for what its loop leaves out: SAM 2 gives the
        mask that was found to the decoder, and conditions later frames on this one.
        """
        self.frame -= 1
        session, index = self.session, self.session.obj_id_to_idx(name)
        outputs = session.output_dict_per_obj[index]
        found = outputs["non_cond_frame_outputs"].pop(self.frame)
        extra = {} if hasattr(self.layers, "_batch_encode_memories") else {"run_mem_encoder": True}
        with torch.inference_mode():
            out = self.layers._run_single_frame_inference(
                inference_session=session,
                frame_idx=self.frame,
                obj_idx=index,
                batch_size=1,
                is_init_cond_frame=False,
                point_inputs={
                    "point_coords": torch.tensor(points, dtype=torch.float32)[None, None],
                    "point_labels": torch.tensor(labels, dtype=torch.int32)[None, None],
                },
                mask_inputs=None,
                reverse=False,
                prev_sam_mask_logits=found["pred_masks"].clamp(-32, 32),
                streaming=True,
                **extra,
            )
            session.store_output(index, self.frame, output_value=out, is_conditioning_frame=True)
            if not extra:
                self.layers._batch_encode_memories(
                    session,
                    self.frame,
                    [index],
                    [out["high_res_masks"]],
                    [out["object_score_logits"]],
                    [True],
                )
        self.frame += 1
        return out["pred_masks"]


def load_from(store: Store, name: str = "small") -> Sam2Segmenter:
    """Load as users do."""
    segmenter = load(name, device="cpu", store=store)
    assert isinstance(segmenter, Sam2Segmenter)
    return segmenter
