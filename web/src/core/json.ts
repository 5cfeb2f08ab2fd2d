/** JSON from the network, checked where it enters. */

/** JSON that is not what docs/http.md says: not this server, or not this version. */
export class ApiError extends Error {
  override readonly name = "ApiError";
}

export type Json = Record<string, unknown>;

export function isObject(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

export function object(json: unknown, name: string): Json {
  if (!isObject(json)) throw new ApiError(`${name} is not an object`);
  return json;
}

export function array(json: unknown, name: string): unknown[] {
  if (!Array.isArray(json)) throw new ApiError(`${name} is not a list`);
  return json;
}

export function string(json: unknown, name: string): string {
  if (typeof json !== "string") throw new ApiError(`${name} is not a string`);
  return json;
}

export function number(json: unknown, name: string): number {
  if (typeof json !== "number") throw new ApiError(`${name} is not a number`);
  return json;
}
