/**
 * The two ways that packets and messages come back: a WebSocket, or two data channels, of which one
 * is for what may be lost and the other for what may not. Both carry the same.
 */

export const PROTOCOL = "rtseg.v1";
const TEXT_PROTOCOL = "rtseg.v1.text";

export interface Channel {
  /** False if it is not open; nothing is kept for later. */
  send(text: string): boolean;
  /** Tell the server what has come, where it cannot know. */
  acknowledge(packet: Uint8Array<ArrayBuffer>): void;
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
  const pipe = listen(socket, events, () => socket.readyState === WebSocket.OPEN);
  // Nothing is lost on the way: what was sent has come.
  return { send: pipe.send, acknowledge: () => undefined, close: pipe.close };
}

/** Must be made before the offer, so that the offer speaks of it. */
export function openDataChannels(peer: RTCPeerConnection, events: ChannelEvents): Channel {
  const open = (label: string, options: RTCDataChannelInit, heard: ChannelEvents) => {
    const channel = peer.createDataChannel(label, options);
    channel.binaryType = "arraybuffer";
    return listen(channel, heard, () => channel.readyState === "open");
  };
  const close = () => {
    outlines.close();
    texts.close();
  };
  const closed = (code: number) => {
    close();
    events.closed(code);
  };
  // A late outline is worth nothing: never resend, never wait for the one before.
  const hasty = { ordered: false, maxRetransmits: 0 };
  const outlines = open(PROTOCOL, hasty, { ...events, open: () => undefined, closed });
  const texts = open(TEXT_PROTOCOL, {}, { ...events, closed });
  return { send: texts.send, acknowledge: outlines.send, close };
}

/** One connection that carries messages. */
interface Pipe {
  readonly send: (message: string | Uint8Array<ArrayBuffer>) => boolean;
  readonly close: () => void;
}

function listen(
  pipe: WebSocket | RTCDataChannel,
  events: ChannelEvents,
  isOpen: () => boolean,
): Pipe {
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
    send: (message) => {
      if (!isOpen()) return false;
      // Both take both, but their types say so one by one.
      if (typeof message === "string") pipe.send(message);
      else pipe.send(message);
      return true;
    },
    close: () => {
      ended.abort();
      pipe.close();
    },
  };
}
