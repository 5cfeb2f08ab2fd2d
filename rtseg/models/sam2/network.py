"""The network: four passes, each on many objects at once.

`look` sees images, `attend` mixes what an image shows with what is remembered of an object,
`decode` draws its mask, `remember` makes the memory of this frame. They call the layers of
transformers' `Sam2VideoModel`, `EdgeTamVideoModel` and `Sam3TrackerVideoModel` and follow
`_run_single_frame_inference` there; where that takes one object, these take a batch.

Batches: N images, B objects. Spaces: h, w are the coarsest level's, one for each patch of 16 × 16
pixels of the square, 14 × 14 in SAM 3; masks are logits at 4h, 4w.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from rtseg.models.sam2 import images
from rtseg.models.sam2.memory import BankShape, MemoryBank, Recall

_ABSENT = -1024.0
"""Logit everywhere on the mask of an object that is not in the picture."""

_CLAMP = 32.0
"""Logits that are given back as a prompt are held within this, as in training."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the encoder saw on N images.

    Parameters
    ----------
    fine : (N, C / 8, 4h, 4w). middle : (N, C / 4, 2h, 2w). coarse : (N, C, h, w).
    """

    fine: Tensor
    middle: Tensor
    coarse: Tensor

    def of(self, images: Sequence[int]) -> Features:
        """Return those of these images, in this order, with repetitions."""
        if list(images) == list(range(len(self.coarse))):
            return self
        rows = torch.tensor(images, device=self.coarse.device)
        return Features(self.fine[rows], self.middle[rows], self.coarse[rows])

    @staticmethod
    def cat(parts: Sequence[Features]) -> Features:
        """Return those of all images, in order."""
        return Features(
            torch.cat([part.fine for part in parts]),
            torch.cat([part.middle for part in parts]),
            torch.cat([part.coarse for part in parts]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What the decoder says of B objects.

    Parameters
    ----------
    logits : (B, 1, 4h, 4w) float32, above 0 on the object.
    quality : (B,) float32, predicted IoU of the mask, [0, 1].
    presence : (B,) float32, logit of the object being in the picture at all.
    pointers : (B, C), what the object is.
    """

    logits: Tensor
    quality: Tensor
    presence: Tensor
    pointers: Tensor

    def row(self, row: int) -> Drawn:
        """Return what it says of one object, as of a batch of one."""
        one = slice(row, row + 1)
        return Drawn(self.logits[one], self.quality[one], self.presence[one], self.pointers[one])

    @staticmethod
    def cat(parts: Sequence[Drawn]) -> Drawn:
        """Return what is said of all objects, in order."""
        return Drawn(
            torch.cat([part.logits for part in parts]),
            torch.cat([part.quality for part in parts]),
            torch.cat([part.presence for part in parts]),
            torch.cat([part.pointers for part in parts]),
        )


