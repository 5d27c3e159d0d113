// A visit that is being written down. It is kept by the node at each pause of
// typing, so that it survives the browser, the process and a closed lid.
import type { Item } from "./api";
import { drop, get, newId, put } from "./api";
import { today } from "./format";

export type Said = { id: string; kind: string; text: string };

export type Draft = {
  visit: string; // id of the visit that it becomes
  planned: boolean; // that visit is there already, as a plan
  account: { id: string; name: string; legal: string; tier: string } | null;
  day: string;
  people: string[];
  added: { id: string; name: string }[]; // people that are not there yet
  said: Said[];
  theirs: string; // what they promised
  theirsDue: string;
  result: string;
  step: string; // id of what the next step becomes
  next: string;
  nextDue: string;
  begun: number; // ms
};

export function emptyDraft(): Draft {
  return {
    visit: newId(),
    planned: false,
    account: null,
    day: today(),
    people: [],
    added: [],
    said: [{ id: newId(), kind: "fact", text: "" }],
    theirs: "",
    theirsDue: "",
    result: "",
    step: newId(),
    next: "",
    nextDue: "",
    begun: Date.now(),
  };
}

export function isEmpty(draft: Draft): boolean {
  return (
    !draft.account &&
    !draft.people.length &&
    !draft.next &&
    !draft.theirs &&
    draft.said.every((one) => !one.text.trim())
  );
}

const address = "/api/draft/visit";

export async function loadDraft(): Promise<Draft | null> {
  const { body } = await get<Draft | null>(address);
  return body && body.visit ? { ...emptyDraft(), ...body } : null;
}

// One write of the draft after the other: none overtakes what was asked later.
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(write: () => Promise<T>): Promise<T> {
  const done = last.then(write, write);
  last = done;
  return done;
}

export const keepDraft = (draft: Draft) => inTurn(() => put(address, draft));
export const dropDraft = () => inTurn(() => drop(address));

export function accountOf(record: Item): Draft["account"] {
  return {
    id: record.id,
    name: String(record.short_name ?? record.legal_name ?? ""),
    legal: String(record.legal_name ?? ""),
    tier: String(record.tier ?? ""),
  };
}
