"""SAM 2.1, EdgeTAM, SAM 3's tracker: what is touched, followed by a memory of its own.

Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024 (arXiv:2408.00714); Zhou et al.,
"EdgeTAM: On-Device Track Anything Model", 2025 (arXiv:2501.07256); Carion et al., "SAM 3: Segment
Anything with Concepts", 2025 (arXiv:2511.16719), whose tracker is SAM 2 on another image encoder.
The weights and the layers are those of transformers' `Sam2VideoModel`, `EdgeTamVideoModel` and
`Sam3TrackerVideoModel`; the loop around them is rtseg's, because theirs runs one object of one
session at a time and keeps every frame.

============  =====================================================================================
`segmenter`   the `Segmenter`: checks a batch, runs it, commits it to the memories
`run`         that batch: turns grouped by what can run together, and put back
`turns`       a request taken apart: one `Turn` for each object, with what is to be done for it
`network`     the layers, each run once on many objects: look, attend, decode, remember
`memory`      what is kept of a session: a bank of fixed size for each object
`images`      pixels to the network's square, masks back to the picture
`weights`     from a folder to the layers
`repvit`      EdgeTAM's image backbone
`options`     `options` of the catalogue's entry
============  =====================================================================================

What is batched: the encoder sees each request's image once, all images of a batch together, however
many objects there are. Memory attention runs on all objects of all sessions whose memories are of
one length: grouped, not padded, so that no attention mask keeps it from the fast kernels. Lengths
differ only in an object's first 16 frames (and by the number of its prompts); after that all are in
one group. The decoder runs on all objects with the same number of points, which is all that are
merely followed; the memory encoder on all there are.
"""
