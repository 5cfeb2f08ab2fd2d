/**
 * Ask Chromium to start sending video at this bitrate.
 *
 * It starts at 300 kbit/s, and without transport-wide congestion control it was seen scaling
 * 640×360 down to 480×270 in the first seconds even on loopback. It reads the wish from the
 * codec parameters of the *answer*; other browsers ignore it.
 */
export function withStartBitrate(sdp: string, kbps: number): string {
  const [session = "", ...media] = sdp.split(/^(?=m=)/m);
  const wish = `x-google-start-bitrate=${kbps}`;
  return (
    session + media.map((part) => (part.startsWith("m=video ") ? add(part, wish) : part)).join("")
  );
}

function add(media: string, wish: string): string {
  const lines = media.split("\r\n");
  const hasParameters = new Set(lines.map((line) => /^a=fmtp:(\d+) /.exec(line)?.[1]));
  return lines
    .flatMap((line) => {
      // Retransmission (apt=) is not a codec of its own and takes no bitrate.
      if (/^a=fmtp:\d+ (?!.*\bapt=)/.test(line)) return [`${line};${wish}`];
      const codec = /^a=rtpmap:(\d+) (?:VP8|VP9|H264|H265|AV1)\//.exec(line)?.[1];
      return codec === undefined || hasParameters.has(codec)
        ? [line]
        : [line, `a=fmtp:${codec} ${wish}`];
    })
    .join("\r\n");
}
