// What a logged visit is written as, and how it is taken back.
import type { Item, JsonObject } from "./api";
import { get, newId, patch, post } from "./api";
import { did } from "./did";
import { type Draft, keepDraft } from "./draft";
import { nextStep, stepType } from "./promises";
import { me } from "./schema";
import { t } from "./words";

function visitFields(draft: Draft): JsonObject {
  const fields: JsonObject = {
    status: "done",
    visited_on: draft.day,
    type: "visit",
  };
  if (draft.result) fields.result = draft.result;
  if (draft.theirs.trim()) {
    const theirs: JsonObject = { text: draft.theirs.trim() };
    if (draft.theirsDue) theirs.due_on = draft.theirsDue;
    fields.customer_commitment = theirs;
  }
  if (draft.nextDue) fields.next_contact_by = draft.nextDue;
  return fields;
}

function notesOf(draft: Draft): JsonObject[] {
  return draft.said
    .filter((one) => one.text.trim())
    .map((one) => ({
      visit_note: {
        id: one.id,
        visit_id: draft.visit,
        kind: one.kind,
        text: one.text.trim(),
      },
    }));
}

function newPeople(draft: Draft): JsonObject[] {
  return draft.added
    .filter((one) => draft.people.includes(one.id))
    .map((one) => ({
      contact: { id: one.id, name: one.name, account_id: draft.account!.id },
    }));
}

// Every record has an id of ours: what is sent twice is written once. A visit
// that was planned is told as it was before.
export async function save(draft: Draft): Promise<Item | null> {
  const account = draft.account!.id;
  const mine = me()?.id;
  const people = newPeople(draft);
  const rest = [
    ...notesOf(draft),
    ...(draft.next.trim()
      ? nextStep(
          draft.step,
          draft.next.trim(),
          draft.nextDue || null,
          draft.visit,
          account,
          draft.people,
        )
      : []),
  ];
  if (!draft.planned) {
    const visit: JsonObject = {
      id: draft.visit,
      account_id: account,
      ...visitFields(draft),
      contacts: draft.people,
      our_attendees: mine ? [mine] : [],
    };
    await post<Item[]>("/api/batch", [...people, { visit }, ...rest]);
    return null;
  }
  const { body: before } = await get<Item>(`/api/visit/${draft.visit}`);
  if (people.length) await post<Item[]>("/api/batch", people);
  await patch<Item>(`/api/visit/${draft.visit}`, {
    ...visitFields(draft),
    contacts: { add: draft.people },
    ...(mine ? { our_attendees: { add: [mine] } } : {}),
  });
  if (rest.length) await post<Item[]>("/api/batch", rest);
  return before;
}

// What the plan said, and who was in it.
function asPlanned(draft: Draft, before: Item): JsonObject {
  const without = (field: string, added: string[]) => {
    const were = Array.isArray(before[field]) ? before[field] : [];
    return { remove: added.filter((one) => !were.includes(one)) };
  };
  const mine = me()?.id;
  const fields = Object.keys(visitFields(draft)).map((field) => [
    field,
    before[field] ?? null,
  ]);
  return {
    ...Object.fromEntries(fields),
    contacts: without("contacts", draft.people),
    our_attendees: without("our_attendees", mine ? [mine] : []),
  };
}

// Takes back what was just saved; the words go back into the form.
async function undo(draft: Draft, before: Item | null): Promise<void> {
  if (before) await patch(`/api/visit/${draft.visit}`, asPlanned(draft, before));
  else await patch(`/api/visit/${draft.visit}`, { archived: true });
  for (const one of draft.said.filter((said) => said.text.trim()))
    await patch(`/api/visit_note/${one.id}`, { archived: true });
  if (draft.next.trim())
    await patch(`/api/${stepType()}/${draft.step}`, { archived: true });
  await keepDraft({
    ...draft,
    // Fresh ids: those of before are taken.
    visit: draft.planned ? draft.visit : newId(),
    step: newId(),
    said: draft.said.map((one) => ({ ...one, id: newId() })),
    added: [],
  });
  location.hash = "#/visit/new";
}

// All that was typed, to be kept elsewhere.
export const wordsOf = (draft: Draft) =>
  [draft.account?.name, ...draft.said.map((one) => one.text), draft.theirs, draft.next]
    .filter(Boolean)
    .join("\n");

export function tellSaved(draft: Draft, before: Item | null): void {
  const seconds = Math.round((Date.now() - draft.begun) / 1000);
  did(seconds < 600 ? t("saved_in", { n: seconds }) : t("saved"), () =>
    undo(draft, before),
  );
}
