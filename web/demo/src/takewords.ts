/** What the page says of pictures and videos that were taken, and what their files are called. */

import type { CaptureError, Clip } from "rtseg";

export const TAKE_WORDS = {
  saved: "Picture saved.",
  copied: "Picture copied.",
  noClipboard:
    "This browser copies no pictures here: it needs https or localhost. Save the picture instead.",
  refused: "The browser did not allow that. Save the picture instead.",
} as const;

/** `rtseg-2026-11-21-21-46-05.png`: in order of time wherever files are listed, and local time. */
export function fileName(at: Date, suffix: string): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())];
  const time = [two(at.getHours()), two(at.getMinutes()), two(at.getSeconds())];
  return `rtseg-${[...day, ...time].join("-")}.${suffix}`;
}

/** 0:07, 12:30, 1:02:03. */
export function durationWords(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  const rest = `${hours > 0 ? two(minutes) : minutes}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

export function sizeWords(bytes: number): string {
  const megabytes = bytes / 1e6;
  return `${megabytes < 10 ? megabytes.toFixed(1) : Math.round(megabytes)} MB`;
}

export function endWords({ why, durationMs, blob }: Clip): string {
  const what = `${durationWords(durationMs)}, ${sizeWords(blob.size)}`;
  switch (why) {
    case "stopped":
      return `Recording saved: ${what}.`;
    case "camera":
      return `The camera went away. What was recorded is saved: ${what}.`;
    case "full":
      return `The recording is as large as it may be, and is saved: ${what}. Start another one.`;
    case "failed":
      return `The browser stopped recording. What there is is saved: ${what}.`;
  }
}

export function troubleWords({ code, message }: Pick<CaptureError, "code" | "message">): string {
  switch (code) {
    case "no_picture":
      return "There is no picture yet: start the camera first.";
    case "not_readable":
      return `The browser makes no picture of this: ${message}.`;
    case "no_recorder":
      return "This browser cannot record. Any current Chrome, Edge, Firefox or Safari can.";
    case "no_format":
      return "This browser records no video format that rtseg knows.";
    case "recorder_failed":
      return `The browser could not start to record: ${message}.`;
    case "empty":
      return "Nothing was recorded: no picture came while it ran.";
  }
}