class Network:
    """The layers, and what is computed once for them.

    Parameters
    ----------
    layers : of one of those classes, in evaluation mode.
    max_conditioning : prompted frames that a bank keeps, unless the network's own limit is lower.
    compile_encoder : by `torch.compile`, once for each size of batch.
    """

    def __init__(self, layers: Any, *, max_conditioning: int, compile_encoder: bool) -> None:
        self._layers = layers
        self._config = config = layers.config
        self.dtype: torch.dtype = layers.dtype
        self.device: torch.device = layers.device
        self.image_size: int = config.image_size
        is_sam3 = config.model_type == "sam3_tracker_video"
        self.scale = images.PLUS_MINUS_ONE if is_sam3 else images.IMAGENET
        self._side: int = layers.prompt_encoder.image_embedding_size[0]
        self._dim: int = layers.hidden_dim
        self._has_perceiver = hasattr(layers, "spatial_perceiver")
        if self.device.type == "cuda":
            layers.vision_encoder.to(memory_format=torch.channels_last)
        self._encode = torch.compile(self._encoder, dynamic=False) if compile_encoder else None
        with torch.inference_mode():
            self._image_position = layers.get_image_wide_positional_embeddings().to(self.dtype)
            self._query_position = self._sine(
                layers.vision_encoder.neck.position_encoding, self._dim, self._side
            )
            self._memory_position = self._positions_in_memory()
        most = config.max_cond_frame_num
        self.bank_shape = BankShape(
            conditioning=min(max_conditioning, most) if most > 0 else max_conditioning,
            recent=config.num_maskmem - 1,
            pointers=config.max_object_pointers_in_encoder - 1,
            tokens=len(self._memory_position),
            token_dim=layers.mem_dim,
            pointer_dim=self._dim,
        )

    def new_bank(self) -> MemoryBank:
        """Take the room for one object."""
        return MemoryBank(
            self.bank_shape,
            # The reference rounds SAM 2's memories to bfloat16 in whatever type it computes.
            features_dtype=self.dtype if self._has_perceiver else torch.bfloat16,
            pointers_dtype=self.dtype,
            device=self.device,
        )

    def look(self, squares: Tensor) -> Features:
        """Run the image encoder on (N, 3, image_size, image_size)."""
        if self.device.type == "cuda":
            squares = squares.contiguous(memory_format=torch.channels_last)
        if self._encode is None:
            return Features(*self._encoder(squares))
        # One compilation for each power of two, not one for each number of sessions.
        count = len(squares)
        padding = (1 << (count - 1).bit_length()) - count
        if padding:
            squares = torch.cat([squares, squares[:1].expand(padding, -1, -1, -1)])
        return Features(*(level[:count] for level in self._encode(squares)))

    def without_memory(self, coarse: Tensor) -> Tensor:
        """Return (B, C, h, w) for objects of which nothing is remembered."""
        plain: Tensor = coarse + self._layers.no_memory_embedding.view(1, -1, 1, 1)
        return plain

    def attend(
        self, coarse: Tensor, banks: Sequence[MemoryBank], recalls: Sequence[Recall]
    ) -> Tensor:
        """Mix an image with what is remembered of an object, for B objects.

        Parameters
        ----------
        coarse : (B, C, h, w), of the image of each object.
        banks, recalls : of each object; recalls of one length.

        Returns
        -------
        (B, C, h, w).
        """
        layers, count = self._layers, len(banks)
        frames, pointers = recalls[0].length
        remembered = torch.stack(
            [
                bank.features[slot]
                for bank, recall in zip(banks, recalls, strict=True)
                for _, slot in recall.features
            ]
        ).to(self.dtype)
        ages = self._numbers([[age for age, _ in recall.features] for recall in recalls])
        # Index -1, the last, is that of prompted frames, whose age is 0.
        moments = layers.memory_temporal_positional_encoding[ages - 1].view(count, frames, 1, -1)
        memory = remembered.view(count, -1, layers.mem_dim)
        position = (self._memory_position + moments).view(count, -1, layers.mem_dim)

        vectors = torch.stack(
            [
                bank.pointers[slot]
                for bank, recall in zip(banks, recalls, strict=True)
                for _, slot in recall.pointers
            ]
        )
        tokens = vectors.view(count, -1, layers.mem_dim)  # a pointer is cut into several
        distances = self._numbers([[age for age, _ in recall.pointers] for recall in recalls])
        parts = tokens.shape[1] // pointers
        when = self._pointer_positions(distances).repeat_interleave(parts, dim=1)

        extra = {"num_spatial_memory_tokens": frames} if self._has_perceiver else {}
        mixed: Tensor = layers.memory_attention(
            current_vision_features=coarse.flatten(2).permute(2, 0, 1),
            current_vision_position_embeddings=self._query_position[:, None],
            memory=torch.cat([memory, tokens], dim=1).transpose(0, 1),
            memory_posision_embeddings=torch.cat([position, when], dim=1).transpose(0, 1),
            num_object_pointer_tokens=tokens.shape[1],
            **extra,
        )
        return mixed.squeeze(0).transpose(1, 2).reshape(coarse.shape)

    def decode(
        self,
        image: Tensor,
        features: Features,
        *,
        points: Tensor | None = None,
        labels: Tensor | None = None,
        logits: Tensor | None = None,
        is_prompted: bool,
    ) -> Drawn:
        """Draw the masks of B objects.

        Parameters
        ----------
        image : (B, C, h, w), from `attend` or `without_memory`.
        features : of B images, for the fine levels.
        points : (B, P, 2) float32, model pixels; None, P = 0: merely follow.
        labels : (B, P) int, as of `images`.
        logits : (B, 1, 4h, 4w), a mask that is a prompt too.
        is_prompted : nothing is remembered yet, as on an object's first frame.
        """
        layers, config, count = self._layers, self._config, len(image)
        many = config.multimask_output_in_sam and (
            is_prompted or config.multimask_output_for_tracking
        )
        asked = 0 if points is None else points.shape[1]
        many = many and config.multimask_min_pt_num <= asked <= config.multimask_max_pt_num
        if points is None or labels is None:
            points = torch.zeros((count, 1, 2), device=self.device)
            labels = torch.full((count, 1), -1, device=self.device)
        sparse, dense = layers.prompt_encoder(
            input_points=points[:, None],
            input_labels=labels[:, None],
            input_boxes=None,
            input_masks=None if logits is None else logits.to(self.dtype),
        )
        masks, quality, tokens, presence = layers.mask_decoder(
            image_embeddings=image,
            image_positional_embeddings=self._image_position.expand(count, -1, -1, -1),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=many,
            high_resolution_features=[features.fine, features.middle],
        )
        masks, quality, tokens = masks[:, 0].float(), quality[:, 0].float(), tokens[:, 0]
        presence = presence.view(count).float()
        best = quality.argmax(dim=1)  # a single mask is its own best
        rows = torch.arange(count, device=self.device)
        is_present = presence > 0
        return Drawn(
            logits=torch.where(is_present[:, None, None], masks[rows, best], _ABSENT)[:, None],
            quality=quality[rows, best],
            presence=presence,
            pointers=self._pointers(tokens[rows, best], is_present),
        )

    def adopt(self, squares: Tensor, features: Features) -> Drawn:
        """Take (B, 1, image_size, image_size) float32 masks, 0 or 1, for what is in the picture."""
        layers = self._layers
        drawn = self.decode(
            features.coarse,
            features,
            # A quarter of the square, which is not the masks' size where a patch has 14 pixels.
            logits=self.to_mask_size(layers.mask_downsample(squares.to(self.dtype)).float()),
            is_prompted=True,
        )
        low = self.to_mask_size(self.as_logits(squares))
        is_present = squares.flatten(1).any(1)
        return Drawn(
            logits=low,
            quality=torch.ones_like(drawn.quality),
            presence=is_present.float() * 20 - 10,
            pointers=self._or_absent(drawn.pointers, is_present),
        )

    @staticmethod
    def as_logits(squares: Tensor) -> Tensor:
        """Return masks of 0 and 1 as logits; the sigmoid of 10 is 0.99995."""
        return squares * 20 - 10

    @staticmethod
    def as_prompt(logits: Tensor) -> Tensor:
        """Return logits that were drawn as they may be given to `decode`."""
        return logits.clamp(-_CLAMP, _CLAMP)

    def to_square(self, logits: Tensor) -> Tensor:
        """Return (B, 1, image_size, image_size) float32 of (B, 1, 4h, 4w) logits."""
        size = (self.image_size, self.image_size)
        return functional.interpolate(logits, size, mode="bilinear", align_corners=False)

    def to_mask_size(self, squares: Tensor) -> Tensor:
        """Return (B, 1, 4h, 4w) of a (B, 1, S, S) float32 image of the whole square."""
        return _resized(squares, 4 * self._side)

    def remember(
        self, coarse: Tensor, squares: Tensor, presence: Tensor, is_prompted: Tensor
    ) -> Tensor:
        """Make the features that a bank keeps of this frame, for B objects.

        Parameters
        ----------
        coarse : (B, C, h, w), of the image of each object.
        squares : (B, 1, image_size, image_size) float32, logits.
        presence : (B,) float32.
        is_prompted : (B,) bool; a prompted object's mask is taken at its word, inside or out.

        Returns
        -------
        (B, tokens, token_dim) in the type of the banks.
        """
        layers = self._layers
        # The encoder halves four times; SAM 3's squares, of 14 to a patch, must have 16 for that.
        squares = _resized(squares, 16 * self._side)
        soft = torch.where(
            is_prompted[:, None, None, None], (squares > 0).float(), squares.sigmoid()
        )
        soft = soft * self._config.sigmoid_scale_for_mem_enc
        soft = soft + self._config.sigmoid_bias_for_mem_enc
        features, position = layers.memory_encoder(coarse, soft.to(self.dtype))
        occlusion = layers.occlusion_spatial_embedding_parameter
        if occlusion is not None:
            is_absent = (presence <= 0).to(self.dtype)[:, None, None, None]
            features = features + is_absent * occlusion[..., None, None]
        if self._has_perceiver:
            return self._compress(features, position)
        tokens: Tensor = features.flatten(2).transpose(1, 2)
        return tokens.to(torch.bfloat16)

    def _compress(self, features: Tensor, position: Tensor) -> Tensor:
        """Return (B, tokens, token_dim) of (B, token_dim, h, w): EdgeTAM's 2D spatial perceiver.

        Some latents look at the whole picture, the others at a window each. Written out because
        transformers' takes no batch: it views an expanded tensor.
        """
        perceiver = self._layers.spatial_perceiver
        count, dim = features.shape[:2]
        parts = []
        if perceiver.num_latents_1d:
            latents = perceiver.latents_1d.expand(count, -1, -1)
            whole = features.flatten(2).transpose(1, 2)
            places = position.expand(count, -1, -1, -1).flatten(2).transpose(1, 2)
            for layer in perceiver.layers:
                latents = layer(latents, whole, places)
            parts.append(perceiver.layer_norm(latents))
        if perceiver.num_latents_2d:
            side = math.isqrt(perceiver.num_latents_2d)
            height, width = features.shape[2] // side, features.shape[3] // side
            windows = features.view(count, dim, side, height, side, width)
            windows = windows.permute(0, 2, 4, 3, 5, 1).reshape(-1, height * width, dim)
            latents = perceiver.latents_2d.repeat(count, 1)[:, None]
            for layer in perceiver.layers:
                latents = layer(latents, windows, positional_encoding=None)
            parts.append(perceiver.layer_norm(latents.view(count, -1, dim)))
        return torch.cat(parts, dim=1)

    def _encoder(self, squares: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        layers = self._layers
        # SAM 3's encoder has a level coarser than the coarse one, which only its detector uses.
        levels = layers.vision_encoder(squares, return_dict=True).fpn_hidden_states
        fine, middle, coarse = levels[:3]
        decoder = layers.mask_decoder
        return decoder.conv_s0(fine), decoder.conv_s1(middle), coarse

    def _pointers(self, tokens: Tensor, is_present: Tensor) -> Tensor:
        return self._or_absent(self._layers.object_pointer_proj(tokens), is_present)

    def _or_absent(self, pointers: Tensor, is_present: Tensor) -> Tensor:
        return torch.where(is_present[:, None], pointers, self._layers.no_object_pointer)

    def _numbers(self, rows: list[list[int]]) -> Tensor:
        return torch.tensor(rows, device=self.device)

    def _pointer_positions(self, distances: Tensor) -> Tensor:
        """Return (B, P, token_dim): when each of P pointers was, (B, P) frames ago."""
        layers = self._layers
        if not self._config.enable_temporal_pos_encoding_for_object_pointers:
            return torch.zeros((*distances.shape, layers.mem_dim), device=self.device).to(
                self.dtype
            )
        share = distances / (self._config.max_object_pointers_in_encoder - 1)
        half = self._dim // 2
        powers = 2 * (torch.arange(half, device=self.device) // 2) / half
        angles = share[..., None] / 10_000**powers
        sines = torch.cat([angles.sin(), angles.cos()], dim=-1).to(self.dtype)
        positions: Tensor = layers.temporal_positional_encoding_projection_layer(sines)
        return positions

    def _positions_in_memory(self) -> Tensor:
        """Return (tokens, token_dim): where in the picture each token of a memory lies."""
        layers, dim = self._layers, self._layers.mem_dim
        if not self._has_perceiver:
            return self._sine(layers.memory_encoder.position_encoding, dim, self._side)
        perceiver = layers.spatial_perceiver
        nowhere = torch.zeros((perceiver.num_latents_1d, dim), device=self.device)
        windows = math.isqrt(perceiver.num_latents_2d)
        places = self._sine(perceiver.positional_encoding, dim, windows)
        return torch.cat([nowhere.to(self.dtype), places])

    def _sine(self, encoding: Any, dim: int, side: int) -> Tensor:
        """Return (side * side, dim), computed in float32 whatever the network runs in."""
        grid = encoding(torch.Size((1, dim, side, side)), self.device, torch.float32)
        flat: Tensor = grid.flatten(2)[0].T
        return flat.to(self.dtype).contiguous()


def _resized(squares: Tensor, side: int) -> Tensor:
    """Return (B, C, side, side); as it is where it has that size."""
    if squares.shape[-1] == side:
        return squares
    return functional.interpolate(
        squares, (side, side), mode="bilinear", align_corners=False, antialias=True
    )
