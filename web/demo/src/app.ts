/** What can be done on the page. Views call these; the store says what came of it. */

import {
  CameraError,
  connect,
  fetchModels,
  listCameras,
  openCamera,
  openFile,
  type Overlay,
  type Problem,
  type Session,
  type SessionEvent,
  type Source,
} from "rtseg";

import { type FrameEvent, Gauge } from "./figures.js";
import type { Toucher } from "./hands.js";
import { apiKey } from "./key.js";
import type { Params } from "./params.js";
import { installProbe } from "./probe.js";
import { isChosen, listOf, Prompting } from "./prompting.js";
import type { Store } from "./store.js";

/** So long may nobody be in the picture before the page says something. */
const EMPTY_MS = 2500;
const REMARK_MS = 6000;

export class App {
  readonly gauge = new Gauge();
  readonly prompting: Prompting;
  readonly #store: Store;
  readonly #params: Params;
  readonly #video: HTMLVideoElement;
  readonly #overlay: Overlay;
  readonly #probe = installProbe(
    () => this.#session,
    () => this.frameOnScreen,
    this.gauge.counters,
  );
  #source: Source | null = null;
  #session: Session | null = null;
  #emptySince: number | null = null;
  #remarkTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, params: Params, video: HTMLVideoElement, overlay: Overlay) {
    this.#store = store;
    this.#params = params;
    this.#video = video;
    this.#overlay = overlay;
    this.prompting = new Prompting(store, (prompts) => {
      this.#emptySince = null;
      if (prompts.length === 0) overlay.clear();
      this.#session?.setPrompts(prompts);
    });
    overlay.onPaint((paint) => {
      this.gauge.painted(paint);
      this.#probe.painted(paint);
    });
    overlay.onPresent((presentation) => {
      this.#probe.presented(presentation);
    });
  }

  async loadCatalogue(): Promise<void> {
    // Without it the page still works: the session asks for the server's default.
    const catalogue = await fetchModels(document.baseURI, undefined, apiKey()).catch(() => null);
    if (catalogue === null) return;
    const { list } = this.#store.get();
    this.#store.set({ catalogue });
    if (!isChosen(list)) this.#store.set({ list: listOf(catalogue.defaultPrompts) });
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

  /** The name of the camera frame that is on the screen; null if it cannot be known. */
  get frameOnScreen(): number | null {
    const { captureTime } = this.#overlay;
    const isShown = this.#source !== null && !this.#store.get().isPaused;
    return isShown && captureTime !== null ? (this.#session?.frameIdAt(captureTime) ?? null) : null;
  }

  /** For the hands on the picture. */
  get toucher(): Toucher {
    const frameOnScreen = () => this.frameOnScreen;
    return {
      get frame() {
        return frameOnScreen();
      },
      touch: (touch, frame, reach) =>
        this.prompting.touch(touch, frame, reach * (this.#overlay.frame?.width ?? 1)),
      draw: (box) => this.prompting.draw(box),
      point: (place) => {
        this.prompting.point(place);
      },
      hint: (message) => {
        this.remark({ code: "hint", message });
      },
    };
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
    if (isPaused) this.#session?.setPrompts([]);
    else this.prompting.renew();
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

  /** The server is asked again, with the key that this tab has now. */
  useKey(): void {
    void this.loadCatalogue();
    this.#start();
  }

  stop(): void {
    this.close();
    this.#source?.stop();
    this.#source = null;
    this.#video.srcObject = null;
    this.prompting.change({ kind: "forget-touches" });
    this.#store.set({
      screen: "welcome",
      source: null,
      trouble: null,
      remark: null,
      refusal: null,
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
    this.prompting.change({ kind: "forget-touches" });
    if (this.#session === null) this.#start();
    else this.#session.replaceStream(source.stream);
  }

  #start(): void {
    this.close();
    if (this.#source === null) return;
    this.prompting.renew();
    const { list, isPaused, isTiming } = this.#store.get();
    const { prompts } = this.prompting;
    const session = connect({
      stream: this.#source.stream,
      channel: this.#params.channel,
      timing: isTiming,
      apiKey: apiKey(),
      // An empty list would be a pause: what nobody chose is left out.
      ...((isPaused || isChosen(list)) && { prompts }),
    });
    this.#session = session;
    this.#store.set({ session: session.state });
    this.#overlay.follow(session);
    session.subscribe((event) => {
      this.#probe.event(event);
      this.#hear(event);
    });
  }

  #hear(event: SessionEvent): void {
    switch (event.type) {
      case "state":
        if (event.state.kind === "live") this.gauge.counters.connects++;
        if (event.state.kind === "connecting") this.prompting.renew();
        this.#emptySince = null;
        this.#store.set({ session: event.state, isEmpty: false, isStale: false });
        break;
      case "prompts":
        for (const double of this.prompting.answered(event)) {
          this.remark({ code: "hint", message: double });
        }
        break;
      case "stale":
        this.#store.set({ isStale: event.isStale });
        break;
      case "problem":
        this.gauge.counters.problems++;
        this.#problem(event.problem);
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
    const { isPaused, list, active, isEmpty } = this.#store.get();
    this.gauge.frame(event);
    if (isPaused || (list.prompts.length === 0 && active.length === 0)) return;
    this.prompting.frame(event.frame, event.arrivedAt);
    const isVisible = event.frame.objects.some(({ rings }) => rings.length > 0);
    this.#emptySince = isVisible ? null : (this.#emptySince ?? event.arrivedAt);
    const nowEmpty = this.#emptySince !== null && event.arrivedAt - this.#emptySince > EMPTY_MS;
    if (nowEmpty !== isEmpty) this.#store.set({ isEmpty: nowEmpty });
  }

  #problem(problem: Problem): void {
    const left = this.prompting.refuse(problem);
    if (left !== null) this.remark(left);
  }

  /** Say something for a moment. */
  remark(problem: Problem): void {
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
