/** What the page knows. One object, replaced as a whole; whoever shows a part of it subscribes. */

import type {
  ActivePrompt,
  Background,
  CameraWishes,
  Catalogue,
  Effect,
  Fit,
  Given,
  Problem,
  PromptList,
  SessionState,
  Showing,
  Source,
} from "rtseg";

import type { Finding } from "./findings.js";
import type { Ailment } from "./health.js";

/** What the server will not outline, in its words. */
export interface Refusal extends Problem {
  /** What the person had written; empty for a touch. */
  readonly words: readonly string[];
}

/** What both pages know: the live one and the one for pictures. */
export interface Asked {
  readonly screen: "welcome" | "stage";
  /** The browser is asking for the camera, or a file is being opened. */
  readonly isOpening: boolean;
  /** Why there is no picture, or why the server does not answer. */
  readonly trouble: Problem | null;
  /** Something is wrong, or worth a word, and it goes on. */
  readonly remark: Problem | null;
  readonly catalogue: Catalogue | null;
  /** What the person asked for. */
  readonly list: PromptList;
  /** The prompt that touches are about. */
  readonly selected: string | null;
  /** The prompt that the pointer is over, in the picture or in the list. */
  readonly pointed: string | null;
  /** Touches say what does not belong to the selected object. */
  readonly isNegative: boolean;
  readonly refusal: Refusal | null;
}

export interface State extends Asked {
  readonly session: SessionState;
  /** What is drawn is older than it should be: packets were lost. */
  readonly isStale: boolean;
  /** What the server says that it outlines. */
  readonly active: readonly ActivePrompt[];
  /** What became of each prompt, by its id. */
  readonly found: ReadonlyMap<string, Finding>;
  readonly isPaused: boolean;
  /** Nothing that was asked for has been in the picture for a while. */
  readonly isEmpty: boolean;
  readonly effect: Effect;
  readonly background: Background;
  /** Names stand at the things themselves. */
  readonly hasLabels: boolean;
  readonly isMirrored: boolean;
  readonly fit: Fit;
  /** Width of the line, CSS pixels; null: the library's own. */
  readonly line: number | null;
  /** Which picture the outlines are laid over, as the person wants it. */
  readonly showing: Showing;
  readonly source: Pick<Source, "label" | "deviceId" | "facing" | "isCamera"> | null;
  readonly cameras: readonly MediaDeviceInfo[];
  /** What the person wants of the camera, what it gives, and the most that it has. */
  readonly wishes: CameraWishes;
  readonly given: Given | null;
  readonly most: Given | null;
  /** It runs, and not as it should. */
  readonly ailment: Ailment | null;
  readonly isDetailed: boolean;
}

export interface Store<S = State> {
  readonly get: () => S;
  readonly set: (part: Partial<S>) => void;
  /** Called now and after every change; returns a function that ends it. */
  readonly watch: (listener: (state: S, before: S | null) => void) => () => void;
}

export function createStore<S>(initial: S): Store<S> {
  let state = initial;
  const listeners = new Set<(state: S, before: S | null) => void>();
  return {
    get: () => state,
    set(part) {
      const before = state;
      state = { ...state, ...part };
      const now = state;
      for (const listener of [...listeners]) listener(now, before);
    },
    watch(listener) {
      listeners.add(listener);
      listener(state, null);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
