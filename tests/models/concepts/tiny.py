"""Tiny checkpoints with random weights, in the layout of `save_pretrained`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tokenizers
import torch
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors

from rtseg.models.catalogue import Catalogue, Entry
from rtseg.models.concepts.eomt import do_without_loss
from rtseg.models.store import Store
from rtseg.models.vocabulary import vocabulary

SAM3_EDGE = 56


def entry(name: str, backend: str, **fields: Any) -> Entry:
    """An entry of the catalogue, with the fields that matter here."""
    labels = fields.pop("labels", None)
    words = vocabulary(labels) if labels else None
    return Entry(
        name=name,
        title="A tiny one",
        note="",
        licence="CC0-1.0",
        speed="gpu",
        quality=5,
        backend=backend,
        devices=("cuda", "cpu"),
        labels=words.labels if words else {},
        groups=words.groups if words else {},
        stuff=words.stuff if words else frozenset(),
        **fields,
    )


def store_of(home: Path, *entries: Entry) -> Store:
    """A store whose folders hold what was written there."""
    return Store(home, catalogue=Catalogue(entries))


def save(module: Any, folder: Path) -> Path:
    """Write a module as its authors would."""
    level = transformers.utils.logging.get_verbosity()
    transformers.utils.logging.disable_progress_bar()
    module.save_pretrained(folder)
    transformers.utils.logging.set_verbosity(level)
    return folder


def enliven(module: Any, scale: float = 0.3, seed: int = 0) -> Any:
    """Give every weight a random value: what is initialised to zero would hide its input."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(scale * torch.randn(parameter.shape, generator=generator))
    return module


