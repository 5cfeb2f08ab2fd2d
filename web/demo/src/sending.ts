/** What the browser says of the video that it sends. Pure: statistics in, figures out. */

export interface Sending {
  readonly roundTripMs: number | null;
  /** Of a frame, lately. */
  readonly compressMs: number | null;
  /** As it goes out, which a slow network or a slow machine may make smaller than it is. */
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly fps: number | null;
  /** Why it is smaller or slower than it should be. */
  readonly limit: "bandwidth" | "cpu" | null;
  /** Whether the camera's way to the server is open at all. */
  readonly isConnected: boolean;
  /** For the next call. */
  readonly totals: { readonly compressS: number; readonly frames: number };
}

type Entry = Readonly<Record<string, unknown>>;

export function readSending(report: Iterable<Entry>, before: Sending | null): Sending {
  const entries = [...report];
  const video = entries.find(({ type, kind }) => type === "outbound-rtp" && kind === "video");
  const pair = entries.find(
    ({ type, nominated, state }) =>
      type === "candidate-pair" && nominated === true && state === "succeeded",
  );
  const frames = number(video?.["framesEncoded"]) ?? 0;
  const compressS = number(video?.["totalEncodeTime"]) ?? 0;
  const since = before?.totals ?? { compressS: 0, frames: 0 };
  // Fewer than before: another connection.
  const [from, fromS] = frames < since.frames ? [0, 0] : [since.frames, since.compressS];
  const compressMs = frames > from ? (1000 * (compressS - fromS)) / (frames - from) : null;
  const width = number(video?.["frameWidth"]);
  const height = number(video?.["frameHeight"]);
  const roundTrip = number(pair?.["currentRoundTripTime"]);
  const reason = video?.["qualityLimitationReason"];
  return {
    roundTripMs: roundTrip === null ? null : 1000 * roundTrip,
    compressMs: compressMs ?? before?.compressMs ?? null,
    size: width !== null && height !== null ? { width, height } : null,
    fps: number(video?.["framesPerSecond"]),
    limit: reason === "bandwidth" || reason === "cpu" ? reason : null,
    isConnected: pair !== undefined,
    totals: { compressS, frames },
  };
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
