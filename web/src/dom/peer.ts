/** 640×360 is as good as it gets; a camera of 1080 lines is still sharp. The server says where to
 * begin (`x-google-start-bitrate` in its answer). */
const MAX_BITRATE = 2_500_000;
/** What servers for ICE have not told by then has to be done without. */
const GATHERING_MS = 1000;
/**
 * Without such servers every candidate is this machine's own. The server needs none of them: it
 * learns where we are from our checks (RFC 8445, 7.3.1.3). So the others are not waited for once
 * one is there, and not for long where none is, as in a browser that hides them.
 */
const OWN_CANDIDATES_MS = 100;
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
      await gathered(connection, iceServers.length === 0);
      return connection.localDescription?.sdp ?? "";
    },
    async accept(sdp) {
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

function gathered(connection: RTCPeerConnection, isOneEnough: boolean): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      connection.removeEventListener("icegatheringstatechange", check);
      connection.removeEventListener("icecandidate", check);
      resolve();
    };
    const check = () => {
      const hasOne = /^a=candidate:/m.test(connection.localDescription?.sdp ?? "");
      if (connection.iceGatheringState === "complete" || (isOneEnough && hasOne)) finish();
    };
    const timer = setTimeout(finish, isOneEnough ? OWN_CANDIDATES_MS : GATHERING_MS);
    connection.addEventListener("icegatheringstatechange", check);
    connection.addEventListener("icecandidate", check);
    check();
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
