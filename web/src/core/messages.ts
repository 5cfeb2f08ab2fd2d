/** What packets of docs/wire.md say. */

/**
 * One closed ring as x, y, x, y … on the lattice of pixel edges. Frames are at most 65535 pixels
 * wide and high, so that sixteen bits hold every vertex exactly.
 */
export type WireRing = Uint16Array;

/** One closed ring as it is drawn: as the wire told it, or moved on between the edges of pixels. */
export type OutlineRing = WireRing | Float32Array;

/**
 * How much is known of where an object is: a box around it, an outline that finer vertices will
 * follow, or one of the fidelity that the server promises.
 */
export type Stage = "box" | "coarse" | "fine";

/**
 * How the server's tracker stands with an object in the message's frame: told of it just now; sure
 * enough; the outline may be wrong; out of view or hidden, and so without an outline; told of it
 * again after it was lost.
 */
export type TrackState = "found" | "followed" | "uncertain" | "lost" | "found again";

/** How far an outline can be trusted. */
export interface Standing {
  readonly state: TrackState;
  /** The tracker's estimate of how much of the outline is right, 0 … 1: its IoU with the truth. */
  readonly confidence: number;
}

export interface Outline {
  /**
   * The object, for the life of the session. Identity is kept on the full 64 bits inside the
   * decoder; this is its value as a number, rounded above 2⁵³. Servers count from 1.
   */
  readonly trackId: number;
  /** How sure the model was of the object when it last saw it, 0 … 1. */
  readonly score: number;
  /** What the tracker makes of it since; null where the server does not say. */
  readonly standing: Standing | null;
  /**
   * Capture time of the outline's frame minus that of the frame in which the model last saw the
   * object.
   */
  readonly ageMs: number;
  readonly label: string | null;
  readonly stage: Stage;
  /**
   * RTP timestamp of the camera frame that this outline is right for: that of the message, or an
   * older one where a part of the message's frame is still missing.
   */
  readonly frameId: number;
  /** Outer rings counter-clockwise as seen on the screen, holes clockwise. None: not visible. */
  readonly rings: readonly OutlineRing[];
}

/** An outline as the wire told it. */
export interface WireOutline extends Outline {
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

/** What is to be drawn from now on. */
export interface FrameMessage {
  readonly kind: "frame";
  /** RTP timestamp of the newest camera frame of which anything came. */
  readonly frameId: number;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly Outline[];
  /** False as long as parts of the frame are missing: some objects may be of older ones. */
  readonly isWhole: boolean;
  readonly timing: FrameTiming | null;
}

/** A frame, or a part of one, that is older than what is drawn: nothing changes there. */
export interface LateMessage {
  readonly kind: "late";
  readonly frameId: number;
}

/**
 * A frame that says what changed since one that never came: what is drawn stays the last that was
 * right, until a later frame can be decoded.
 */
export interface StaleMessage {
  readonly kind: "stale";
  readonly frameId: number;
  readonly baseId: number;
}

export interface ClockMessage {
  readonly kind: "clock";
  readonly rtp: number;
  /** 32.32 fixed-point seconds since 1900. */
  readonly ntp: bigint;
}

/** A reader has this frame. */
export interface AckMessage {
  readonly kind: "ack";
  readonly frameId: number;
}

/** A packet of a kind that a later server may send and that this decoder steps over. */
export interface UnknownMessage {
  readonly kind: "unknown";
  readonly packetKind: number;
}

export type Message =
  FrameMessage | LateMessage | StaleMessage | ClockMessage | AckMessage | UnknownMessage;
