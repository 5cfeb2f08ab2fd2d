"""Models that are asked for things by name, run by transformers.

=====================  ==========================================================================
`sam3`                 SAM 3: any words, and a box as an example; outlines
`grounding_dino`       MM-Grounding-DINO: any words; boxes, which a promptable model outlines
`rf_detr`              RF-DETR-Seg: the things of a closed vocabulary; outlines
`eomt`                 EoMT: things, and stuff such as sky and grass; outlines
=====================  ==========================================================================

They look at each image alone: `rtseg.tracking` follows what they find.
"""
