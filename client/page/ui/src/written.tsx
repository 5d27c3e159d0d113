// What somebody wrote, operation by operation, as a person reads it: of late
// changes and of what waits to be sent.
import type { Item, Json } from "./api";
import { nameIn, type Names } from "./names";
import { namesFor } from "./record";
import { fieldOf, label, typeOf, valueText } from "./schema";
import { pick } from "./words";

export type Operation = {
  type: string;
  record: string;
  title: string;
  field: string;
  kind: "set" | "once" | "add" | "remove";
  wrote?: Json;
  stands?: Json; // what the field shows now
  counts?: boolean; // its author may write there
};

export type Line = {
  label: string;
  wrote: string; // "": it was cleared
  stands: string; // "": nothing
  counts: boolean;
};

// An immutable record is written as one value of several parts.
const isBody = (one: Operation) =>
  !!typeOf(one.type)?.immutable && one.field === "body";

const asRecord = (one: Operation): Item =>
  (isBody(one)
    ? { ...(one.wrote as Item), id: one.record }
    : { id: one.record, [one.field]: one.wrote ?? null }) as Item;

// What they refer to.
export async function namesOf(operations: Operation[]): Promise<Names> {
  const names: Names = new Map();
  for (const type of new Set(operations.map((one) => one.type))) {
    const mine = operations.filter((one) => one.type === type);
    const records = mine.flatMap((one) => [
      asRecord(one),
      { id: one.record, [one.field]: one.stands ?? null } as Item,
    ]);
    for (const [id, record] of await namesFor(type, records))
      names.set(id, record);
  }
  return names;
}

export function linesOf(one: Operation, names: Names): Line[] {
  // What is not here goes by the end of its id.
  const name = (type: string, id: string) => nameIn(names, type, id) || undefined;
  const counts = one.counts !== false;
  if (isBody(one)) {
    const record = asRecord(one);
    return (typeOf(one.type)?.fields ?? [])
      .filter((field) => record[field.name] !== undefined)
      .map((field) => ({
        label: pick(field),
        wrote: valueText(field, record[field.name], name),
        stands: "",
        counts,
      }));
  }
  const field = fieldOf(one.type, one.field);
  const sign = { add: "+ ", remove: "− ", set: "", once: "" }[one.kind];
  const words = valueText(field, one.wrote ?? null, name);
  return [
    {
      label: label(one.type, one.field),
      wrote: words && sign + words,
      stands: valueText(field, one.stands ?? null, name),
      counts,
    },
  ];
}

export const typeLabel = (type: string): string => {
  const found = typeOf(type);
  return found ? pick(found) : type;
};

// The records that were written, each once, in order.
export function byRecord(operations: Operation[]): Operation[][] {
  const groups = new Map<string, Operation[]>();
  for (const one of operations) {
    const key = `${one.type} ${one.record}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}
