/** Files that are played as if they were a camera, on a video of paper. */

import { openFile } from "rtseg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

class FakeVideo {
  src = "";
  play = vi.fn(() => Promise.resolve());
  pause = vi.fn();
  load = vi.fn();
  removeAttribute = vi.fn(() => {
    this.src = "";
  });
  captureStream = () => ({ getAudioTracks: () => [], getTracks: () => [] });
}

const revoked: string[] = [];
const open = (video: FakeVideo) => openFile(new Blob(["x"]), video as unknown as HTMLVideoElement);

beforeEach(() => {
  let made = 0;
  revoked.length = 0;
  vi.spyOn(URL, "createObjectURL").mockImplementation(() => `blob:${++made}`);
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((url) => revoked.push(url));
});

afterEach(() => {
  vi.restoreAllMocks();
});

it("stops once, however often it is asked to, and leaves alone what is played since", async () => {
  const video = new FakeVideo();
  const first = await open(video);
  first.stop();
  const second = await open(video);
  first.stop();
  expect([video.src, revoked]).toEqual(["blob:2", ["blob:1"]]);
  second.stop();
  expect([video.src, revoked]).toEqual(["", ["blob:1", "blob:2"]]);
});

it("lets go of a file that does not play", async () => {
  const video = new FakeVideo();
  video.play.mockRejectedValueOnce(new Error("no such codec"));
  await expect(open(video)).rejects.toMatchObject({ code: "file_unreadable" });
  expect([video.src, revoked]).toEqual(["", ["blob:1"]]);
});
