/**
 * `window.__rtseg`: what a benchmark or a test may see of the page. Described in web/README.md;
 * `rtseg bench live` relies on it.
 */

import type { FrameMessage, Paint, Presentation, Session, SessionEvent, SessionState } from "rtseg";

import type { Counters, FrameEvent } from "./figures.js";

export type ProbePacket =
  | {
      readonly kind: "frame";
      readonly frame: FrameMessage;
      readonly bytes: number;
      readonly arrivedAt: number;
      readonly capturedAt: number | null;
      /** When it was drawn; null if a newer one came before that. */
      readonly paintedAt: number | null;
    }
  | { readonly kind: "clock"; readonly rtp: number; readonly ntp: bigint }
  /** A picture is on the screen, or newer outlines are over it. */
  | ({
      readonly kind: "presented";
      /** `Probe.frameOnScreen`. */
      readonly frameOnScreen: number | null;
    } & Presentation);

export interface Probe {
  /** The newest frame message. */
  readonly latest: FrameMessage | null;
  readonly state: SessionState;
  readonly counters: Readonly<Counters>;
  /** The RTP timestamp of the camera frame that the video shows; null until the clock is known. */
  readonly frameOnScreen: number | null;
  /**
   * Called once for every packet, frames when they were painted or passed over; and for every
   * presentation.
   */
  subscribe(listener: (packet: ProbePacket) => void): () => void;
  /** The browser's statistics of the running connection. */
  getStats(): Promise<RTCStatsReport | null>;
}

declare global {
  interface Window {
    __rtseg?: Probe;
  }
}

export interface ProbeFeed {
  event(event: SessionEvent): void;
  painted(paint: Paint): void;
  presented(presentation: Presentation): void;
}

export function installProbe(
  session: () => Session | null,
  frameOnScreen: () => number | null,
  counters: Counters,
): ProbeFeed {
  const listeners = new Set<(packet: ProbePacket) => void>();
  let latest: FrameEvent | null = null;
  // A frame is passed over when the next one has come already: the newest is not enough.
  const unpainted = new WeakMap<FrameMessage, FrameEvent>();
  const tell = (packet: ProbePacket) => {
    for (const listener of [...listeners]) listener(packet);
  };

  window.__rtseg = {
    get latest() {
      return latest?.frame ?? null;
    },
    get state() {
      return session()?.state ?? { kind: "idle" };
    },
    counters,
    get frameOnScreen() {
      return frameOnScreen();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    getStats: () => session()?.getStats() ?? Promise.resolve(null),
  };

  return {
    event(event) {
      if (event.type === "clock") tell({ kind: "clock", rtp: event.rtp, ntp: event.ntp });
      else if (event.type === "frame") {
        latest = event;
        unpainted.set(event.frame, event);
      }
    },
    painted({ frame, at }) {
      const event = unpainted.get(frame);
      if (event === undefined) return;
      const { bytes, arrivedAt, capturedAt } = event;
      tell({ kind: "frame", frame, bytes, arrivedAt, capturedAt, paintedAt: at });
    },
    presented(presentation) {
      if (listeners.size === 0) return;
      tell({ kind: "presented", frameOnScreen: frameOnScreen(), ...presentation });
    },
  };
}
