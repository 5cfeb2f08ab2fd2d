/** Where the picture comes from: opened, adjusted, exchanged and given back from here. */

import {
  CameraError,
  type CameraWishes,
  listCameras,
  openCamera,
  openFile,
  type Problem,
  type Source,
} from "rtseg";

import type { State, Store } from "./store.js";
import { backWords } from "./words.js";

export interface SourceEvents {
  /** There is a picture. `isSame`: of the camera that it came from before. */
  opened(source: Source, isSame: boolean): void;
  /** There is none any more. */
  lost(): void;
  remark(problem: Problem): void;
}

type Open = () => Promise<Source>;

export class Sources {
  readonly #store: Store;
  readonly #video: HTMLVideoElement;
  readonly #events: SourceEvents;
  #source: Source | null = null;
  /** Opens what is there now once more. */
  #again: Open | null = null;

  constructor(store: Store, video: HTMLVideoElement, events: SourceEvents) {
    this.#store = store;
    this.#video = video;
    this.#events = events;
    // A file and many a camera say their size only with the first picture.
    for (const event of ["loadedmetadata", "resize"] as const) {
      video.addEventListener(event, () => {
        this.#tellGiven();
      });
    }
    if ("mediaDevices" in navigator) {
      navigator.mediaDevices.addEventListener("devicechange", () => void this.#devicesChanged());
    }
  }

  get current(): Source | null {
    return this.#source;
  }

  /** Use a camera, the one that was used last if nothing else is wished for. */
  useCamera(part: CameraWishes = {}): Promise<void> {
    const { deviceId, facing, ...rest } = this.#store.get().wishes;
    // A side is another way to say which camera: the newer word counts.
    const which = part.facing === undefined && deviceId !== undefined ? { deviceId } : {};
    const side = part.deviceId === undefined && facing !== undefined ? { facing } : {};
    const wishes = { ...rest, ...which, ...side, ...part };
    return this.#open(() => openCamera(wishes), wishes);
  }

  useFile(file: File): Promise<void> {
    return this.#open(() => {
      this.#video.srcObject = null;
      return openFile(file, this.#video);
    });
  }

  /** Another size or rate. Everything goes on; the camera alone may blink. */
  async resize(part: Pick<CameraWishes, "width" | "height" | "fps">): Promise<void> {
    const source = this.#source;
    const wishes = { ...this.#store.get().wishes, ...part };
    if (this.#store.get().isOpening) return;
    this.#store.set({ wishes });
    if (source?.isCamera !== true) return;
    if (await source.adjust(wishes)) {
      this.#tellGiven();
      return;
    }
    if (this.#source !== source) return;
    await this.useCamera({
      ...part,
      ...(source.deviceId !== null && { deviceId: source.deviceId }),
    });
  }

  stop(): void {
    this.#source?.stop();
    this.#source = null;
    this.#again = null;
    this.#video.srcObject = null;
    this.#store.set({ source: null, given: null, most: null });
  }

  async #open(open: Open, wishes?: CameraWishes): Promise<void> {
    if (this.#store.get().isOpening) return;
    this.#store.set({ isOpening: true, trouble: null });
    const [before, again] = [this.#source, this.#again];
    try {
      if (!("RTCPeerConnection" in window)) throw new NoWebRtcError();
      // Before the new one is asked for: phones hand out one camera at a time.
      before?.stop();
      this.#source = null;
      await this.#take(await open(), before);
      this.#again = open;
      if (wishes !== undefined) this.#store.set({ wishes });
    } catch (error) {
      if (!(error instanceof CameraError || error instanceof NoWebRtcError)) throw error;
      if (await this.#goBack(error, again, before)) return;
      this.stop();
      this.#events.lost();
      const { code, message } = error;
      this.#store.set({ screen: "welcome", trouble: { code, message } });
    } finally {
      this.#store.set({ isOpening: false });
    }
  }

  /** What was asked for cannot be had: better the picture of before than none. */
  async #goBack(error: Error & Problem, again: Open | null, before: Source | null) {
    if (again === null || before?.isCamera !== true) return false;
    try {
      await this.#take(await again(), before);
    } catch {
      return false;
    }
    this.#again = again;
    this.#events.remark({ code: error.code, message: backWords(error.code, before.label) });
    return true;
  }

  async #take(source: Source, before: Source | null): Promise<void> {
    this.#source = source;
    if (source.isCamera) {
      this.#video.srcObject = source.stream;
      // A page in the background may not play yet; the picture comes when it is looked at.
      await this.#video.play().catch(() => undefined);
    }
    const { label, deviceId, facing, isCamera, most } = source;
    this.#store.set({
      screen: "stage",
      source: { label, deviceId, facing, isCamera },
      most,
      cameras: await listCameras(),
    });
    this.#tellGiven();
    const isSame = deviceId !== null && deviceId === before?.deviceId;
    this.#events.opened(source, isSame);
  }

  #tellGiven(): void {
    const given = this.#source?.given ?? null;
    const { width, height, fps } = this.#store.get().given ?? {};
    if (given?.width === width && given?.height === height && given?.fps === fps) return;
    this.#store.set({ given });
  }

  /** Plugged in, or pulled out. */
  async #devicesChanged(): Promise<void> {
    const before = this.#store.get().cameras;
    const cameras = await listCameras();
    if (idsOf(before) !== idsOf(cameras)) this.#store.set({ cameras });
    if (isBack(this.#store.get(), cameras)) await this.useCamera({});
  }
}

/** The camera that was pulled out is there again. */
function isBack({ session, source }: State, cameras: readonly MediaDeviceInfo[]): boolean {
  const isLost = session.kind === "failed" && session.code === "camera_ended";
  return isLost && cameras.some(({ deviceId }) => deviceId === source?.deviceId);
}

function idsOf(cameras: readonly MediaDeviceInfo[]): string {
  return cameras.map(({ deviceId, label }) => `${deviceId} ${label}`).join("\n");
}

class NoWebRtcError extends Error {
  readonly code = "no_webrtc";
}
