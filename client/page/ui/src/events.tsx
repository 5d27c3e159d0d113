// What happened at an account beside visits: promises, ratings, what was heard,
// who took over, how it was classed. One line of time with the visits.
import type { Item, Json } from "./api";
import { list, read } from "./api";
import { date, dayOf, madeOn, text } from "./format";
import type { IconName } from "./icons";
import type { Names } from "./names";
import { codeLabel, fieldOf, label, titleOf, typeOf, userName, valueText } from "./schema";
import { dayOfVisit, Event, standing, Tape, type Visit } from "./timeline";
import { Data, Long } from "./ui";
import { t, type Word } from "./words";

export const KINDS = ["visit", "promise", "relation", "heard", "file"] as const;
export type Kind = (typeof KINDS)[number];
export const kindWords: Record<Kind, Word> = {
  visit: "kind_visits",
  promise: "promises",
  relation: "kind_relations",
  heard: "kind_heard",
  file: "tab_file",
};

export type Entry = {
  id: string;
  kind: Kind;
  day: string;
  icon: IconName;
  title: string;
  tag?: { word: string; shape: string };
  words: string;
  who: string;
};

const LIMIT = 200;
const PAGE = 60; // addresses of one request

async function readAll(addresses: string[]): Promise<Item[][]> {
  const found: Item[][] = [];
  for (let at = 0; at < addresses.length; at += PAGE)
    for (const one of await read(addresses.slice(at, at + PAGE)))
      found.push((one ?? []) as Item[]);
  return found;
}

const code = (type: string, field: string, value: Json | undefined) =>
  codeLabel(fieldOf(type, field), text(value));

function ofAction(one: Item): Entry {
  const done = one.status === "done";
  const owed = text(one.owed_by);
  const on = text(one.promised_on) || madeOn(one.id);
  return {
    id: one.id,
    kind: "promise",
    day: done ? text(one.done_on) || on : on,
    icon: done ? "check" : owed === "customer" ? "inn" : "flag",
    title: owed
      ? t(owed === "customer" ? "they_owe" : "we_owe")
      : code("action", "kind", one.kind) || t("next_step"),
    tag: one.status
      ? {
          word: code("action", "status", one.status),
          shape: done ? "ok" : "soft",
        }
      : undefined,
    words: [text(one.title), text(one.due_on) && t("due_by", { day: date(text(one.due_on)) })]
      .filter(Boolean)
      .join(" · "),
    who: text(one.owner_id) && userName(text(one.owner_id)),
  };
}

// Each rating with the one that it followed, on its scale and of its person.
// What one of us said of somebody on a day is told at once.
function ofRatings(ratings: Item[], people: Item[]): Entry[] {
  const before = new Map<string, string>();
  const told = new Map<string, Entry>();
  const names = new Map(people.map((one) => [one.id, titleOf("contact", one)]));
  const sorted = standing(ratings).sort(
    (a, b) =>
      text(a.rated_on).localeCompare(text(b.rated_on)) || a.id.localeCompare(b.id),
  );
  for (const one of sorted) {
    const key = [one.contact_id, one.scale, one.perspective].join(" ");
    const was = before.get(key);
    const level = text(one.level);
    before.set(key, level);
    const step = was && was !== level ? `${was} → ${level}` : level;
    const words = [code("relationship_rating", "level", one.level), text(one.evidence)]
      .filter(Boolean)
      .join(" · ");
    const same = [one.contact_id, one.rated_on, one.rated_by_id].join(" ");
    const there = told.get(same);
    if (there) {
      there.title += t("list_comma") + step;
      there.words += `\n${words}`;
      continue;
    }
    const whom = names.get(text(one.contact_id));
    told.set(same, {
      id: one.id,
      kind: "relation",
      day: text(one.rated_on),
      icon: "person",
      title: [
        t("relation_of", { who: whom || code("relationship_rating", "scale", one.scale) }),
        step,
      ].join(" "),
      words,
      who: text(one.rated_by_id) && userName(text(one.rated_by_id)),
    });
  }
  return [...told.values()];
}

function ofIntel(one: Item): Entry {
  return {
    id: one.id,
    kind: "heard",
    day: text(one.observed_on) || madeOn(one.id),
    icon: "doc",
    title: code("intel", "category", one.category),
    words: text(one.text),
    who: [
      code("intel", "source", one.source),
      one.confidence ? code("intel", "confidence", one.confidence) : "",
    ]
      .filter(Boolean)
      .join(" · "),
  };
}

