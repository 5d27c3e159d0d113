// Talks to the node. Every address is told by /api/openapi.json.
import { language } from "./words";

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [name: string]: Json };
// A record, with the schema's names.
export type Item = JsonObject & { id: string };

export class Problem extends Error {
  constructor(
    readonly status: number, // of HTTP; 0: the node does not answer
    message: string,
    readonly hint = "",
  ) {
    super(message);
  }
}

export type Answer<T> = { body: T; shown: string | null };

async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  shown?: string | null,
): Promise<Answer<T>> {
  const headers: Record<string, string> = { "Roadbook-Language": language };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (shown) headers["Roadbook-Shown"] = shown;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Problem(0, "");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok)
    throw new Problem(
      response.status,
      answer?.error?.message ?? response.statusText,
      answer?.error?.hint,
    );
  return { body: answer as T, shown: response.headers.get("Roadbook-Shown") };
}

export const get = <T>(path: string) => ask<T>("GET", path);
export const post = <T>(path: string, body: unknown, shown?: string | null) =>
  ask<T>("POST", path, body, shown);
export const patch = <T>(path: string, body: unknown, shown?: string | null) =>
  ask<T>("PATCH", path, body, shown);
export const put = <T>(path: string, body: unknown) => ask<T>("PUT", path, body);
export const drop = <T>(path: string) => ask<T>("DELETE", path);

type Read = { status: number; body: Json };

// Several at once, in one moment; what is not there is null.
export async function read(paths: string[]): Promise<Json[]> {
  if (!paths.length) return [];
  const { body } = await post<Read[]>("/api/read", paths);
  return body.map((one) => (one.status === 200 ? one.body : null));
}

// The address of a list: names and values of its query.
export function list(type: string, query: Record<string, string | number> = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    search.set(name, String(value));
  const text = search.toString();
  return `/api/${type}${text ? `?${text}` : ""}`;
}

// A fresh UUIDv7, so that what is sent twice is written once.
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let ms = Date.now();
  for (let i = 5; i >= 0; i--) {
    bytes[i] = ms % 256;
    ms = Math.floor(ms / 256);
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.*)/, "$1-$2-$3-$4-$5");
}
