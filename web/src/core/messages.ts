/** What packets of docs/wire.md say. */

/**
 * One closed ring as x, y, x, y … on the lattice of pixel edges. Frames are at most 65535 pixels
 * wide and high, so that sixteen bits hold every vertex exactly.
 */
export type WireRing = Uint16Array;

export interface Outline {
  /**
   * The object, for the life of the session. Identity is kept on the full 64 bits inside the
   * decoder; this is its value as a number, rounded above 2⁵³. Servers count from 1.
   */
  readonly trackId: number;
  /** Confidence, 0 … 1. */
  readonly score: number;
  /** Capture time of this frame minus that of the frame in which the model last saw the object. */
  readonly ageMs: number;
  readonly label: string | null;
  /** Outer rings counter-clockwise as seen on the screen, holes clockwise. None: not visible. */
  readonly rings: readonly WireRing[];
}

/** What the server did with a frame, in microseconds; `handedUs` is Unix time. */
export interface FrameTiming {
  readonly handedUs: number;
  readonly decodeUs: number;
  readonly waitUs: number;
  readonly trackUs: number;
  readonly pathUs: number;
  readonly encodeUs: number;
  readonly modelUs: number;
}

export interface FrameMessage {
  readonly kind: "frame";
  /** RTP timestamp of the camera frame that these outlines are right for. */
  readonly frameId: number;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly Outline[];
  readonly timing: FrameTiming | null;
}

export interface ClockMessage {
  readonly kind: "clock";
  readonly rtp: number;
  /** 32.32 fixed-point seconds since 1900. */
  readonly ntp: bigint;
}

/** A packet of a kind that a later server may send and that this decoder steps over. */
export interface UnknownMessage {
  readonly kind: "unknown";
  readonly packetKind: number;
}

/**
 * A frame that says what changed since another one than the latest: what is drawn stays the last that was
 * right, until a later frame can be decoded.
 */
export interface StaleMessage {
  readonly kind: "stale";
  readonly frameId: number;
  readonly baseId: number;
}

export type Message = FrameMessage | StaleMessage | ClockMessage | UnknownMessage;
