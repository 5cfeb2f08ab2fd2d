/** Pictures: opened, turned as their EXIF says, and made fit to be sent. */

import { dataUri, type Size } from "rtseg";

/** The server decodes these by itself; anything else that a browser shows is sent as one of them. */
const SENT_AS_THEY_ARE = new Set(
  ["jpeg", "png", "webp", "gif", "avif", "bmp"].map((kind) => `image/${kind}`),
);
/** Above either, the picture is made smaller first: more than a model looks at, and slow to send. */
const MOST_BYTES = 8_000_000;
const LONGEST_SIDE_PX = 4096;
const JPEG_QUALITY = 0.92;

export interface Picture extends Size {
  /** Of the file, or of what was pasted. */
  readonly name: string;
  /** As it is shown, in its full size. */
  readonly bitmap: ImageBitmap;
  /** What is sent. Its width and height are the picture's own: places on it are fractions. */
  readonly uri: string;
  readonly mediaType: string;
  /** Of what is sent, in pixels. */
  readonly sent: Size;
  readonly sentBytes: number;
  /** What is sent is the file as it is. */
  readonly isOriginal: boolean;
}

/** A file that this browser cannot show. */
export class PictureError extends Error {
  override readonly name = "PictureError";
}

/**
 * Open a picture. The browser turns it as its EXIF says, and so does the server.
 *
 * @throws {PictureError} if this browser cannot read it.
 */
export async function openPicture(file: Blob, name: string): Promise<Picture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new PictureError(
      file.type === "" || file.type.startsWith("image/")
        ? `This browser cannot read ${name}. Intact JPEG, PNG and WebP files it can.`
        : `This is no picture: ${name} (${file.type}). Choose a JPEG, PNG or WebP.`,
    );
  }
  const { width, height } = bitmap;
  const isFit =
    SENT_AS_THEY_ARE.has(file.type) &&
    file.size <= MOST_BYTES &&
    Math.max(width, height) <= LONGEST_SIDE_PX;
  if (!isFit) {
    const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(width, height));
    return resized({ name, bitmap, width, height }, scale);
  }
  return {
    name,
    bitmap,
    width,
    height,
    uri: await dataUri(file),
    mediaType: file.type,
    sent: { width, height },
    sentBytes: file.size,
    isOriginal: true,
  };
}

/** The same picture, to be sent at half its size: for a server that will not have it larger. */
export function smaller(picture: Picture): Promise<Picture> {
  return resized(picture, (0.5 * picture.sent.width) / picture.width);
}

async function resized(
  { name, bitmap, width, height }: Pick<Picture, "name" | "bitmap" | "width" | "height">,
  scale: number,
): Promise<Picture> {
  const sent = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  const canvas = new OffscreenCanvas(sent.width, sent.height);
  const context = canvas.getContext("2d");
  if (context === null) throw new PictureError("This browser cannot make the picture smaller.");
  // What is transparent is white to the server as well.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, sent.width, sent.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, sent.width, sent.height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY });
  return {
    name,
    bitmap,
    width,
    height,
    uri: await dataUri(blob),
    mediaType: "image/jpeg",
    sent,
    sentBytes: blob.size,
    isOriginal: false,
  };
}

/** "photo" of "photo.jpg". */
export function stemOf(name: string): string {
  return name.replace(/\.[^.]+$/, "") || "picture";
}
