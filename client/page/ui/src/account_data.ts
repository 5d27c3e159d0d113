// All that the screens of an account show, asked for at once.
import type { Item } from "./api";
import { get, list, read } from "./api";
import type { Person } from "./chain";
import type { Link } from "./chain_layout";
import { type Entry, loadEntries } from "./events";
import { text } from "./format";
import type { Relation } from "./lists";
import type { Names } from "./names";
import { actionAddresses, actionsIn, byDue, ofVisits, type Promised } from "./promises";
import { namesFor } from "./record";
import { byDay, dayOfVisit, peopleOf, type Visit, withNotes } from "./timeline";

const PEOPLE = 50;

// What `account brief` tells (client/method/brief.h).
export type BriefFacts = {
  as_of: string;
  freshness: { user: string; last_change: string }[];
  account: {
    coverage_bp: number | null;
    missing_roles: string[];
    bus_factor: number | null;
    sole_holder: string | null;
    kdm_opposes: boolean;
    score_bp: number | null;
    last_visit: string | null;
    target_days: number;
    due_on: string | null;
    light: string;
  };
  people: Person[];
  chain: Link[];
  visits: {
    id: string;
    on: string;
    type: string;
    goal: string;
    result: string;
    contacts: string[];
    us: string[];
    notes: { id: string; kind: string; text: string }[];
  }[];
  promises: {
    kind: string;
    title: string;
    on: string | null;
    late_days: number;
    owed_by: string | null;
  }[];
  conflicts: { field: string; type: string; undecided: boolean }[];
  unconfirmed: { contact: string | null; level: string; rated_by: string }[];
  exit_note: { id: string; category: string; text: string }[];
  intel: { id: string; category: string; text: string; observed_on: string | null }[];
};

export type Whole = {
  record: Item;
  shown: string | null;
  names: Names;
  people: Item[];
  relations: Map<string, Relation>; // by person
  peopleCount: number;
  visits: Visit[];
  visitCount: number;
  entries: Entry[]; // of everything else
  met: Names;
  promised: Promised[];
  brief: BriefFacts | null; // an archived account has none
};

export async function loadAccount(id: string, limit: number): Promise<Whole> {
  const one = { account_id: id };
  const [account, answers] = await Promise.all([
    get<Item>(`/api/account/${id}`),
    read([
      list("contact", { ...one, limit: PEOPLE }),
      list("contact", { ...one, count: 1 }),
      list("visit", { ...one, limit }),
      list("visit", { ...one, count: 1 }),
      `/api/account/${id}/brief`,
      ...actionAddresses(id),
    ]),
  ]);
  const [people, peopleCount, visits, visitCount, briefed, ...actions] = answers;
  const brief = briefed as unknown as BriefFacts | null;
  const told = await withNotes(((visits ?? []) as Item[]).sort(byDay));
  const persons = (people ?? []) as Item[];
  const [names, met, entries] = await Promise.all([
    namesFor("account", [account.body]),
    peopleOf(told),
    loadEntries(id, persons),
  ]);
  return {
    record: account.body,
    shown: account.shown,
    names,
    people: persons,
    relations: new Map((brief?.people ?? []).map((person) => [person.id, person])),
    peopleCount: (peopleCount as { count: number } | null)?.count ?? 0,
    visits: told,
    visitCount: (visitCount as { count: number } | null)?.count ?? 0,
    entries,
    met,
    promised: [
      ...actionsIn(actions),
      ...ofVisits(told.map((visit) => visit.visit)).slice(0, 3),
    ].sort(byDue),
    brief,
  };
}

const LATELY = 3; // visits among which the customer's own words come first

// The last words: the customer's own before ours.
export function lastWords(visits: Visit[]): { words: string; day: string } | null {
  const told = visits.filter((one) => one.notes.length).slice(0, LATELY);
  for (const wanted of ["quote", "fact", "risk", "promise"])
    for (const { visit, notes } of told) {
      const note = notes.find((one) => one.kind === wanted);
      if (note) {
        const words = text(note.text);
        return {
          words: wanted === "quote" ? `“${words}”` : words,
          day: dayOfVisit(visit),
        };
      }
    }
  return null;
}

// What we said we would do, from the notes, as long as no action holds it.
export function ourWords(whole: Whole): { what: string; due: string | null } | null {
  const ours = whole.promised.find((one) => one.ours);
  if (ours) return ours;
  for (const { visit, notes } of whole.visits) {
    const note = notes.find((one) => one.kind === "promise");
    if (note)
      return { what: text(note.text), due: text(visit.next_contact_by) || null };
  }
  return null;
}

