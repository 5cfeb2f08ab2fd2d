/** Where the pictures come from: a camera, or a video file played in a loop. */

export type CameraErrorCode =
  | "insecure_context"
  | "camera_refused"
  | "no_camera"
  | "camera_busy"
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

export interface Source {
  readonly stream: MediaStream;
  readonly label: string;
  readonly isCamera: boolean;
  readonly facing: "user" | "environment" | null;
  readonly deviceId: string | null;
  stop(): void;
}

export interface CameraWishes {
  readonly deviceId?: string;
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
  const { deviceId, width = 1280, height = 720, fps = 30 } = wishes;
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: {
        width: { ideal: width },
        height: { ideal: height },
        frameRate: { ideal: fps },
        ...(deviceId === undefined ? {} : { deviceId: { exact: deviceId } }),
      },
    });
  } catch (error) {
    throw cameraError(error);
  }
  const [track] = stream.getVideoTracks();
  // Tells the encoder that smooth motion matters more than still detail.
  if (track !== undefined && "contentHint" in track) track.contentHint = "motion";
  const settings = track?.getSettings();
  const facing = settings?.facingMode;
  return {
    stream,
    label: track?.label ?? "Camera",
    isCamera: true,
    facing: facing === "user" || facing === "environment" ? facing : null,
    deviceId: settings?.deviceId ?? null,
    stop: () => {
      stopTracks(stream);
    },
  };
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
    case "OverconstrainedError":
      return new CameraError("no_camera", "No camera was found.");
    case "NotReadableError":
    case "AbortError":
      return new CameraError("camera_busy", "The camera is in use by another program.");
    default:
      return new CameraError("camera_failed", message);
  }
}
