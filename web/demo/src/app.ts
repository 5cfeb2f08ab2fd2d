/** What can be done on the page. Views call these; the store says what came of it. */

import {
  CameraError,
  connect,
  fetchModels,
  listCameras,
  openCamera,
  openFile,
  type Overlay,
  type Session,
  type SessionEvent,
  type Source,
} from "rtseg";

import { type FrameEvent, Gauge } from "./figures.js";
import type { Params } from "./params.js";
import { installProbe } from "./probe.js";
import type { Store } from "./store.js";

/** So long may nobody be in the picture before the page says something. */
const EMPTY_MS = 2500;
const REMARK_MS = 6000;

export class App {
  readonly gauge = new Gauge();
  readonly #store: Store;
  readonly #params: Params;
  readonly #video: HTMLVideoElement;
  readonly #overlay: Overlay;
  readonly #probe = installProbe(() => this.#session, this.gauge.counters);
  #source: Source | null = null;
  #session: Session | null = null;
  #emptySince: number | null = null;
  #remarkTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, params: Params, video: HTMLVideoElement, overlay: Overlay) {
    this.#store = store;
    this.#params = params;
    this.#video = video;
    this.#overlay = overlay;
    overlay.onPaint((paint) => {
      this.gauge.painted(paint);
      this.#probe.painted(paint);
    });
  }

  async loadCatalogue(): Promise<void> {
    // Without it the page still works: the session asks for the server's default.
    const catalogue = await fetchModels(document.baseURI).catch(() => null);
    if (catalogue === null) return;
    const wanted = this.#store.get().wanted;
    const asked = catalogue.defaultPrompts.map((prompt) => prompt.text);
    this.#store.set({ catalogue, ...(wanted.length === 0 && { wanted: asked }) });
  }

  useCamera(deviceId?: string): Promise<void> {
    return this.#open(() =>
      openCamera({ ...this.#params.camera, ...(deviceId !== undefined && { deviceId }) }),
    );
  }

  useFile(file: File): Promise<void> {
    return this.#open(() => {
      this.#video.srcObject = null;
      return openFile(file, this.#video);
    });
  }

  /** Ask for what is in the list; for nothing, which pauses, if it is empty. */
  want(wanted: readonly string[]): void {
    this.#store.set({ wanted, isEmpty: false });
    this.#emptySince = null;
    if (wanted.length === 0) this.#overlay.clear();
    this.#sendPrompts();
  }

  toggleWanted(label: string): void {
    const { wanted } = this.#store.get();
    const without = wanted.filter((text) => text !== label);
    this.want(without.length < wanted.length ? without : [...wanted, label]);
  }

  /** While paused nothing of the camera leaves the page. */
  togglePause(): void {
    const isPaused = !this.#store.get().isPaused;
    if (this.#source === null) return;
    this.#store.set({ isPaused, isEmpty: false });
    if (isPaused) {
      this.#video.pause();
      this.#overlay.clear();
    } else void this.#video.play();
    for (const track of this.#source.stream.getTracks()) track.enabled = !isPaused;
    this.#sendPrompts();
  }

  /** Measure the server's stages, or no longer: it is a matter of the whole session. */
  toggleTiming(): void {
    this.#store.set({ isTiming: !this.#store.get().isTiming });
    if (this.#session !== null) this.#start();
  }

  toggleDetails(): void {
    this.#store.set({ isDetailed: !this.#store.get().isDetailed });
  }

  /** Try again what failed. */
  retry(): void {
    this.#session?.retry();
  }

  stop(): void {
    this.close();
    this.#source?.stop();
    this.#source = null;
    this.#video.srcObject = null;
    this.#store.set({
      screen: "welcome",
      source: null,
      trouble: null,
      remark: null,
      isPaused: false,
      isEmpty: false,
      session: { kind: "idle" },
    });
  }

  /** Say goodbye to the server. */
  close(): void {
    this.#session?.close();
    this.#session = null;
    this.#overlay.clear();
  }

  async #open(open: () => Promise<Source>): Promise<void> {
    const { isOpening } = this.#store.get();
    if (isOpening) return;
    this.#store.set({ isOpening: true, trouble: null });
    try {
      if (!("RTCPeerConnection" in window)) throw new NoWebRtcError();
      // Before the new one is asked for: phones hand out one camera at a time.
      this.#source?.stop();
      this.#source = null;
      const source = await open();
      this.#source = source;
      await this.#watchSource(source);
    } catch (error) {
      if (error instanceof CameraError || error instanceof NoWebRtcError) {
        this.close();
        this.#store.set({
          screen: "welcome",
          source: null,
          trouble: { code: error.code, message: error.message },
        });
      } else throw error;
    } finally {
      this.#store.set({ isOpening: false });
    }
  }

  async #watchSource(source: Source): Promise<void> {
    if (source.isCamera) {
      this.#video.srcObject = source.stream;
      // A page in the background may not play yet; the picture comes when it is looked at.
      await this.#video.play().catch(() => undefined);
    }
    // A camera that looks at you is a mirror; one that looks at the world is a window.
    const isSelfie = source.isCamera && source.facing !== "environment";
    this.#store.set({
      screen: "stage",
      isPaused: false,
      isMirrored: this.#params.mirror ?? isSelfie,
      source: { label: source.label, deviceId: source.deviceId },
      cameras: await listCameras(),
    });
    if (this.#session === null) this.#start();
    else this.#session.replaceStream(source.stream);
  }

  #start(): void {
    this.close();
    if (this.#source === null) return;
    const { wanted, isPaused, isTiming } = this.#store.get();
    const session = connect({
      stream: this.#source.stream,
      channel: this.#params.channel,
      timing: isTiming,
      ...(isPaused
        ? { prompts: [] }
        : wanted.length > 0 && { prompts: wanted.map((text) => ({ text })) }),
    });
    this.#session = session;
    this.#store.set({ session: session.state });
    session.subscribe((event) => {
      this.#probe.event(event);
      this.#hear(event);
    });
  }

  #hear(event: SessionEvent): void {
    switch (event.type) {
      case "state":
        if (event.state.kind === "live") this.gauge.counters.connects++;
        this.#emptySince = null;
        this.#store.set({ session: event.state, isEmpty: false });
        break;
      case "prompts":
        this.#store.set({ active: event.prompts });
        break;
      case "problem":
        this.gauge.counters.problems++;
        this.#remark(event.problem);
        break;
      case "clock":
        this.gauge.counters.packets++;
        break;
      case "frame":
        this.#frame(event);
        break;
    }
  }

  #frame(event: FrameEvent): void {
    const { isPaused, wanted, active, isEmpty } = this.#store.get();
    this.gauge.frame(event);
    if (isPaused || (wanted.length === 0 && active.length === 0)) return;
    this.#overlay.show(event.frame);
    const isVisible = event.frame.objects.some(({ rings }) => rings.length > 0);
    this.#emptySince = isVisible ? null : (this.#emptySince ?? event.arrivedAt);
    const nowEmpty = this.#emptySince !== null && event.arrivedAt - this.#emptySince > EMPTY_MS;
    if (nowEmpty !== isEmpty) this.#store.set({ isEmpty: nowEmpty });
  }

  #sendPrompts(): void {
    const { isPaused, wanted } = this.#store.get();
    this.#session?.setPrompts(isPaused ? [] : wanted.map((text) => ({ text })));
  }

  #remark(problem: { code: string; message: string }): void {
    clearTimeout(this.#remarkTimer);
    this.#store.set({ remark: problem });
    this.#remarkTimer = setTimeout(() => {
      this.#store.set({ remark: null });
    }, REMARK_MS);
  }
}

class NoWebRtcError extends Error {
  readonly code = "no_webrtc";
}
