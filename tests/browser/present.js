// Runs in the page: every presentation, with the stamp of what was really on the screen just then,
// and every frame that came. Read by test_showing.py.
({ cells, cellsPerWidth }) => {
  const video = document.querySelector(".stage-video");
  const canvas = document.querySelector(".stage-canvas");
  const presented = [];
  const frames = [];
  const previews = [];
  const strip = new OffscreenCanvas(4 * cells, 4).getContext("2d", { willReadFrequently: true });
  const stamp = (source, width) => {
    const side = width / cellsPerWidth;
    strip.clearRect(0, 0, 4 * cells, 4);
    strip.drawImage(source, 0, 0, cells * side, side, 0, 0, 4 * cells, 4);
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
    if (captureTime !== undefined) {
      previews.push({ at: captureTime, cells: stamp(video, video.videoWidth) });
    }
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
  window.__rtseg.subscribe((packet) => {
    if (packet.kind === "frame") {
      frames.push({ id: packet.frame.frameId, capturedAt: packet.capturedAt });
    }
    if (packet.kind !== "presented") return;
    const { at, showing, why, heldMs, gapMs, pictureCapturedAt, frame, frameOnScreen } = packet;
    const isInStep = showing === "in step";
    presented.push({
      at,
      showing,
      why,
      heldMs,
      gapMs,
      pictureCapturedAt,
      frameOnScreen,
      outlined: packet.shapes.length,
      frameId: frame?.frameId ?? null,
      // In step the picture is painted on the canvas, which is as large as the camera's here.
      cells: isInStep ? stamp(canvas, canvas.width) : stamp(video, video.videoWidth),
    });
  });
  window.__present = {
    count: (showing, isExact) =>
      presented.filter(
        (one) => one.showing === showing && (!isExact || (one.gapMs === 0 && one.outlined > 0)),
      ).length,
    take: () => ({ presented, frames, previews }),
  };
}
