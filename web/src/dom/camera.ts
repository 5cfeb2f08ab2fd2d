/** Where the pictures come from: a camera, or a video file played in a loop. */

export type CameraErrorCode =
  | "insecure_context"
  | "camera_refused"
  | "no_camera"
  | "camera_busy"
  | "camera_gone"
  | "camera_failed"
  | "no_capture_stream"
  | "file_unreadable";

export class CameraError extends Error {
  override readonly name = "CameraError";
  readonly code: CameraErrorCode;

  constructor(code: CameraErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type Facing = "user" | "environment";

export interface Source {
  readonly stream: MediaStream;
  readonly label: string;
  readonly isCamera: boolean;
  readonly facing: Facing | null;
  readonly deviceId: string | null;
  /** What really comes, which may be less than was wished for; null where nobody tells. */
  readonly given: Given | null;
  /** The most that this camera has; null where nobody tells. */
  readonly most: Given | null;
  /**
   * Ask for another size or rate while it runs: the stream, and with it the session, stays.
   *
   * @returns false if the camera stays as it was, and has to be opened anew for that.
   */
  adjust(wishes: CameraWishes): Promise<boolean>;
  stop(): void;
}

/** A size in pixels, and frames a second. */
export interface Given {
  readonly width: number;
  readonly height: number;
  readonly fps: number | null;
}

/** What a camera cannot do comes as near to it as it can. */
export interface CameraWishes {
  /** This camera and no other; of the ids of `listCameras`. */
  readonly deviceId?: string;
  /** Where there are several, one that looks at the person, or at what they look at. */
  readonly facing?: Facing;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
}

/** @throws {CameraError} with a code for each way in which a browser says no. */
export async function openCamera(wishes: CameraWishes = {}): Promise<Source> {
  // Off localhost and https, browsers leave the whole interface out, whatever the types say.
  if (!window.isSecureContext || !("mediaDevices" in navigator)) {
    throw new CameraError("insecure_context", "The camera needs https or localhost.");
  }
  const { deviceId, facing } = wishes;
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: {
        ...constraintsOf(wishes),
        ...(deviceId !== undefined && { deviceId: { exact: deviceId } }),
        ...(facing !== undefined && deviceId === undefined && { facingMode: { ideal: facing } }),
      },
    });
  } catch (error) {
    throw cameraError(error);
  }
  const [track] = stream.getVideoTracks();
  // Tells the encoder that smooth motion matters more than still detail.
  if (track !== undefined && "contentHint" in track) track.contentHint = "motion";
  const settings = track?.getSettings();
  const side = settings?.facingMode;
  return {
    stream,
    label: track?.label ?? "Camera",
    isCamera: true,
    facing: side === "user" || side === "environment" ? side : null,
    deviceId: settings?.deviceId ?? null,
    get given() {
      return track === undefined ? null : givenOf(track.getSettings());
    },
    most: track === undefined ? null : mostOf(track),
    adjust: (other) => (track === undefined ? Promise.resolve(false) : adjust(track, other)),
    stop: () => {
      stopTracks(stream);
    },
  };
}

function constraintsOf({ width = 1280, height = 720, fps = 30 }: CameraWishes) {
  return {
    width: { ideal: width },
    height: { ideal: height },
    frameRate: { ideal: fps },
  } satisfies MediaTrackConstraints;
}

/** Whether the track gives now what was wished for, as near as its camera comes to that. */
async function adjust(track: MediaStreamTrack, wishes: CameraWishes): Promise<boolean> {
  try {
    await track.applyConstraints(constraintsOf(wishes));
  } catch {
    return false;
  }
  const [given, most] = [givenOf(track.getSettings()), mostOf(track)];
  if (given === null) return false;
  const { width, height, fps } = wishes;
  const isNear = (wish: number | undefined, is: number | null, limit: number | null | undefined) =>
    wish === undefined || is === null || Math.abs(is - Math.min(wish, limit ?? wish)) <= 1;
  // A phone that is held upright turns the picture, not the camera.
  const isTurned = given.height > given.width;
  const [wide, high] = isTurned ? [given.height, given.width] : [given.width, given.height];
  return (
    isNear(width, wide, most?.width) &&
    isNear(height, high, most?.height) &&
    isNear(fps, given.fps, most?.fps)
  );
}

function givenOf({ width, height, frameRate }: MediaTrackSettings): Given | null {
  if (width === undefined || height === undefined) return null;
  return { width, height, fps: frameRate ?? null };
}

function mostOf(track: MediaStreamTrack): Given | null {
  // Firefox had none for long, whatever the types say.
  if (!("getCapabilities" in track)) return null;
  const { width, height, frameRate } = track.getCapabilities();
  if (width?.max === undefined || height?.max === undefined) return null;
  return { width: width.max, height: height.max, fps: frameRate?.max ?? null };
}

/** The cameras that there are; their names are empty until one was allowed. */
export async function listCameras(): Promise<MediaDeviceInfo[]> {
  if (!("mediaDevices" in navigator)) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "videoinput");
}

/**
 * Play a file in a loop, as if it were a camera.
 *
 * @param video the element that plays it: it must be in the page, or browsers stop drawing it.
 * @throws {CameraError} where the browser cannot capture a video's picture, or not play the file.
 */
export async function openFile(
  file: Blob & { name?: string },
  video: HTMLVideoElement,
): Promise<Source> {
  if (!("captureStream" in video)) {
    throw new CameraError("no_capture_stream", "This browser cannot stream a video file.");
  }
  const url = URL.createObjectURL(file);
  let isStopped = false;
  const stop = () => {
    // Twice, it would take away what the element plays since.
    if (isStopped) return;
    isStopped = true;
    video.pause();
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  };
  video.muted = true;
  video.loop = true;
  video.playsInline = true;
  video.src = url;
  try {
    await video.play();
  } catch {
    stop();
    throw new CameraError("file_unreadable", "This browser cannot play that file.");
  }
  // In the DOM's types the method is missing: it is standard, but not in every browser.
  const stream = (video.captureStream as () => MediaStream).call(video);
  for (const track of stream.getAudioTracks()) stream.removeTrack(track);
  return {
    stream,
    label: file.name ?? "Video file",
    isCamera: false,
    facing: null,
    deviceId: null,
    get given() {
      const { videoWidth: width, videoHeight: height } = video;
      return width > 0 ? { width, height, fps: null } : null;
    },
    most: null,
    adjust: () => Promise.resolve(false),
    stop: () => {
      stopTracks(stream);
      stop();
    },
  };
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function cameraError(error: unknown): CameraError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return new CameraError("camera_refused", "The camera was not allowed.");
    case "NotFoundError":
      return new CameraError("no_camera", "No camera was found.");
    case "OverconstrainedError":
      // All is wished for but which camera it is.
      return new CameraError("camera_gone", "That camera is not there any more.");
    case "NotReadableError":
    case "AbortError":
      return new CameraError("camera_busy", "The camera is in use by another program.");
    default:
      return new CameraError("camera_failed", message);
  }
}
