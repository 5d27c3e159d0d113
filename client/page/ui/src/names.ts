// Names of records that others refer to, asked for together and kept.
import type { Item } from "./api";
import { read } from "./api";
import { accountName, titleOf } from "./schema";

const PAGE = 60; // addresses of one request

export type Names = Map<string, Item>;

// The records by id; those that are not here are left out.
export async function lookUp(type: string, ids: Iterable<string>): Promise<Names> {
  const wanted = [...new Set(ids)].filter(Boolean);
  const found: Names = new Map();
  for (let at = 0; at < wanted.length; at += PAGE) {
    const part = wanted.slice(at, at + PAGE);
    const records = await read(part.map((id) => `/api/${type}/${id}`));
    for (const record of records)
      if (record) found.set((record as Item).id, record as Item);
  }
  return found;
}

export function nameIn(names: Names | undefined, type: string, id: unknown): string {
  const record = names?.get(String(id));
  if (!record) return "";
  return type === "account" ? accountName(record) : titleOf(type, record);
}
