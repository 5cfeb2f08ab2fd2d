// Runs in the page: what was on the canvas when a frame's outline had been drawn, and the stamps of
// the camera frames, each with the time at which its frame was captured. Read by tab.py.
({ cells, cellsPerWidth, every }) => {
  const video = document.querySelector(".stage-video");
  const shown = document.querySelector(".stage-canvas");
  const previews = [];
  const paints = [];

  const strip = new OffscreenCanvas(4 * cells, 4).getContext("2d", { willReadFrequently: true });
  const stamp = () => {
    const side = video.videoWidth / cellsPerWidth;
    strip.drawImage(video, 0, 0, cells * side, side, 0, 0, 4 * cells, 4);
    const { data } = strip.getImageData(0, 0, 4 * cells, 4);
    return Array.from({ length: cells }, (_, cell) => {
      let sum = 0;
      for (const y of [1, 2]) {
        for (const x of [1, 2]) sum += data[4 * (y * 4 * cells + cell * 4 + x) + 1];
      }
      return sum / 4;
    });
  };
  const onFrame = (_now, { captureTime }) => {
    if (captureTime !== undefined) previews.push({ at: captureTime, cells: stamp() });
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);

  // The tint of "fill" and the line have more than this; the line's shadow has less.
  const LEAST_ALPHA = 80;
  const painted = () => {
    const { width, height } = shown;
    const copy = new OffscreenCanvas(width, height);
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(shown, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const bits = new Uint8Array(Math.ceil((width * height) / 8));
    for (let at = 0; at < width * height; at++) {
      if (data[4 * at + 3] >= LEAST_ALPHA) bits[at >> 3] |= 0x80 >> (at & 7);
    }
    let text = "";
    for (let at = 0; at < bits.length; at += 4096) {
      text += String.fromCharCode(...bits.subarray(at, at + 4096));
    }
    return btoa(text);
  };
  let frames = 0;
  let painting = null;
  window.__rtseg.subscribe((packet) => {
    if (packet.kind === "frame") painting = packet.paintedAt === null ? null : packet;
    // It follows at once, and has the outlines as they were moved on to the picture.
    if (packet.kind !== "presented" || packet.frame !== painting?.frame) return;
    const { frame, capturedAt } = painting;
    painting = null;
    const rings = frame.objects.flatMap((object) => object.rings).map((ring) => Array.from(ring));
    if (capturedAt === null || rings.length === 0 || frames++ % every !== 0) return;
    paints.push({
      at: capturedAt,
      size: [frame.width, frame.height],
      rings,
      drawn: packet.shapes.flatMap((shape) => shape.rings),
      canvasSize: [shown.width, shown.height],
      bits: painted(),
    });
  });

  window.__watch = {
    stamp,
    // Paints are compared with previews later; the last previews may still be on their way.
    pairs: () => paints.filter(({ at }) => previews.some((preview) => preview.at >= at)).length,
    take: () => ({ previews, paints }),
  };
}
