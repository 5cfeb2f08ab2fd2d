// Runs in the page while `rtseg bench live --davis` measures. It hears of every picture that is put
// on the screen through `window.__rtseg` (web/README.md), reads the number off the picture that is
// really there, and keeps both; `rtseg/bench/onscreen/watching.py` takes them.
({ cells, cellsPerWidth }) => {
  const presentations = [];
  const messages = [];
  const work = window.__rtsegWork;
  const video = document.querySelector("video.stage-video");
  const canvas = document.querySelector("canvas.stage-canvas");
  const strip = new OffscreenCanvas(4 * cells, 4);
  const context = strip.getContext("2d", { willReadFrequently: true });

  // Where the picture's stamp is: in the video, or on the canvas, where a held picture is painted.
  const strips = {
    live: () => {
      const side = video.videoWidth / cellsPerWidth;
      return [video, 0, 0, cells * side, side];
    },
    "in step": () => {
      const { videoWidth, videoHeight } = video;
      const { width, height } = canvas;
      const ratios = [width / videoWidth, height / videoHeight];
      const isCovered = getComputedStyle(video).objectFit === "cover";
      const scale = isCovered ? Math.max(...ratios) : Math.min(...ratios);
      const side = (videoWidth / cellsPerWidth) * scale;
      const [left, top] = [(width - videoWidth * scale) / 2, (height - videoHeight * scale) / 2];
      return [canvas, left, top, cells * side, side];
    },
  };
  const readCells = (showing) => {
    context.clearRect(0, 0, 4 * cells, 4);
    context.drawImage(...strips[showing](), 0, 0, 4 * cells, 4);
    const { data } = context.getImageData(0, 0, 4 * cells, 4);
    return Array.from({ length: cells }, (_, cell) => {
      let sum = 0;
      for (const y of [1, 2]) {
        for (const x of [1, 2]) sum += data[4 * (y * 4 * cells + cell * 4 + x) + 1];
      }
      return Math.round(sum / 4);
    });
  };
  const rounded = (ring) => Array.from(ring, (value) => Math.round(100 * value) / 100);

  const takers = {
    frame: ({ frame, arrivedAt }) => {
      messages.push({
        frameId: frame.frameId,
        arrivedAt,
        rings: frame.objects.flatMap(({ rings }) => rings.map(rounded)),
        ages: frame.objects.map(({ ageMs }) => ageMs),
      });
    },
    presented: (told) => {
      presentations.push({
        at: told.at,
        showing: told.showing,
        why: told.why,
        frameOnScreen: told.frameOnScreen,
        frameId: told.frame?.frameId ?? null,
        gapMs: told.gapMs,
        heldMs: told.heldMs,
        rings: told.shapes.flatMap(({ rings }) => rings.map(rounded)),
        cells: readCells(told.showing),
        workMs: work.ms,
        benchMs: work.benchMs,
      });
    },
  };
  window.__rtseg.subscribe((packet) => {
    const start = performance.now();
    takers[packet.kind]?.(packet);
    work.benchMs += performance.now() - start;
  });
  window.__rtsegPresented = {
    take: () => ({ timeOrigin: performance.timeOrigin, presentations, messages }),
  };
}
