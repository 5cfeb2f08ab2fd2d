/** A video of what is on the screen, to keep. */

import { WEBM_HEAD_BYTES, withDuration } from "../core/webm.js";
import { CaptureError, Composer } from "./compose.js";
import type { Overlay } from "./overlay.js";

export interface RecordingOptions {
  /** Pictures a second, at most. */
  fps?: number;
  /** As `MediaRecorder` takes it; left out: MP4 where the browser can, else WebM. */
  mimeType?: string;
  /** Bits a second; left out: by the size of the picture. */
  bitrate?: number;
  /** It ends by itself when it takes so much memory. */
  maxBytes?: number;
}

export interface RecordingProgress {
  readonly elapsedMs: number;
  /** In memory so far. */
  readonly bytes: number;
  readonly frames: number;
}

/** Asked to; the camera or its video went away; it was full; or the browser gave up. */
export type WhyEnded = "stopped" | "camera" | "full" | "failed";

export interface Clip {
  readonly blob: Blob;
  readonly mimeType: string;
  readonly durationMs: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly why: WhyEnded;
}

/** Chromium keeps recordings in memory at first, and moves large ones to disk; others may not. */
const MAX_BYTES = 512 * 1024 * 1024;
const FPS = 30;
/** Enough for outlines to stay sharp. */
const BITS_PER_PIXEL = 0.2;
const LEAST_BITRATE = 1_500_000;
/** Data comes this often, and so what is lost with a crash, or known too late to be too much. */
const SLICE_MS = 500;
/** Pictures come a little early and a little late: one that is early by less is not left out. */
const EARLY = 0.7;
/** The first that the browser can. VP9 and VP8 alone keep transparency. */
const FORMATS = ["video/mp4;codecs=avc1.640028", "video/mp4;codecs=avc1.42E01F"] as const;
const CLEAR_FORMATS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"] as const;

/**
 * Record the camera's picture with all that is drawn over it, in the camera's own pixels, from now
 * on. What is cut out has nothing around it, where the format has transparency.
 *
 * @throws CaptureError when there is nothing to record, or the browser cannot.
 */
export function record(overlay: Overlay, options: RecordingOptions = {}): Recording {
  return new Recording(overlay, options);
}

/** Made by `record`. */
export class Recording {
  readonly mimeType: string;
  /** What was recorded, once it has ended. */
  readonly done: Promise<Clip>;
  readonly #overlay: Overlay;
  readonly #composer: Composer;
  readonly #recorder: MediaRecorder;
  readonly #track: MediaStreamTrack;
  readonly #ended = new AbortController();
  readonly #unfollow: () => void;
  readonly #listeners = new Set<(progress: RecordingProgress) => void>();
  readonly #startedAt = performance.now();
  readonly #leastMs: number;
  readonly #maxBytes: number;
  #chunks: Blob[] = [];
  #bytes = 0;
  #frames = 0;
  #composedAt = -Infinity;
  #endedAt: number | null = null;
  #why: WhyEnded = "stopped";

