/** What is said when a session runs and does not run well, and what helps. */

import type { CameraWishes } from "rtseg";

import type { Ailment, Size } from "./health.js";

export interface Advice {
  readonly text: string;
  /** Wishes of the camera that would help. */
  readonly help?: { readonly text: string; readonly wishes: CameraWishes };
}

const SMALLER = { width: 640, height: 360 } as const;

export function advice(ailment: Ailment, given: Size | null): Advice {
  switch (ailment.kind) {
    case "muted":
      return {
        text: "The system holds the camera back: a privacy switch, another app, or sleep. It goes on by itself.",
      };
    case "frozen":
      return { text: "The camera sends no new pictures. If it stays so, pick it once more below." };
    case "black":
      return { text: "The picture is black. Is the lens covered, or the camera’s shutter closed?" };
    case "stale":
      return { text: "The network loses packets: the outlines wait for one that is whole." };
    case "small": {
      const { sent, given: camera, isCpu } = ailment;
      const why = isCpu ? "This machine is busy" : "The network is slow";
      const sizes = `${sent.width} × ${sent.height} in place of ${camera.width} × ${camera.height}`;
      return { text: `${why}: the picture goes out at ${sizes}, and outlines are coarser.` };
    }
    case "slow": {
      const { where, maskFps, cameraFps } = ailment;
      const who = where === "here" ? "This machine" : "The server";
      const rate = `about ${maskFps.toFixed(0)} of ${cameraFps.toFixed(0)} frames a second`;
      const text = `${who} keeps up with ${rate}.`;
      const isLarge = given !== null && given.width * given.height > SMALLER.width * SMALLER.height;
      if (!isLarge) return { text: `${text} Fewer things to outline, or a lower rate, help.` };
      return { text, help: { text: "Use a smaller picture", wishes: SMALLER } };
    }
  }
}
