/** Single images: asked for over HTTP, answered while they are worked on. */

import type { Box } from "../core/path.js";
import {
  parseSegmentation,
  parseSegmentMessage,
  segmentBody,
  type Segmentation,
  type SegmentMessage,
  type SegmentRequest,
} from "../core/segment.js";
import { EventReader } from "../core/sse.js";
import { keyHeader, send, ServerError } from "./http.js";

export interface ImageClientOptions {
  /** Where the server is; the page's own by default. */
  readonly server?: string | URL;
  /** Where the server wants one. */
  readonly apiKey?: string | undefined;
}

/** What is known so far. */
export type ImageProgress =
  | { readonly type: "box"; readonly bbox: Box }
  /** All of the coarse path that has come; it may end in the middle of a number. */
  | { readonly type: "path"; readonly path: string; readonly bbox: Box }
  | { readonly type: "final"; readonly segmentation: Segmentation };

export interface Download {
  readonly blob: Blob;
  /** As the server calls it; null if it does not say. */
  readonly name: string | null;
}

interface Options {
  readonly signal?: AbortSignal;
}

/**
 * A server's image API.
 *
 * A picture is the bytes of an image file, an https address, or a data URI; that is also the
 * quickest where the same picture is asked about again.
 */
export class ImageClient {
  readonly #url: URL;
  readonly #headers: Record<string, string>;

  constructor({ server, apiKey }: ImageClientOptions = {}) {
    // Where there is no document there is no server of its own, and one has to be named.
    const home = typeof document === "undefined" ? undefined : document.baseURI;
    this.#url = new URL("v1/segment", new URL(server ?? ".", home));
    this.#headers = { "content-type": "application/json", ...keyHeader(apiKey) };
  }

  /**
   * Outline something, and hear of it while it is done: its box, its coarse path, and the answer,
   * which is always the last. What is not there is answered with no instances.
   *
   * @throws {ServerError} if the server said no, or nothing, or fell silent half way.
   */
  async *stream(
    image: Blob | string,
    request: SegmentRequest,
    { signal }: Options = {},
  ): AsyncGenerator<ImageProgress, void, undefined> {
    const response = await this.#post(image, { ...segmentBody(request), stream: true }, signal);
    let bbox: Box | null = null;
    let path = "";
    for await (const message of messages(response, signal)) {
      switch (message.type) {
        case "bbox":
          bbox = message.bbox;
          yield { type: "box", bbox };
          break;
        case "path_delta":
          path += message.chunk;
          if (bbox !== null) yield { type: "path", path, bbox };
          break;
        case "final":
          yield message;
          return;
        case "error":
          throw new ServerError(message.problem);
        case "unknown":
          break;
      }
    }
    throw new ServerError({
      code: "stream_ended",
      message: "The server's answer ended before it was whole. Try it again.",
    });
  }

  /**
   * Outline something, and get all of it at once.
   *
   * @throws {ServerError} if the server said no, or nothing.
   */
  async segment(
    image: Blob | string,
    request: SegmentRequest,
    { signal }: Options = {},
  ): Promise<Segmentation> {
    const response = await this.#post(image, { ...segmentBody(request), stream: false }, signal);
    return parseSegmentation(await response.json());
  }

  /**
   * What was asked for as a file: "svg", "coco" …; docs/images.md lists the formats.
   *
   * @throws {ServerError} if the server said no, or nothing.
   */
  async export(
    image: Blob | string,
    request: SegmentRequest,
    format: string,
    { signal }: Options = {},
  ): Promise<Download> {
    const body = { ...segmentBody(request), stream: false, format };
    const response = await this.#post(image, body, signal);
    const says = response.headers.get("content-disposition") ?? "";
    const name = /filename="?([^";]+)"?/.exec(says)?.[1] ?? null;
    return { blob: await response.blob(), name };
  }

  async #post(image: Blob | string, body: object, signal?: AbortSignal): Promise<Response> {
    const url = typeof image === "string" ? image : await dataUri(image);
    return send(this.#url, {
      method: "POST",
      headers: this.#headers,
      body: JSON.stringify({ image_url: url, ...body }),
      signal: signal ?? null,
    });
  }
}

/** One picture, one question, one answer. */
export function segmentImage(
  image: Blob | string,
  request: SegmentRequest,
  options: ImageClientOptions & Options = {},
): Promise<Segmentation> {
  return new ImageClient(options).segment(image, request, options);
}

async function* messages(
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<SegmentMessage, void, undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  const events = new EventReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const data of events.push(decoder.decode(value, { stream: true }))) {
        if (data !== "[DONE]") yield parseSegmentMessage(data);
      }
    }
  } catch (error) {
    if (signal?.aborted || !(error instanceof TypeError)) throw error;
    throw new ServerError({
      code: "server_unreachable",
      message: "The connection to the server broke off half way. Try it again.",
    });
  } finally {
    // Whoever has heard enough lets go of the connection as well.
    await reader.cancel().catch(() => undefined);
  }
}

/** A picture in the form in which it is sent; made once, it can be asked about many times. */
export async function dataUri(blob: Blob): Promise<string> {
  const reader = new FileReader();
  const isRead = new Promise<void>((resolve, reject) => {
    reader.onload = () => {
      resolve();
    };
    reader.onerror = () => {
      reject(reader.error ?? new Error("the picture cannot be read"));
    };
  });
  reader.readAsDataURL(blob);
  await isRead;
  return typeof reader.result === "string" ? reader.result : "";
}
