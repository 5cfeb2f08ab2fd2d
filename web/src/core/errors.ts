/** Bytes that are not a packet of the wire format. Decoders throw nothing else, on any bytes. */
export class WireError extends Error {
  override readonly name = "WireError";
}
