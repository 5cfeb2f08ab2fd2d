import type { FrameMessage, Outline, OutlineRing } from "./messages.js";

/**
 * Whether a frame says nothing but what the one on show says: its packet has come twice.
 *
 * A server that loses many packets sends each of them again (docs/wire.md). The frame_id alone does
 * not tell: a camera may give it to two pictures, and the parts of a frame share it. A part that
 * comes twice the decoder calls late.
 */
export function isRepeat(frame: FrameMessage, shown: FrameMessage | null): boolean {
  return (
    shown !== null &&
    frame.frameId === shown.frameId &&
    shown.isWhole &&
    frame.width === shown.width &&
    frame.height === shown.height &&
    isSame(frame.objects, shown.objects, isSameOutline)
  );
}

function isSameOutline(one: Outline, other: Outline): boolean {
  return (
    one.trackId === other.trackId &&
    one.score === other.score &&
    one.ageMs === other.ageMs &&
    one.label === other.label &&
    one.standing?.state === other.standing?.state &&
    one.standing?.confidence === other.standing?.confidence &&
    one.stage === other.stage &&
    one.frameId === other.frameId &&
    isSame(one.rings, other.rings, isSameRing)
  );
}

function isSameRing(one: OutlineRing, other: OutlineRing): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}

function isSame<T>(ones: readonly T[], others: readonly T[], is: (a: T, b: T) => boolean): boolean {
  if (ones.length !== others.length) return false;
  return ones.every((one, at) => {
    const other = others[at];
    return other !== undefined && is(one, other);
  });
}
