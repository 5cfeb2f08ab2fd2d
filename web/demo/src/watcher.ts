/** Looks after a session that runs: asks the browser how it goes, and says when it does not. */

import type { Gauge } from "./figures.js";
import { Health, isBlack, type Vitals } from "./health.js";
import { readSending } from "./sending.js";
import type { Store } from "./store.js";

const LOOK_MS = 1000;
/** As many pixels as tell black from a picture. */
const PROBE = { width: 32, height: 18 } as const;

export interface Watched {
  readonly gauge: Gauge;
  readonly track: MediaStreamTrack | null;
  getStats(): Promise<RTCStatsReport | null>;
}

export function watcher(store: Store, video: HTMLVideoElement, watched: Watched): { stop(): void } {
  const health = new Health();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [PROBE.width, PROBE.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const hasFrames = "requestVideoFrameCallback" in video;

  const picture = (cameraFps: number): Vitals["picture"] => {
    if (watched.track?.muted === true) return "muted";
    // A picture that stands is told by no callback; where there are none, nobody knows.
    if (hasFrames && cameraFps === 0) return "frozen";
    if (context === null || video.videoWidth === 0) return "fine";
    context.drawImage(video, 0, 0, PROBE.width, PROBE.height);
    return isBlack(context.getImageData(0, 0, PROBE.width, PROBE.height).data) ? "black" : "fine";
  };
  const isWatched = () => {
    const { session, isPaused, screen, list, active } = store.get();
    const isAsked = list.prompts.length > 0 || active.length > 0;
    return (
      session.kind === "live" && !isPaused && screen === "stage" && isAsked && !document.hidden
    );
  };
  const look = async () => {
    const report = await watched.getStats().catch(() => null);
    // A report is a map by its standard, which its type does not say.
    const entries = report === null ? [] : [...report.values()];
    const { gauge } = watched;
    gauge.sending = report === null ? null : readSending(entries as Entries, gauge.sending);
    if (!isWatched()) {
      health.forget();
      tell(null);
      return;
    }
    const now = performance.now();
    const { cameraFps, maskFps } = gauge.read(now);
    const { given, isStale } = store.get();
    const { size: sent = null, fps: sentFps = null, limit = null } = gauge.sending ?? {};
    const vitals = { cameraFps, maskFps, sentFps, given, sent, limit, isStale };
    tell(health.look(now, { ...vitals, picture: picture(cameraFps) }));
  };
  const tell = (ailment: ReturnType<Health["look"]>) => {
    // Figures that move by a little are no news.
    if (ailment?.kind !== store.get().ailment?.kind) store.set({ ailment });
  };
  // The browser may have stopped the picture while nobody looked: everything begins anew.
  const shown = () => {
    health.forget();
  };
  document.addEventListener("visibilitychange", shown);
  const timer = setInterval(() => void look(), LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", shown);
    },
  };
}

type Entries = Parameters<typeof readSending>[0];
