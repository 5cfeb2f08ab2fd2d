/**
 * Server-Sent Events out of text that was cut anywhere.
 *
 * Pure: text in, the data of whole events out. Follows the parsing rules of the HTML standard
 * (9.2.6) as far as data goes; names, ids and retry times of events are passed over.
 */
export class EventReader {
  #line = "";
  #data: string[] = [];
  /** A line end may be two characters long, and be cut between them. */
  #endsInReturn = false;

  /** Take the next piece of the stream; gives the data of every event that it completes. */
  push(text: string): string[] {
    if (text === "") return [];
    const fresh = this.#endsInReturn && text.startsWith("\n") ? text.slice(1) : text;
    this.#endsInReturn = fresh.endsWith("\r");
    const lines = (this.#line + fresh).split(/\r\n|\r|\n/);
    this.#line = lines.pop() ?? "";
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line: string): string[] {
    if (line === "") {
      const event = this.#data.join("\n");
      const isEvent = this.#data.length > 0;
      this.#data = [];
      return isEvent ? [event] : [];
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1);
    if (field === "data") this.#data.push(value.startsWith(" ") ? value.slice(1) : value);
    return [];
  }
}
