// What was promised, and to whom: actions that one side owes the other, and
// what a customer committed to at a visit.
import type { Item, Json, JsonObject } from "./api";
import { list } from "./api";
import { text, today } from "./format";
import { me, typeOf } from "./schema";

export type Promised = {
  id: string;
  type: string; // of the record
  record: Item;
  account: string; // id
  what: string;
  due: string | null;
  ours: boolean; // we owe it
  open: boolean; // it can be ticked off
};

// What a next step is, as long as no action can hold it: a promise of the visit.
export const stepType = () => (typeOf("action") ? "action" : "visit_note");

// A next step of ours, as records of the visit that it came from.
export function nextStep(
  id: string,
  what: string,
  due: string | null,
  visit: string,
  account: string,
  people: string[],
): JsonObject[] {
  if (stepType() !== "action")
    return [
      { visit_note: { id, visit_id: visit, kind: "promise", text: what } },
    ];
  const action: JsonObject = {
    id,
    title: what,
    account_id: account,
    visit_id: visit,
    contacts: people,
    status: "open",
    origin: "visit",
    owed_by: "us",
    promised_on: today(),
  };
  const owner = me()?.id;
  if (owner) action.owner_id = owner;
  if (due) action.due_on = due;
  return [{ action }];
}

function ofAction(record: Item): Promised {
  return {
    id: record.id,
    type: "action",
    record,
    account: text(record.account_id),
    what: text(record.title),
    due: text(record.due_on) || null,
    ours: record.owed_by !== "customer",
    open: true,
  };
}

// What the customer committed to, of visits.
export function ofVisits(visits: Item[]): Promised[] {
  return visits.flatMap((visit) => {
    const said = visit.customer_commitment as JsonObject | undefined;
    if (!said || !text(said.text)) return [];
    return [
      {
        id: visit.id,
        type: "visit",
        record: visit,
        account: text(visit.account_id),
        what: text(said.text),
        due: text(said.due_on) || null,
        ours: false,
        open: false,
      },
    ];
  });
}

export const byDue = (a: Promised, b: Promised) =>
  (a.due ?? "9999").localeCompare(b.due ?? "9999");

const LIMIT = 200;

// Addresses of open actions: of one account all that it has, of all accounts
// those that say so.
export function actionAddresses(account?: string): string[] {
  if (!typeOf("action")) return [];
  if (account) return [list("action", { account_id: account, limit: LIMIT })];
  return ["open", "doing"].map((status) => list("action", { status, limit: LIMIT }));
}

// What was never given a status is open.
const isOpen = (record: Item) => record.status !== "done" && record.status !== "dropped";

export function actionsIn(answers: Json[]): Promised[] {
  return answers
    .flatMap((answer) => (answer ?? []) as Item[])
    .filter(isOpen)
    .filter((record) => record.owed_by === "us" || record.owed_by === "customer")
    .map(ofAction)
    .sort(byDue);
}
