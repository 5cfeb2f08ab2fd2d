import { describe, expect, it } from "vitest";

import { withStartBitrate } from "../../src/core/sdp.js";

describe("withStartBitrate", () => {
  it("asks in every codec of the video section, and only there", () => {
    const sdp = [
      "v=0",
      "m=audio 9 UDP/TLS/RTP/SAVPF 111",
      "a=rtpmap:111 opus/48000/2",
      "a=fmtp:111 useinbandfec=1",
      "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102",
      "a=rtpmap:96 VP8/90000",
      "a=rtpmap:97 rtx/90000",
      "a=fmtp:97 apt=96",
      "a=rtpmap:102 H264/90000",
      "a=fmtp:102 packetization-mode=1",
      "",
    ];
    const wished = withStartBitrate(sdp.join("\r\n"), 1500).split("\r\n");
    const expected = [...sdp];
    expected[9] = "a=fmtp:102 packetization-mode=1;x-google-start-bitrate=1500";
    expected.splice(6, 0, "a=fmtp:96 x-google-start-bitrate=1500");
    expect(wished).toEqual(expected);
  });
});
