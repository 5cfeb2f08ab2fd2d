/** A picture of what is on the screen, to keep. */

import { CaptureError, Composer } from "./compose.js";
import type { Overlay } from "./overlay.js";

/**
 * The camera's picture with all that is drawn over it, in the camera's own pixels, as a PNG. What
 * is cut out has nothing around it there: those pixels are transparent.
 *
 * @throws CaptureError when there is no picture yet, or the browser keeps it from the page.
 */
export async function snapshot(overlay: Pick<Overlay, "composition">): Promise<Blob> {
  const { composition } = overlay;
  if (composition === null) {
    throw new CaptureError("no_picture", "there is no picture yet: the camera has not started");
  }
  const composer = new Composer(composition.picture);
  composer.compose(composition);
  return new Promise((resolve, reject) => {
    const { width, height } = composer.canvas;
    const failed = (why: string) => {
      reject(new CaptureError("not_readable", `no PNG of ${width}×${height} pixels: ${why}`));
    };
    try {
      composer.canvas.toBlob((blob) => {
        if (blob === null) failed("the browser has not made one");
        else resolve(blob);
      }, "image/png");
    } catch (error) {
      // A video or a background of another origin that does not allow to be read.
      failed(error instanceof Error ? error.message : String(error));
    }
  });
}