  constructor(overlay: Overlay, options: RecordingOptions) {
    const { composition } = overlay;
    if (composition === null) {
      throw new CaptureError("no_picture", "there is no picture yet: the camera has not started");
    }
    const { width, height } = composition.picture;
    const fps = options.fps ?? FPS;
    this.mimeType = formatFor(options.mimeType, composition.options.effect === "cutout");
    this.#overlay = overlay;
    this.#leastMs = (EARLY * 1000) / fps;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
    this.#composer = new Composer({ width, height });
    const stream = this.#composer.canvas.captureStream(0);
    const [track] = stream.getVideoTracks();
    if (track === undefined) throw new CaptureError("no_recorder", "the canvas gives no video");
    this.#track = track;
    const bitrate = Math.max(LEAST_BITRATE, BITS_PER_PIXEL * width * height * fps);
    this.#recorder = openRecorder(stream, {
      mimeType: this.mimeType,
      videoBitsPerSecond: options.bitrate ?? bitrate,
    });
    this.done = new Promise((resolve, reject) => {
      this.#recorder.addEventListener("stop", () => {
        this.#finish().then(resolve, reject);
      });
    });
    // Who only calls `stop` hears of it there.
    this.done.catch(() => undefined);
    this.#recorder.addEventListener("dataavailable", this.#onData);
    this.#recorder.addEventListener("error", () => {
      this.#end("failed");
    });
    this.#watchCamera(overlay.video);
    this.#recorder.start(SLICE_MS);
    this.#unfollow = overlay.onPresent(this.#onPresent);
    this.#onPresent();
  }

  get progress(): RecordingProgress {
    const elapsedMs = (this.#endedAt ?? performance.now()) - this.#startedAt;
    return { elapsedMs, bytes: this.#bytes, frames: this.#frames };
  }

  /** Hear twice a second how far it is. */
  onProgress(listener: (progress: RecordingProgress) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** End it. Called again, it gives the same. */
  async stop(): Promise<Blob> {
    this.#end("stopped");
    return (await this.done).blob;
  }

  readonly #onPresent = () => {
    const now = performance.now();
    const { composition } = this.#overlay;
    if (composition === null || now - this.#composedAt < this.#leastMs) return;
    this.#composedAt = now;
    this.#composer.compose(composition);
    (this.#track as CanvasCaptureMediaStreamTrack).requestFrame();
    this.#frames++;
  };

  readonly #onData = ({ data }: BlobEvent) => {
    this.#chunks.push(data);
    this.#bytes += data.size;
    const { progress } = this;
    for (const listener of [...this.#listeners]) listener(progress);
    if (this.#bytes >= this.#maxBytes) this.#end("full");
  };

  #watchCamera(video: HTMLVideoElement): void {
    const { signal } = this.#ended;
    const gone = () => {
      this.#end("camera");
    };
    video.addEventListener("emptied", gone, { signal });
    video.addEventListener("ended", gone, { signal });
    if (!(video.srcObject instanceof MediaStream)) return;
    for (const track of video.srcObject.getVideoTracks()) {
      track.addEventListener("ended", gone, { signal });
    }
  }

  #end(why: WhyEnded): void {
    if (this.#endedAt !== null) return;
    this.#endedAt = performance.now();
    this.#why = why;
    this.#ended.abort();
    this.#unfollow();
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }

  async #finish(): Promise<Clip> {
    // The browser may end it on its own.
    this.#end("failed");
    this.#track.stop();
    const chunks = this.#chunks;
    this.#chunks = [];
    const mimeType = this.#recorder.mimeType || this.mimeType;
    const { elapsedMs: durationMs, bytes, frames } = this.progress;
    if (bytes === 0) {
      throw new CaptureError("empty", "nothing was recorded: no picture came, or none was encoded");
    }
    const whole = new Blob(chunks, { type: mimeType });
    const blob = mimeType.startsWith("video/webm") ? await mended(whole, durationMs) : whole;
    const { width, height } = this.#composer.canvas;
    return { blob, mimeType, durationMs, frames, width, height, why: this.#why };
  }
}

async function mended(blob: Blob, durationMs: number): Promise<Blob> {
  const head = new Uint8Array(await blob.slice(0, WEBM_HEAD_BYTES).arrayBuffer());
  const told = withDuration(head, durationMs);
  if (told === null) return blob;
  return new Blob([told, blob.slice(head.length)], { type: blob.type });
}

function openRecorder(stream: MediaStream, options: MediaRecorderOptions): MediaRecorder {
  try {
    return new MediaRecorder(stream, options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CaptureError("recorder_failed", `the browser does not record here: ${why}`);
  }
}

function formatFor(wanted: string | undefined, isClear: boolean): string {
  if (!("MediaRecorder" in globalThis) || !("captureStream" in HTMLCanvasElement.prototype)) {
    throw new CaptureError("no_recorder", "this browser has no MediaRecorder: it cannot record");
  }
  const formats =
    wanted !== undefined ? [wanted] : isClear ? CLEAR_FORMATS : [...FORMATS, ...CLEAR_FORMATS];
  const found = formats.find((format) => MediaRecorder.isTypeSupported(format));
  if (found === undefined) {
    const message = `expected a format that this browser records, tried ${formats.join(", ")}`;
    throw new CaptureError("no_format", message);
  }
  return found;
}