def clip_tokenizer(folder: Path) -> None:
    """Write a byte-level tokenizer in CLIP's form, without merges."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {letter: index for index, letter in enumerate(letters)}
    vocab |= {letter + "</w>": len(vocab) + index for index, letter in enumerate(letters)}
    begin, end = "<|startoftext|>", "<|endoftext|>"
    vocab |= {begin: len(vocab), end: len(vocab) + 1}
    tokenizer = tokenizers.Tokenizer(
        models.BPE(
            vocab, [], unk_token=end, end_of_word_suffix="</w>", continuing_subword_prefix=""
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Replace(tokenizers.Regex(r"\s+"), " "),
            normalizers.Lowercase(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(
                tokenizers.Regex(r"\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"), "removed", invert=True
            ),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(
        (end, vocab[end]), (begin, vocab[begin]), False, False
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def bert_tokenizer(folder: Path, words: tuple[str, ...]) -> None:
    """Write a word-piece tokenizer with the numbers of marks that Grounding DINO has built in."""
    vocab = {f"[unused{index}]": index for index in range(1100)}
    for token, index in {
        "[PAD]": 0,
        "[UNK]": 100,
        "[CLS]": 101,
        "[SEP]": 102,
        ".": 1012,
        "?": 1029,
    }.items():
        vocab = {word: number for word, number in vocab.items() if number != index}
        vocab[token] = index
    pieces = dict.fromkeys(
        (*words, *(chr(c) for c in range(97, 123)), *(f"##{chr(c)}" for c in range(97, 123)))
    )
    vocab |= {word: 1100 + index for index, word in enumerate(pieces)}
    tokenizer = tokenizers.Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 102), ("[CLS]", 101))
    tokenizer.save(str(folder / "tokenizer.json"))


def sam3_config() -> Any:
    small = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_layers": 1}
    return transformers.Sam3Config(
        vision_config={
            "fpn_hidden_size": 32,
            "scale_factors": [4.0, 2.0, 1.0, 0.5],
            "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
            "backbone_config": {
                "model_type": "sam3_vit_model",
                "hidden_size": 32,
                "intermediate_size": 64,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "image_size": SAM3_EDGE,
                "pretrain_image_size": SAM3_EDGE,
                "patch_size": 14,
                "window_size": 2,
                "global_attn_indexes": [1],
            },
        },
        text_config={
            "model_type": "clip_text_model",
            "vocab_size": 514,
            "bos_token_id": 512,
            "eos_token_id": 513,
            "pad_token_id": 513,
            "hidden_size": 32,
            "intermediate_size": 64,
            "projection_dim": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "max_position_embeddings": 16,
        },
        geometry_encoder_config=small | {"roi_size": 3},
        detr_encoder_config=small,
        detr_decoder_config=small | {"num_queries": 6},
        mask_decoder_config={
            "hidden_size": 32,
            "num_upsampling_stages": 2,
            "num_attention_heads": 4,
        },
    )


def sam3(folder: Path) -> Any:
    """Write a SAM 3 detector of 0.1 M parameters; gives the module."""
    torch.manual_seed(3)
    module = enliven(transformers.Sam3Model(sam3_config()).eval())
    with torch.no_grad():  # else all queries find the same
        for part in (module.detr_decoder.query_embed, module.detr_decoder.reference_points):
            part.weight.normal_(std=3.0)
    save(module, folder)
    clip_tokenizer(folder)
    return module


def sam3_tracker_config() -> dict[str, Any]:
    """The other half of a published checkpoint, which the detector has no use for."""
    return {
        "vision_config": sam3_config().vision_config.to_dict(),
        "prompt_encoder_config": {"hidden_size": 32, "image_size": SAM3_EDGE, "patch_size": 14},
        "mask_decoder_config": {
            "hidden_size": 32,
            "mlp_dim": 32,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 32,
        },
        "memory_attention_hidden_size": 32,
        "memory_attention_num_layers": 1,
        "memory_attention_feed_forward_hidden_size": 32,
        "memory_attention_rope_feat_sizes": [4, 4],
        "memory_encoder_hidden_size": 32,
        "memory_encoder_output_channels": 16,
        "mask_downsampler_embed_dim": 32,
        "memory_fuser_embed_dim": 32,
        "memory_fuser_intermediate_dim": 32,
        "memory_fuser_num_layers": 1,
    }


def rf_detr(folder: Path, names: Mapping[int, str]) -> Any:
    torch.manual_seed(4)
    config = transformers.RfDetrConfig(
        backbone_config={
            "model_type": "rf_detr_dinov2",
            "hidden_size": 24,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 64,
            "patch_size": 8,
            "num_windows": 2,
            "out_features": ["stage1", "stage2"],
        },
        d_model=32,
        decoder_ffn_dim=32,
        decoder_layers=2,
        decoder_self_attention_heads=2,
        decoder_cross_attention_heads=2,
        decoder_n_points=2,
        num_queries=10,
        group_detr=2,
        intermediate_size=32,
        id2label=dict(names),
    )
    module = enliven(transformers.RfDetrForInstanceSegmentation(config).eval())
    with torch.no_grad():  # else all queries find the same class, and masks are all or nothing
        module.model.class_embed.weight.normal_(std=0.5)
        module.model.class_embed.bias.zero_()
        module.segmentation_bias.zero_()
    save(module, folder)
    return module


def eomt(folder: Path, names: Mapping[int, str]) -> Any:
    torch.manual_seed(5)
    do_without_loss()  # as the product does
    config = transformers.EomtConfig(
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=64,
        patch_size=16,
        mlp_ratio=2,
        num_blocks=1,
        num_queries=12,
        num_register_tokens=1,
        num_upscale_blocks=1,
        id2label=dict(names),
    )
    module = enliven(transformers.EomtForUniversalSegmentation(config).eval())
    save(module, folder)
    write_json(
        folder / "preprocessor_config.json",
        {"size": {"shortest_edge": 64, "longest_edge": 64}, "do_pad": True, "resample": 2},
    )
    return module


def grounding_dino(folder: Path) -> Any:
    torch.manual_seed(6)
    config = transformers.MMGroundingDinoConfig(
        backbone_config={
            "model_type": "swin",
            "embed_dim": 16,
            "depths": [1, 1, 1, 1],
            "num_heads": [1, 1, 2, 2],
            "window_size": 4,
            "image_size": 64,
            "out_indices": [2, 3, 4],
        },
        text_config={
            "model_type": "bert",
            "vocab_size": 1200,
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 64,
        },
        d_model=32,
        num_queries=12,
        encoder_layers=1,
        encoder_ffn_dim=32,
        encoder_attention_heads=2,
        decoder_layers=2,
        decoder_ffn_dim=32,
        decoder_attention_heads=2,
        encoder_n_points=2,
        decoder_n_points=2,
        num_feature_levels=4,
        max_text_len=32,
        decoder_bbox_embed_share=False,
        decoder_cls_embed_share=False,
    )
    module = enliven(transformers.MMGroundingDinoForObjectDetection(config).eval(), 0.1)
    save(module, folder)
    bert_tokenizer(folder, ("cat", "dog", "red", "car", "traffic", "light", "animal", "person"))
    write_json(
        folder / "preprocessor_config.json",
        {"size": {"shortest_edge": 64, "longest_edge": 96}, "resample": 2, "do_pad": True},
    )
    return module


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
