/** A network and a browser that are made of paper. */

import { vi } from "vitest";

/** In the order in which they were made. */
export const peers: FakePeer[] = [];
export const sockets: FakeSocket[] = [];

export function forget(): void {
  peers.length = 0;
  sockets.length = 0;
  FakePeer.letsThrough = true;
}

export class FakePeer extends EventTarget {
  static letsThrough = true;
  connectionState = "new";
  iceGatheringState = "complete";
  localDescription = { sdp: "v=0 offer" };
  sender = {
    getParameters: () => ({}),
    setParameters: () => Promise.resolve(),
    replaceTrack: vi.fn(() => Promise.resolve()),
  };
  channels: FakeDataChannel[] = [];
  createDataChannel = (label: string, options: RTCDataChannelInit) => {
    const channel = new FakeDataChannel(label, options);
    this.channels.push(channel);
    return channel;
  };
  addTransceiver = () => ({ sender: this.sender });
  setLocalDescription = () => Promise.resolve();
  /** An answer is all that it takes on this network, if it lets the camera through at all. */
  setRemoteDescription = () => {
    this.connectionState = FakePeer.letsThrough ? "connected" : "connecting";
    this.dispatchEvent(new Event("connectionstatechange"));
    return Promise.resolve();
  };
  close = vi.fn();
  constructor() {
    super();
    peers.push(this);
  }
}

export class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  readyState = 1;
  binaryType = "blob";
  sent: unknown[] = [];
  readonly url: string;
  readonly protocols: string[];
  constructor(url: URL, protocols: string[]) {
    super();
    this.url = url.href;
    this.protocols = protocols;
    sockets.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  says(data: object | Uint8Array) {
    const message = new Event("message") as Event & { data: unknown };
    message.data = data instanceof Uint8Array ? data.slice().buffer : JSON.stringify(data);
    this.dispatchEvent(message);
  }
  drops(code: number) {
    this.dispatchEvent(new FakeCloseEvent(code));
  }
}

export class FakeDataChannel extends EventTarget {
  readyState = "open";
  binaryType = "blob";
  /** Texts and bytes. */
  sent: unknown[] = [];
  readonly label: string;
  readonly options: RTCDataChannelInit;
  constructor(label: string, options: RTCDataChannelInit) {
    super();
    this.label = label;
    this.options = options;
  }
  send(message: string | Uint8Array) {
    this.sent.push(typeof message === "string" ? JSON.parse(message) : [...message]);
  }
  close() {
    this.readyState = "closed";
  }
  says(data: object | Uint8Array) {
    const message = new Event("message") as Event & { data: unknown };
    message.data = data instanceof Uint8Array ? data.slice().buffer : JSON.stringify(data);
    this.dispatchEvent(message);
  }
}

export class FakeCloseEvent extends Event {
  readonly code: number;
  constructor(code: number) {
    super("close");
    this.code = code;
  }
}

export class FakeTrack extends EventTarget {
  readyState = "live";
}