function ofAssignment(one: Item): Entry {
  const [from, to] = [text(one.from_user_id), text(one.to_user_id)];
  return {
    id: one.id,
    kind: "file",
    day: text(one.effective_on),
    icon: "arrow",
    title: label("account", "owner_id"),
    words: [
      [from && userName(from), userName(to)].filter(Boolean).join(" → "),
      text(one.reason),
    ]
      .filter(Boolean)
      .join(" · "),
    who: text(one.by_id) && userName(text(one.by_id)),
  };
}

function ofMember(one: Item): Entry {
  const left = text(one.to_on);
  return {
    id: one.id,
    kind: "file",
    day: left || text(one.from_on) || madeOn(one.id),
    icon: "people",
    title: t(left ? "left_team" : "joined_team", { who: userName(text(one.user_id)) }),
    words: code("account_member", "role", one.role),
    who: "",
  };
}

// What tells how the account is classed and where it stands.
const CLASSED = ["tier", "status", "owner_id", "program_phase", "archived"];

type Written = {
  time: string;
  user: string;
  field: string;
  value: Json;
  seq: number;
};

function ofHistory(written: Written[]): Entry[] {
  const before = new Map<string, string>();
  return written.flatMap((one, i) => {
    if (!CLASSED.includes(one.field)) return [];
    const field = fieldOf("account", one.field);
    const now =
      one.field === "archived"
        ? t(one.value === true ? "was_archived" : "was_opened")
        : valueText(field, one.value) || t("cleared");
    const was = before.get(one.field);
    before.set(one.field, now);
    return [
      {
        id: `${one.field} ${one.time} ${i}`,
        kind: "file" as const,
        day: dayOf(new Date(one.time)),
        icon: "edit" as const,
        title: one.field === "archived" ? now : label("account", one.field),
        words: one.field === "archived" ? "" : was ? `${was} → ${now}` : now,
        who: userName(one.user),
      },
    ];
  });
}

export async function loadEntries(account: string, people: Item[]): Promise<Entry[]> {
  const of = { account_id: account, limit: LIMIT };
  const there = ["action", "intel", "account_assignment", "account_member"].filter(
    (type) => typeOf(type),
  );
  const found = await readAll([
    `/api/account/${account}/history`,
    ...there.map((type) => list(type, of)),
    list("relationship_rating", of),
    ...people.map((one) =>
      list("relationship_rating", { contact_id: one.id, limit: LIMIT }),
    ),
  ]);
  const at = (type: string) => found[1 + there.indexOf(type)] ?? [];
  const ratings = found.slice(1 + there.length).flat();
  return [
    ...ofHistory(found[0] as unknown as Written[]),
    ...at("action").map(ofAction),
    ...standing(at("intel")).map(ofIntel),
    ...standing(at("account_assignment")).map(ofAssignment),
    ...standing(at("account_member")).map(ofMember),
    ...ofRatings(ratings, people),
  ].filter((one) => one.day);
}

function Line({ one }: { one: Entry }) {
  return (
    <Tape day={one.day} icon={one.icon}>
      <div class="evh">
        <b>
          <Data text={one.title} />
        </b>
        {one.tag && <span class={`tag ${one.tag.shape}`}>{one.tag.word}</span>}
      </div>
      {one.words && <Long text={one.words} />}
      {one.who && (
        <div class="small ink2">
          <Data text={one.who} />
        </div>
      )}
    </Tape>
  );
}

type Any = { day: string; id: string; visit?: Visit; entry?: Entry };

// Newest first. As long as visits are missing below, nothing older is shown.
export function inOrder(
  visits: Visit[],
  entries: Entry[],
  complete: boolean,
  only: Kind | null,
): Any[] {
  const last = visits[visits.length - 1];
  const from = complete || !last || (only && only !== "visit") ? "" : dayOfVisit(last.visit);
  return [
    ...(only && only !== "visit"
      ? []
      : visits.map((visit) => ({
          day: dayOfVisit(visit.visit),
          id: visit.visit.id,
          visit,
        }))),
    ...entries
      .filter((one) => (!only || one.kind === only) && one.day >= from)
      .map((entry) => ({ day: entry.day, id: entry.id, entry })),
  ].sort((a, b) => b.day.localeCompare(a.day) || b.id.localeCompare(a.id));
}

export function Happened({ one, people }: { one: Any; people: Names }) {
  if (one.visit) return <Event one={one.visit} people={people} />;
  return one.entry ? <Line one={one.entry} /> : null;
}

