/** What the page says when something is in the way: what it is, and what to do about it. */

import type { NamedPrompt, Problem } from "rtseg";

import { keyWords } from "./key.js";
import type { Finding } from "./findings.js";
import type { Refusal } from "./store.js";

export type Way = "again" | "camera" | "file";

export interface Notice {
  readonly title: string;
  readonly body: string;
  /** To be typed where the server runs. */
  readonly command?: string;
  /** The way on is an API key. */
  readonly wantsKey?: boolean;
  readonly actions: readonly Way[];
}

export function notice(problem: Problem): Notice {
  switch (problem.code) {
    case "camera_refused":
      return {
        title: "The camera is blocked for this page",
        body: "Allow it from the camera or lock sign in the address bar, then try again. If there is no such sign, the system’s own privacy settings may be keeping the browser out.",
        actions: ["camera", "file"],
      };
    case "no_camera":
      return {
        title: "No camera found",
        body: "Plug one in and try again, or show rtseg a video file instead.",
        actions: ["file", "camera"],
      };
    case "camera_busy":
      return {
        title: "The camera is busy",
        body: "Another program or tab is using it. Close that one, then try again.",
        actions: ["camera", "file"],
      };
    case "camera_gone":
      return {
        title: "That camera is not there any more",
        body: "It was unplugged, or it has another name now. Plug it in, or take another one.",
        actions: ["camera", "file"],
      };
    case "camera_failed":
      return {
        title: "The camera does not start",
        body: `The browser says: ${sentence(problem.message)} Unplug it and plug it in again, or close what else may use it.`,
        actions: ["camera", "file"],
      };
    case "insecure_context":
      return {
        title: "The camera needs a secure address",
        body: `Browsers only hand out the camera on https or on localhost, and this page came from ${location.origin}. Open it on the machine that runs rtseg, or put https in front. A video file works from here.`,
        actions: ["file"],
      };
    case "camera_ended":
      return {
        title: "The camera stopped",
        body: "It was unplugged, or another program took it.",
        actions: ["camera", "file"],
      };
    case "no_capture_stream":
      return {
        title: "This browser cannot stream a video file",
        body: "Chrome, Edge and other Chromium browsers can. The camera works in this one too.",
        actions: ["camera"],
      };
    case "file_unreadable":
      return {
        title: "This file does not play here",
        body: "Browsers play MP4 (H.264), WebM and, some of them, MOV. Try another one.",
        actions: ["file", "camera"],
      };
    case "no_webrtc":
      return {
        title: "This browser has no WebRTC",
        body: "rtseg sends your camera over WebRTC. Any current Chrome, Edge, Firefox or Safari has it; a privacy setting or an extension may have turned it off.",
        actions: [],
      };
    case "model_missing": {
      const command = commandIn(problem.message);
      return {
        title: "The model is not on the server yet",
        body:
          command === null
            ? problem.message
            : "Run this where the server runs. The page goes on by itself as soon as the model is there.",
        ...(command !== null && { command }),
        actions: ["again"],
      };
    }
    case "missing_api_key":
    case "invalid_api_key":
      return { ...keyWords(), wantsKey: true, actions: [] };
    case "no_media":
      return {
        title: "The network keeps the camera’s picture out",
        body: `This page reaches ${location.host}, but its video does not: that takes UDP. Let UDP through to the server, in its firewall, in a container’s ports and in a VPN; the server’s setting transport.ports says through which ports. The page goes on by itself as soon as it gets through.`,
        actions: ["again"],
      };
    case "bad_answer":
      return {
        title: "That is not an rtseg server",
        body: `${sentence(problem.message)} If something stands in front of the server, it has to pass on /v1 too.`,
        actions: ["again"],
      };
    case "server_unreachable":
      return { title: "The server does not answer", body: problem.message, actions: ["again"] };
    case "picture_unreadable":
      return { title: "This file does not open here", body: problem.message, actions: ["file"] };
    case "unknown_prompt":
      return { title: "Nothing here can outline that", body: problem.message, actions: ["again"] };
    case "too_many_sessions":
      return {
        title: "The server is full",
        body: "It outlines as many cameras as it can. This page takes the next free place.",
        actions: ["again"],
      };
    default:
      return { title: "Something is in the way", body: problem.message, actions: ["again"] };
  }
}

/** Another camera was asked for, cannot be had, and the one before goes on. */
export function backWords(code: string, label: string): string {
  const why: Readonly<Record<string, string>> = {
    camera_refused: "That camera is blocked for this page.",
    camera_busy: "That camera is in use by another program or tab.",
    camera_gone: "That camera is not there any more.",
    no_camera: "That camera is not there any more.",
    no_capture_stream: "This browser cannot stream a video file.",
    file_unreadable: "This file does not play here.",
  };
  return `${why[code] ?? "That camera does not start."} Back to ${label || "the one before"}.`;
}

