// Runs in the page while `rtseg bench live` measures. It looks at the page through
// `window.__rtseg` (web/README.md) and keeps what it sees; `rtseg/bench/page.py` reads it.
({ stampEvery, cells, cellsPerWidth }) => {
  const packets = [];
  const previews = [];
  let cameraFrames = 0;

  window.__rtseg.subscribe((packet) => {
    if (packet.kind !== "frame") return;
    const { frame, bytes, arrivedAt, capturedAt, paintedAt } = packet;
    packets.push({
      frameId: frame.frameId,
      bytes,
      arrivedAt,
      capturedAt,
      paintedAt,
      width: frame.width,
      height: frame.height,
      ages: frame.objects.map(({ ageMs }) => ageMs),
      isVisible: frame.objects.some(({ rings }) => rings.length > 0),
      timing: frame.timing,
    });
  });

  // The page's own preview of the camera: when each frame was captured, and for one in
  // `stampEvery` the brightness of its stamp's cells.
  const video = document.querySelector("video");
  const canvas = new OffscreenCanvas(4 * cells, 4);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const readCells = () => {
    const side = video.videoWidth / cellsPerWidth;
    context.drawImage(video, 0, 0, cells * side, side, 0, 0, 4 * cells, 4);
    const { data } = context.getImageData(0, 0, 4 * cells, 4);
    return Array.from({ length: cells }, (_, cell) => {
      let sum = 0;
      for (const y of [1, 2]) {
        for (const x of [1, 2]) sum += data[4 * (y * 4 * cells + cell * 4 + x) + 1];
      }
      return sum / 4;
    });
  };
  const onFrame = (_now, { captureTime, presentedFrames }) => {
    const isSampled = cameraFrames++ % stampEvery === 0;
    previews.push({
      capturedAt: captureTime ?? null,
      presentedFrames,
      cells: isSampled ? readCells() : null,
    });
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);

  // What the browser itself counts of the camera and of what it sends.
  const statistics = async () => {
    const report = await window.__rtseg.getStats();
    const found = {};
    const entries = [...(report?.values() ?? [])];
    const transport = entries.find(({ type }) => type === "transport");
    for (const entry of entries) {
      if (entry.id === transport?.selectedCandidatePairId) found[entry.type] = entry;
      if (["media-source", "outbound-rtp", "remote-inbound-rtp"].includes(entry.type)) {
        found[entry.type] = entry;
      }
      if (entry.type === "codec" && entry.mimeType.startsWith("video/")) {
        found.codec = entry.mimeType.slice(6);
      }
    }
    return found;
  };

  window.__rtsegBench = {
    statistics,
    take: () => ({ timeOrigin: performance.timeOrigin, packets, previews }),
  };
}
