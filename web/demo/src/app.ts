/** What can be done on the page. Views call these; the store says what came of it. */

import {
  type CameraWishes,
  connect,
  fetchModels,
  type Overlay,
  type Problem,
  type Session,
  type SessionEvent,
  type Source,
} from "rtseg";

import { type FrameEvent, Gauge } from "./figures.js";
import type { Shown } from "./gap.js";
import { apiKey } from "./key.js";
import type { Params } from "./params.js";
import { Presented } from "./presented.js";
import { installProbe } from "./probe.js";
import { isChosen, listOf, Prompting } from "./prompting.js";
import { Sources } from "./sources.js";
import type { Store } from "./store.js";
import { watcher } from "./watcher.js";
import { unknownWords } from "./words.js";

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
  readonly #sources: Sources;
  readonly #presented = new Presented();
  #session: Session | null = null;
  #emptySince: number | null = null;
  #hasGreeted = false;
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
    this.#sources = new Sources(store, video, {
      opened: (source, isSame) => {
        this.#opened(source, isSame);
      },
      lost: () => {
        this.close();
      },
      remark: (problem) => {
        this.remark(problem);
      },
    });
    const track = () => this.#sources.current?.stream.getVideoTracks()[0] ?? null;
    watcher(store, video, {
      gauge: this.gauge,
      get track() {
        return track();
      },
      getStats: () => this.#session?.getStats() ?? Promise.resolve(null),
    });
    overlay.onPaint((paint) => {
      this.gauge.painted(paint, this.#presented.heldMs);
      this.#probe.painted(paint);
    });
    overlay.onPresent((presentation) => {
      this.#presented.add(presentation);
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

  useCamera(wishes?: CameraWishes): Promise<void> {
    return this.#sources.useCamera(wishes);
  }

  useFile(file: File): Promise<void> {
    return this.#sources.useFile(file);
  }

  /** Another size or rate of the camera that is in use. */
  resize(wishes: Pick<CameraWishes, "width" | "height" | "fps">): Promise<void> {
    return this.#sources.resize(wishes);
  }

  /** The name of the camera frame that is on the screen; null if it cannot be known. */
  get frameOnScreen(): number | null {
    const { captureTime } = this.#overlay;
    const isShown = this.#sources.current !== null && !this.#store.get().isPaused;
    return isShown && captureTime !== null ? (this.#session?.frameIdAt(captureTime) ?? null) : null;
  }

  /** How far apart picture and outline are. */
  presented(now: number): Shown {
    return this.#presented.read(now, this.#store.get().showing);
  }

  /** While paused nothing of the camera leaves the page. */
  togglePause(): void {
    const isPaused = !this.#store.get().isPaused;
    const source = this.#sources.current;
    if (source === null) return;
    this.#store.set({ isPaused, isEmpty: false });
    if (isPaused) {
      this.#video.pause();
      this.#overlay.clear();
    } else void this.#video.play();
    for (const track of source.stream.getTracks()) track.enabled = !isPaused;
    if (isPaused) this.#session?.setPrompts([]);
    else this.prompting.renew();
  }

  /** Live, or in step. */
  toggleShowing(): void {
    this.#store.set({ showing: this.#store.get().showing === "live" ? "in step" : "live" });
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
    this.#sources.stop();
    this.prompting.change({ kind: "forget-touches" });
    this.#store.set({
      screen: "welcome",
      trouble: null,
      ailment: null,
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

  #opened(source: Source, isSame: boolean): void {
    // A camera that looks at you is a mirror; one that looks at the world is a window.
    const isSelfie = source.isCamera && source.facing !== "environment";
    const wasPaused = this.#store.get().isPaused;
    this.#store.set({
      isPaused: false,
      ...(!isSame && { isMirrored: this.#params.mirror ?? isSelfie }),
    });
    // What was touched is in another camera's picture no more; in the same one it still is.
    if (!isSame) this.prompting.change({ kind: "forget-touches" });
    if (this.#session === null) this.#start();
    else this.#session.replaceStream(source.stream);
    // The server was told to outline nothing.
    if (wasPaused) this.prompting.renew();
    if (!this.#hasGreeted && this.#params.unknown.length > 0) {
      this.remark({ code: "hint", message: unknownWords(this.#params.unknown) });
    }
    this.#hasGreeted = true;
  }

  #start(): void {
    this.close();
    const source = this.#sources.current;
    if (source === null) return;
    this.prompting.renew();
    const { list, isPaused } = this.#store.get();
    const { prompts } = this.prompting;
    const session = connect({
      stream: source.stream,
      channel: this.#params.channel,
      timing: this.#params.timing,
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
        if (event.state.kind === "live") this.gauge.connected();
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
