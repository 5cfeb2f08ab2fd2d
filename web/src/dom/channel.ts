/** The two ways that packets and messages come back; both carry the same. */

export const PROTOCOL = "rtseg.v1";

export interface Channel {
  /** False if it is not open; nothing is kept for later. */
  send(text: string): boolean;
  close(): void;
}

export interface ChannelEvents {
  open(): void;
  bytes(packet: Uint8Array): void;
  text(message: string): void;
  /** At most once, and not after `close()`. `code` is the WebSocket's, 0 on a data channel. */
  closed(code: number): void;
}

export function openWebSocket(url: URL, token: string, events: ChannelEvents): Channel {
  const address = new URL(url);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address, [PROTOCOL, `rtseg.token.${token}`]);
  socket.binaryType = "arraybuffer";
  return listen(socket, events, () => socket.readyState === WebSocket.OPEN);
}

/** Must be made before the offer, so that the offer speaks of it. */
export function openDataChannel(peer: RTCPeerConnection, events: ChannelEvents): Channel {
  // A late outline is worth nothing: never resend, never wait for the one before.
  const channel = peer.createDataChannel(PROTOCOL, { ordered: false, maxRetransmits: 0 });
  channel.binaryType = "arraybuffer";
  return listen(channel, events, () => channel.readyState === "open");
}

function listen(
  pipe: WebSocket | RTCDataChannel,
  events: ChannelEvents,
  isOpen: () => boolean,
): Channel {
  const ended = new AbortController();
  const { signal } = ended;
  // The two types declare their events separately; what is listened to here is common to both.
  const target: EventTarget = pipe;
  target.addEventListener(
    "open",
    () => {
      events.open();
    },
    { signal },
  );
  target.addEventListener(
    "message",
    (event) => {
      const data: unknown = (event as MessageEvent).data;
      if (data instanceof ArrayBuffer) events.bytes(new Uint8Array(data));
      else if (typeof data === "string") events.text(data);
    },
    { signal },
  );
  target.addEventListener(
    "close",
    (event) => {
      ended.abort();
      events.closed(event instanceof CloseEvent ? event.code : 0);
    },
    { signal },
  );
  return {
    send(text) {
      if (!isOpen()) return false;
      pipe.send(text);
      return true;
    },
    close() {
      ended.abort();
      pipe.close();
    },
  };
}
