// Visits and what was said at them, newest first.
import type { ComponentChildren } from "preact";
import type { Item } from "./api";
import { list, read } from "./api";
import { daysBetween, madeOn, shortDate, text, texts, time } from "./format";
import { Icon, type IconName } from "./icons";
import { lookUp, nameIn, type Names } from "./names";
import { codeLabel, fieldOf, userName } from "./schema";
import { Data, Long } from "./ui";
import { t } from "./words";

export type Visit = { visit: Item; notes: Item[] };

const NOTES = 50;

export async function withNotes(visits: Item[]): Promise<Visit[]> {
  const notes = await read(
    visits.map((visit) => list("visit_note", { visit_id: visit.id, limit: NOTES })),
  );
  return visits.map((visit, i) => ({
    visit,
    // In the order in which they were written.
    notes: standing(((notes[i] ?? []) as Item[]).slice().reverse()),
  }));
}

// A record that another one corrects gives way to it.
export function standing(records: Item[]): Item[] {
  const corrected = new Set(records.map((one) => text(one.corrects)));
  return records.filter((one) => !corrected.has(one.id));
}

export async function peopleOf(visits: Visit[]): Promise<Names> {
  return lookUp(
    "contact",
    visits.flatMap((one) => texts(one.visit.contacts)),
  );
}

// The day that a visit stands under.
export function dayOfVisit(visit: Item): string {
  return (
    text(visit.visited_on) ||
    text(visit.started_at).slice(0, 10) ||
    text(visit.planned_start).slice(0, 10)
  );
}

// Newest first, by the day that they stand under.
export const byDay = (a: Item, b: Item) =>
  dayOfVisit(b).localeCompare(dayOfVisit(a)) || b.id.localeCompare(a.id);

const icons: Record<string, IconName> = { call: "phone", video: "phone", wechat: "phone" };
const shapes: Record<string, string> = {
  advanced: "ok",
  continued: "info",
  stalled: "warn",
  regressed: "bad",
};

export function Result({ visit }: { visit: Item }) {
  const result = text(visit.result);
  if (!result) return null;
  return (
    <span class={`tag ${shapes[result] ?? "soft"}`}>
      {result === "advanced" && <Icon name="arrow" size="s" />}
      {codeLabel(fieldOf("visit", "result"), result)}
    </span>
  );
}

function Note({ note }: { note: Item }) {
  const kind = text(note.kind);
  if (kind === "fact") return <Long text={text(note.text)} />;
  if (kind === "quote") return <Long text={`“${text(note.text)}”`} />;
  return (
    <Long text={text(note.text)}>
      <span class={`tag ${kind === "risk" ? "warn" : "soft"}`}>
        {codeLabel(fieldOf("visit_note", "kind"), kind)}
      </span>{" "}
    </Long>
  );
}

// A moment on the line of time.
export function Tape({
  day,
  icon,
  children,
}: {
  day: string;
  icon: IconName;
  children: ComponentChildren;
}) {
  return (
    <li class="ev">
      <time dateTime={day}>{day ? shortDate(day) : ""}</time>
      <span class="dot">
        <Icon name={icon} size="s" />
      </span>
      <div>{children}</div>
    </li>
  );
}

// Days after a visit at which it is told when it was logged; later ones were
// brought in from elsewhere.
const [LATE, BROUGHT] = [2, 30];

function loggedLate(visit: Item): string {
  const [day, made] = [text(visit.visited_on), madeOn(visit.id)];
  const days = day && made ? daysBetween(day, made) : 0;
  return days >= LATE && days <= BROUGHT ? t("logged_late", { n: days }) : "";
}

export function Event({
  one,
  people,
  mark,
}: {
  one: Visit;
  people?: Names;
  mark?: ComponentChildren; // where it is
}) {
  const { visit, notes } = one;
  const day = dayOfVisit(visit);
  const type = text(visit.type) || "visit";
  const who = [
    texts(visit.contacts)
      .map((id) => nameIn(people, "contact", id))
      .filter(Boolean)
      .join(t("list_comma")),
    texts(visit.our_attendees).map(userName).join(t("list_comma")),
    loggedLate(visit),
  ].filter(Boolean);
  const planned = visit.status === "planned";
  return (
    <Tape day={day} icon={icons[type] ?? "people"}>
        <div class="evh">
          <b>{codeLabel(fieldOf("visit", "type"), type)}</b>
          <Result visit={visit} />
          {planned && (
            <span class="tag">
              {codeLabel(fieldOf("visit", "status"), "planned")}
              {visit.planned_start ? ` ${time(text(visit.planned_start))}` : ""}
            </span>
          )}
          {mark}
          {visit.status === "cancelled" && (
            <span class="tag">{codeLabel(fieldOf("visit", "status"), "cancelled")}</span>
          )}
        </div>
        {text(visit.goal) && (
          <Long text={text(visit.goal)} class="ink2" />
        )}
        {notes.map((note) => (
          <Note key={note.id} note={note} />
        ))}
        {who.length > 0 && (
          <div class="small ink2">
            <Data text={who.join(" · ")} />
          </div>
        )}
    </Tape>
  );
}
