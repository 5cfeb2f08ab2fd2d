/** The pictures of a video: when there is another one, and how to keep one after it is gone. */

/** What can be drawn, and its size in its own pixels. */
export interface Picture {
  readonly image: CanvasImageSource;
  readonly width: number;
  readonly height: number;
}

/** Of a picture that a video shows, on the scale of `performance.now()`. */
export interface PictureTimes {
  /** When the camera took it. */
  readonly capturedAt: number;
  /** From when on the video shows it, to those who copy it too. */
  readonly presentedAt: number;
}

/** Where a browser does not say when a frame was captured: so much later it is on the screen. */
const PREVIEW_LAG_MS = 8;

/**
 * Be told of every picture that a video puts on the screen, in the refresh that shows it.
 *
 * @param seen gets null where the browser does not tell of pictures: it is called at every refresh
 * then.
 * @returns what ends it.
 */
export function watchPictures(
  video: HTMLVideoElement,
  seen: (times: PictureTimes | null) => void,
): () => void {
  let isStopped = false;
  let request = 0;
  if (hasVideoCallback(video)) {
    const next = (now: number, metadata: VideoFrameCallbackMetadata) => {
      const { captureTime, presentationTime: presentedAt } = metadata;
      seen({ capturedAt: captureTime ?? now - PREVIEW_LAG_MS, presentedAt });
      if (!isStopped) request = video.requestVideoFrameCallback(next);
    };
    request = video.requestVideoFrameCallback(next);
  } else {
    const next = () => {
      seen(null);
      if (!isStopped) request = requestAnimationFrame(next);
    };
    request = requestAnimationFrame(next);
  }
  return () => {
    isStopped = true;
    if (hasVideoCallback(video)) video.cancelVideoFrameCallback(request);
    else cancelAnimationFrame(request);
  };
}

/** Not in every browser that the types speak of. */
function hasVideoCallback(video: HTMLVideoElement): boolean {
  return "requestVideoFrameCallback" in video;
}

/** The picture that a video shows now; null while there is none. */
export function pictureOf(video: HTMLVideoElement): Picture | null {
  const { videoWidth: width, videoHeight: height } = video;
  return width > 0 && height > 0 ? { image: video, width, height } : null;
}
