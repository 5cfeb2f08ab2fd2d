/** Outlines that are coarse first and finer piece by piece: records 10 and 11 of docs/wire.md. */

import { WireError } from "./errors.js";
import type { WireRing } from "./messages.js";
import { type Lattice, polygonRings, readUnit, toPixels, verticesBetween } from "./polygons.js";
import type { Reader } from "./reader.js";
import { walkBetween, walkRings } from "./walks.js";

/** What takes the place of edges of a coarse ring. */
interface Finer {
  readonly ring: number;
  readonly first: number;
  readonly edges: number;
  /** Between the ends of the edges, x, y, x, y …, pixels. */
  readonly vertices: readonly number[];
}

/** Rings that come in before one of the coarse outline, or behind the last. */
interface Added {
  readonly ring: number;
  readonly rings: readonly WireRing[];
}

/** Of a section: what stands between two vertices, or rings that come in. */
const FORM_VERTICES = 0;
const FORM_WALK = 1;
const FORM_POLYGONS = 2;
const FORM_WALKS = 3;

/** A coarse outline, and what of its sections has come. */
export class Draft {
  /** Of record 10 as it came: parts of a frame that tell the same object tell the same. */
  readonly #payload: Uint8Array;
  readonly #lattice: Lattice;
  /** In units of the lattice. */
  readonly #coarse: readonly WireRing[];
  /** How many sections make it fine. */
  readonly #wanted: number | bigint;
  readonly #sections = new Map<number | bigint, Finer | Added>();
  /** For each ring, which of its edges a section has told. */
  readonly #told: readonly Uint8Array[];

  private constructor(
    payload: Uint8Array,
    wanted: number | bigint,
    lattice: Lattice,
    coarse: readonly WireRing[],
  ) {
    this.#payload = payload;
    this.#wanted = wanted;
    this.#lattice = lattice;
    this.#coarse = coarse;
    this.#told = coarse.map((ring) => new Uint8Array(ring.length / 2));
  }

  /** Read a record 10 from behind its age. */
  static read(payload: Reader, width: number, height: number): Draft {
    const whole = payload.whole;
    payload.u8(); // the agreement: nothing here depends on it
    const wanted = payload.exactUint();
    const lattice = { unit: readUnit(payload), width, height };
    const rings = polygonRings(payload.rest(), lattice);
    if (rings.length === 0) throw new WireError("a coarse outline without a ring");
    return new Draft(whole, wanted, lattice, rings);
  }

  get isFine(): boolean {
    return this.#sections.size > 0 && this.#sections.size === this.#wanted;
  }

  /** Read a record 11 from behind its track id. */
  addSection(payload: Reader): void {
    const number = payload.exactUint();
    const form = payload.u8();
    if (form > FORM_WALKS) return; // of a later version
    if (number >= this.#wanted) throw new WireError(`section ${number} of ${this.#wanted}`);
    const isFiner = form === FORM_VERTICES || form === FORM_WALK;
    this.#add(number, isFiner ? this.#readFiner(payload, form) : this.#readAdded(payload, form));
  }

  /** The same outline as another part of the frame tells it, with the sections of both. */
  joined(other: Draft): Draft {
    const [mine, its] = [this.#payload, other.#payload];
    if (mine.length !== its.length || mine.some((byte, at) => byte !== its[at])) {
      throw new WireError("two parts of a frame tell two coarse outlines of one object");
    }
    const both = new Draft(mine, this.#wanted, this.#lattice, this.#coarse);
    for (const [number, section] of this.#sections) both.#add(number, section);
    for (const [number, section] of other.#sections) both.#add(number, section);
    return both;
  }

  /** The outline with the sections that have come. */
  outline(): WireRing[] {
    const byRing = this.#coarse.map((): Finer[] => []);
    const added = [...this.#coarse, null].map((): WireRing[] => []);
    const inOrder = [...this.#sections].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, section] of inOrder) {
      if ("rings" in section) {
        const before = added[section.ring];
        for (const ring of section.rings) before?.push(ring);
      } else byRing[section.ring]?.push(section);
    }
    const refined = this.#coarse.map((ring, at) => this.#refined(ring, byRing[at] ?? []));
    return added.flatMap((rings, at) => [...rings, ...refined.slice(at, at + 1)]);
  }

  #refined(ring: WireRing, finer: Finer[]): WireRing {
    const coarse = toPixels(ring.slice(), this.#lattice);
    if (finer.length === 0) return coarse;
    const vertices: number[] = [];
    let at = 0;
    for (const { first, edges, vertices: between } of finer.sort((a, b) => a.first - b.first)) {
      for (; at <= first; at++) vertices.push(coarse[2 * at] ?? 0, coarse[2 * at + 1] ?? 0);
      for (const value of between) vertices.push(value);
      at = first + edges;
    }
    for (; 2 * at < coarse.length; at++)
      vertices.push(coarse[2 * at] ?? 0, coarse[2 * at + 1] ?? 0);
    return new Uint16Array(vertices);
  }

  #add(number: number | bigint, section: Finer | Added): void {
    if (this.#sections.has(number)) throw new WireError(`section ${number} is told twice`);
    if ("edges" in section) {
      const told = this.#told[section.ring]?.subarray(section.first, section.first + section.edges);
      if (told?.includes(1)) throw new WireError("two sections tell one edge");
      told?.fill(1);
    }
    this.#sections.set(number, section);
  }

  #readAdded(payload: Reader, form: number): Added {
    const ring = payload.uint();
    const last = this.#coarse.length;
    if (ring > last) throw new WireError(`rings before ring ${ring} of ${last}`);
    const { width, height } = this.#lattice;
    const bytes = payload.rest();
    if (form !== FORM_POLYGONS) return { ring, rings: walkRings(bytes, width, height) };
    const rings = polygonRings(bytes, this.#lattice);
    return { ring, rings: rings.map((one) => toPixels(one, this.#lattice)) };
  }

  #readFiner(payload: Reader, form: number): Finer {
    const [ring, first, edges] = [payload.uint(), payload.uint(), payload.uint()];
    const coarse = this.#coarse[ring];
    const count = (coarse?.length ?? 0) / 2;
    if (coarse === undefined || edges === 0 || first + edges > count) {
      throw new WireError(`${edges} edges from ${first} of ring ${ring}, which has ${count}`);
    }
    const lattice = this.#lattice;
    if (form === FORM_VERTICES) {
      const between = verticesBetween(payload.rest(), lattice, coarse, first, edges);
      return { ring, first, edges, vertices: toPixels(between, lattice) };
    }
    const steps = payload.uint();
    const last = (first + edges) % count;
    const start = toPixels(coarse.slice(2 * first, 2 * first + 2), lattice);
    const end = toPixels(coarse.slice(2 * last, 2 * last + 2), lattice);
    const vertices = walkBetween(payload.rest(), steps, start, end, lattice);
    return { ring, first, edges, vertices };
  }
}
