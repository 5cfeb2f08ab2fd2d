"""RepViT-M1, EdgeTAM's image backbone, so that it needs neither timm nor torchvision.

Wang et al., "RepViT: Revisiting Mobile CNN From ViT Perspective", 2024 (arXiv:2307.09283):
depthwise convolutions mix places, pointwise ones mix channels, and every other block weighs its
channels by squeeze and excitation.
Published EdgeTAM weights were made with timm's `repvit_m1`, so the modules have its names:
`stem.conv1.c`, `stages_2.blocks.0.token_mixer.conv.bn` and so on. torchvision has no CPU build on
PyPI, and timm does not import without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

WIDTHS, DEPTHS = (48, 96, 192, 384), (2, 2, 14, 2)
"""Of RepViT-M1: channels and blocks of the stages, whose strides are 4, 8, 16 and 32."""

_EXPANSION = 2


class RepVitConfig(PretrainedConfig):  # type: ignore[no-untyped-call]
    """How the backbone is built; the defaults are RepViT-M1.

    Parameters
    ----------
    widths, depths : of the four stages.
    """

    model_type = "rtseg_repvit"

    def __init__(
        self, widths: Sequence[int] = WIDTHS, depths: Sequence[int] = DEPTHS, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.widths = list(widths)
        self.depths = list(depths)


class RepVitBackbone(PreTrainedModel):  # type: ignore[no-untyped-call]
    """The backbone in the place of transformers' `TimmWrapperModel`, whose names it has."""

    config_class = RepVitConfig

    def __init__(self, config: RepVitConfig) -> None:
        super().__init__(config)
        self.timm_model = _Stages(config.widths, config.depths)
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(self, pixel_values: Tensor, **_: Any) -> BaseModelOutput:
        """Return as `last_hidden_state` the list of (N, C, H, W) of the stages, finest first."""
        return BaseModelOutput(last_hidden_state=self.timm_model(pixel_values))


AutoConfig.register(RepVitConfig.model_type, RepVitConfig, exist_ok=True)
AutoModel.register(RepVitConfig, RepVitBackbone, exist_ok=True)


class _Stages(nn.Module):
    def __init__(self, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        self.stem = _Stem(widths[0])
        before = widths[0]
        for i, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            self.add_module(f"stages_{i}", _Stage(before, width, depth, is_first=i == 0))
            before = width

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(x)
        levels = []
        for name, stage in self.named_children():
            if name != "stem":
                x = stage(x)
                levels.append(x)
        return levels


class _Stem(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = _ConvNorm(3, width // 2, 3, stride=2)
        self.act = nn.GELU()
        self.conv2 = _ConvNorm(width // 2, width, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv2(self.act(self.conv1(x)))
        return out


class _Stage(nn.Module):
    def __init__(self, before: int, width: int, depth: int, *, is_first: bool) -> None:
        super().__init__()
        self.downsample = nn.Identity() if is_first else _Downsample(before, width)
        self.blocks = nn.Sequential(*(_Block(width, weighs=i % 2 == 0) for i in range(depth)))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.blocks(self.downsample(x))
        return out


class _Block(nn.Module):
    def __init__(self, width: int, *, weighs: bool) -> None:
        super().__init__()
        self.token_mixer = _PlaceMixer(width)
        self.se = _ChannelWeights(width) if weighs else nn.Identity()
        self.channel_mixer = _ChannelMixer(width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.se(self.token_mixer(x))
        out: Tensor = x + self.channel_mixer(x)
        return out


class _Downsample(nn.Module):
    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.pre_block = _Block(before, weighs=False)
        self.spatial_downsample = _ConvNorm(before, before, 3, stride=2, groups=before)
        self.channel_downsample = _ConvNorm(before, width, 1)
        self.ffn = _ChannelMixer(width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.channel_downsample(self.spatial_downsample(self.pre_block(x)))
        out: Tensor = x + self.ffn(x)
        return out


class _PlaceMixer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = _ConvNorm(width, width, 3, groups=width)
        self.conv1 = _ConvNorm(width, width, 1, groups=width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x) + self.conv1(x) + x
        return out


class _ChannelMixer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = _ConvNorm(width, width * _EXPANSION, 1)
        self.act = nn.GELU()
        self.conv2 = _ConvNorm(width * _EXPANSION, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv2(self.act(self.conv1(x)))
        return out


class _ChannelWeights(nn.Module):
    """Squeeze and excitation, Hu et al. 2018, through a quarter of the channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        narrow = max(8, (width // 4 + 4) // 8 * 8)  # the nearest multiple of 8
        self.fc1 = nn.Conv2d(width, narrow, 1)
        self.act = nn.ReLU()
        self.fc2 = nn.Conv2d(narrow, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        squeezed = x.mean((2, 3), keepdim=True)
        out: Tensor = x * self.fc2(self.act(self.fc1(squeezed))).sigmoid()
        return out


class _ConvNorm(nn.Sequential):
    """A convolution `c` without bias, then batch norm `bn`."""

    def __init__(
        self, before: int, width: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.add_module(
            "c",
            nn.Conv2d(
                before, width, kernel, stride, padding=kernel // 2, groups=groups, bias=False
            ),
        )
        self.add_module("bn", nn.BatchNorm2d(width))
