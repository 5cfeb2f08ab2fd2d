/**
 * Colours for objects, in the order in which they are given out. All are light and saturated: over
 * a dark halo they stand out from any picture, on a dark page and on a light one. Neighbours
 * differ in hue and in lightness, so that they also differ to eyes that confuse red and green.
 */
const COLOURS = [
  "#d6ff3d", // lime
  "#4dd8ff", // sky
  "#ff7a59", // coral
  "#c79bff", // lilac
  "#ffd23f", // amber
  "#3df5b0", // mint
  "#ff8fd0", // pink
  "#7fa8ff", // blue
] as const;

/** The colour of an object; it keeps it for life. */
export function colourOf(trackId: number): string {
  return COLOURS[Math.max(0, trackId - 1) % COLOURS.length] ?? COLOURS[0];
}