/** What an address asks for that this page makes nothing of. */
export function unknownWords(unknown: readonly string[]): string {
  const said = unknown.map((one) => `“${one.length > 40 ? `${one.slice(0, 39)}…` : one}”`);
  const last = said.pop() ?? "";
  const all = said.length === 0 ? last : `${said.join(", ")} and ${last}`;
  return `This page does not know ${all} in its address. The rest holds.`;
}

/** The server's message names the exact command; it is the part that is worth copying. */
export function commandIn(message: string): string | null {
  return /(?:\bpip install \S+ && )?\brtseg models pull [\w.-]*\w/.exec(message)?.[0] ?? null;
}

/** A message that ends in a command, for where the command stands below it. */
export function withoutCommand(message: string, command: string | null): string {
  const end = `get it with: ${command ?? ""}`;
  return command !== null && message.endsWith(end) ? message.slice(0, -end.length).trim() : message;
}

/** The server's messages are clauses; here they stand beside sentences. */
export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…:]$/.test(text) ? text : `${text}.`;
}

/**
 * Which of the prompts a refusal is about: the server quotes the words that it does not know. All
 * of them if it quotes none, for the list was refused as a whole.
 */
export function refusedIn(message: string, prompts: readonly NamedPrompt[]): NamedPrompt[] {
  const quoted = prompts.filter(
    ({ text }) =>
      text && [`'${text}'`, `"${text}"`, `“${text}”`].some((one) => message.includes(one)),
  );
  return quoted.length > 0 ? quoted : [...prompts];
}

/** A refusal's headline. */
export function refusalTitle({ code, words }: Refusal): string {
  const what =
    words.length > 0 ? words.map((word) => `“${word}”`).join(" or ") : "what you touched";
  switch (code) {
    case "model_missing":
    case "model_corrupt":
      return `The model for ${what} is not on the server yet`;
    case "invalid_request":
    case "bad_message":
      return "The server does not take that";
    default:
      return `Nothing here can outline ${what}`;
  }
}

/** Where the server's tracker begins to doubt an outline, and where it trusts it again. */
const DOUBTFUL = 0.5;
const SURE = 0.6;

export const TOUCH_WORDS = {
  nothingThere: "Nothing was found there. Touch it again, or draw a box around it.",
  nothingBetter: "Nothing better was found with that touch; the outline stays as it was.",
  lost: "If you see it, touch it again.",
  negativeBesideAll: "Touch a thing first; then say what does not belong to it.",
  negativeOnWords: (text: string) =>
    `“${text}” outlines every one of them. Touch a thing to follow and correct only that.`,
  picture:
    "The picture. Arrow keys move a pointer, Enter outlines what is under it, Shift and Enter says what does not belong.",
} as const;

/** Two words were said for one thing. */
export function doubleWords(said: string, before: string): string {
  return `“${said}” and “${before}” are the same to the model: one outline for both.`;
}

/** For a chip, short. */
export function findingWords({ kind, objects }: Finding): string {
  switch (kind) {
    case "looking":
      return "looking…";
    case "found":
      return objects.length > 1 ? `${objects.length} in view` : "in view";
    case "uncertain":
      return "not sure";
    case "again":
      return "back in view";
    case "lost":
      return "out of sight";
    case "away":
      return "not in view";
  }
}

/**
 * How much of the outline is right, for a chip. The server tells a state at once and a confidence
 * in steps: for a moment the number may be that of the state before, and then it is not said.
 */
export function confidenceWords({ kind, confidence }: Finding): string {
  if (confidence === null) return "";
  const fits =
    (kind === "found" && confidence >= DOUBTFUL) || (kind === "uncertain" && confidence < SURE);
  return fits ? ` · ${Math.round(100 * confidence)} %` : "";
}

/** The same at length: what a chip says when it is pointed at, and what a screen reader hears. */
export function findingSentence({ kind, confidence }: Finding): string {
  const estimate =
    confidence === null
      ? ""
      : ` About ${Math.round(100 * confidence)} % of the outline is right, as far as can be told.`;
  switch (kind) {
    case "looking":
      return "It is being looked for.";
    case "found":
      return `It is in view.${estimate}`;
    case "uncertain":
      return `It is in view, but its outline may be wrong.${estimate}`;
    case "again":
      return `It was out of sight, and is found again.${estimate}`;
    case "lost":
      return "It is out of sight: it has left the picture, or something hides it.";
    case "away":
      return "It is not in view.";
  }
}

export const EFFECT_WORDS = {
  outline: { name: "Outline", tip: "A line around it" },
  fill: { name: "Fill", tip: "Tinted in its colour" },
  glow: { name: "Glow", tip: "A line of light around it" },
  spotlight: { name: "Spotlight", tip: "Everything else goes dark" },
  cutout: { name: "Cut out", tip: "Nothing else stays" },
  blur: { name: "Blur", tip: "Everything else goes soft" },
  replace: { name: "Replace", tip: "Another background" },
} as const;
