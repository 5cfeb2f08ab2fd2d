import { afterEach, describe, expect, it, vi } from "vitest";

import { ServerError } from "../../src/dom/http.js";
import { ImageClient, type ImageProgress } from "../../src/dom/images.js";

const BBOX = { x_min: 0, y_min: 0, x_max: 0.5, y_max: 1 };
const BOX = { xMin: 0, yMin: 0, xMax: 0.5, yMax: 1 };
const FINAL = { type: "final", path: "M 0 0 L 1 0 L 1 1 Z", bbox: BBOX, completed: true };
const STREAM = [
  { type: "bbox", bbox: BBOX },
  { type: "path_delta", chunk: "M 0 0", completed: false },
  { type: "path_delta", chunk: " L 1 0", completed: false },
  FINAL,
];

interface Request {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const requests: Request[] = [];

function answerWith(respond: () => Response | Promise<Response>): void {
  vi.stubGlobal("fetch", async (url: URL, init: RequestInit) => {
    const body = JSON.parse(init.body as string) as Record<string, unknown>;
    requests.push({ url: url.href, headers: new Headers(init.headers), body });
    return respond();
  });
}

function events(messages: readonly unknown[], pieceLength = 7): Response {
  const text = messages.map((message) => `data: ${JSON.stringify(message)}\n\n`).join("");
  const bytes = new TextEncoder().encode(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieceLength) {
    pieces.push(bytes.subarray(at, at + pieceLength));
  }
  const body = new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ error: { code, message: "said so" } }), { status, headers });
}

const client = () => new ImageClient({ server: "http://server/below/", apiKey: "k1" });

async function all(signal?: AbortSignal): Promise<ImageProgress[]> {
  const heard: ImageProgress[] = [];
  const options = signal ? { signal } : {};
  for await (const news of client().stream("data:x", { object: "cat" }, options)) heard.push(news);
  return heard;
}

async function failure(promise: Promise<unknown>): Promise<ServerError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServerError);
  return error as ServerError;
}

afterEach(() => {
  vi.unstubAllGlobals();
  requests.length = 0;
});

describe("the image client", () => {
  it("tells the box, the path as it grows, and the answer, whatever the network cuts", async () => {
    for (const pieceLength of [1, 2, 3, 11, 1000]) {
      answerWith(() => events(STREAM, pieceLength));
      const heard = await all();
      expect(heard.slice(0, 3)).toEqual([
        { type: "box", bbox: BOX },
        { type: "path", path: "M 0 0", bbox: BOX },
        { type: "path", path: "M 0 0 L 1 0", bbox: BOX },
      ]);
      const last = heard.at(-1);
      expect(last?.type === "final" && last.segmentation.path).toBe(FINAL.path);
      expect(heard).toHaveLength(4);
    }
  });

  it("asks the server that it was given, with its key", async () => {
    answerWith(() => events(STREAM));
    await all();
    const [request] = requests;
    expect(request?.url).toBe("http://server/below/v1/segment");
    expect(request?.headers.get("authorization")).toBe("Bearer k1");
    expect(request?.body).toEqual({ image_url: "data:x", object: "cat", stream: true });
  });

  it("raises what the server says in the middle, and a stream that just ends", async () => {
    const error = { code: "model_failed", message: "it broke" };
    answerWith(() => events([STREAM[0], { type: "error", error, completed: true }]));
    expect((await failure(all())).problem).toEqual(error);
    answerWith(() => events(STREAM.slice(0, 3)));
    expect((await failure(all())).problem.code).toBe("stream_ended");
  });

  it("raises a refusal with its status and when to come again", async () => {
    answerWith(() => problem(429, "too_many_requests", { "retry-after": "3" }));
    const error = await failure(client().segment("data:x", { object: "cat" }));
    expect([error.status, error.problem.code, error.retryAfterMs]).toEqual([
      429,
      "too_many_requests",
      3000,
    ]);
  });

  it("raises that nobody answers, but not that the caller gave up", async () => {
    answerWith(() => Promise.reject(new TypeError("no route")));
    expect((await failure(all())).problem.code).toBe("server_unreachable");
    const abort = new AbortController();
    abort.abort();
    await expect(all(abort.signal)).rejects.toBeInstanceOf(TypeError);
  });

  it("hands over a file under the server's name for it", async () => {
    const headers = { "content-disposition": 'attachment; filename="image.svg"' };
    answerWith(() => new Response("<svg/>", { headers }));
    const { blob, name } = await client().export("data:x", { prompts: [{ text: "cat" }] }, "svg");
    expect([await blob.text(), name]).toEqual(["<svg/>", "image.svg"]);
    expect(requests[0]?.body).toMatchObject({ format: "svg", stream: false });
  });
});
