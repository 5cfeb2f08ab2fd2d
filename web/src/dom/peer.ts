import { withStartBitrate } from "../core/sdp.js";

const START_KBPS = 1500;
const MAX_BITRATE = 2_500_000;
/** On one machine gathering takes some milliseconds; what is found in a second has to do. */
const GATHERING_MS = 1000;
/** "disconnected" often mends itself within a moment. */
const DISCONNECTED_MS = 3000;

/** The camera's way to the server: one send-only video track. */
export interface Peer {
  readonly connection: RTCPeerConnection;
  readonly sender: RTCRtpSender;
  /** The complete offer: candidates are not sent one by one. */
  offer(): Promise<string>;
  accept(answerSdp: string): Promise<void>;
  close(): void;
}

export function openPeer(
  stream: MediaStream,
  track: MediaStreamTrack,
  iceServers: RTCIceServer[],
  lost: () => void,
): Peer {
  const connection = new RTCPeerConnection({ iceServers });
  const { sender } = connection.addTransceiver(track, {
    direction: "sendonly",
    streams: [stream],
    sendEncodings: [{ maxBitrate: MAX_BITRATE }],
  });
  let patience: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  connection.addEventListener("connectionstatechange", () => {
    clearTimeout(patience);
    if (isClosed) return;
    if (connection.connectionState === "failed") lost();
    if (connection.connectionState === "disconnected") patience = setTimeout(lost, DISCONNECTED_MS);
  });

  return {
    connection,
    sender,
    async offer() {
      await connection.setLocalDescription();
      await gathered(connection);
      return connection.localDescription?.sdp ?? "";
    },
    async accept(answerSdp) {
      const sdp = withStartBitrate(answerSdp, START_KBPS);
      await connection.setRemoteDescription({ type: "answer", sdp });
      await keepResolution(sender);
    },
    close() {
      isClosed = true;
      clearTimeout(patience);
      connection.close();
    },
  };
}

function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      if (connection.iceGatheringState === "complete") finish();
    };
    const finish = () => {
      clearTimeout(timer);
      connection.removeEventListener("icegatheringstatechange", done);
      resolve();
    };
    const timer = setTimeout(finish, GATHERING_MS);
    connection.addEventListener("icegatheringstatechange", done);
    done();
  });
}

/** A camera that falls to half its size under load costs more accuracy than one that skips. */
async function keepResolution(sender: RTCRtpSender): Promise<void> {
  const parameters: RTCRtpSendParameters & { degradationPreference?: string } =
    sender.getParameters();
  parameters.degradationPreference = "maintain-resolution";
  // A browser that does not know the wish (Firefox, for one) may refuse it; the stream goes on.
  await sender.setParameters(parameters).catch(() => undefined);
}
