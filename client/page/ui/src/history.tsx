// What was ever written: to a record, or to one field and why it shows what it
// shows. What stood before is written again by one tap.
import type { Item, Json } from "./api";
import { get } from "./api";
import { change, did } from "./did";
import { moment } from "./format";
import { useLive } from "./live";
import { lookUp, nameIn, type Names } from "./names";
import { type Field, fieldOf, label, myRank, userName, valueText } from "./schema";
import { Data, ErrorNote, Section, Skeleton } from "./ui";
import { pick, t } from "./words";

type Entry = {
  time: string;
  user: string;
  device: string;
  field: string;
  kind: string; // set, once, add, remove
  value: Json;
  live: boolean;
  counted?: boolean;
};

type Why = {
  explanation: string;
  versions: { value: Json; user: string; time: string; live: boolean }[];
};

const same = (a: Json | undefined, b: Json | undefined) =>
  JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

const isMark = (name: string) => name === "archived";

// Names of what the values refer to.
async function namesOf(type: string, entries: Entry[]): Promise<Names> {
  const wanted = new Map<string, string[]>();
  for (const entry of entries) {
    const field = fieldOf(type, entry.field);
    if (field?.form !== "ref" || !field.refers || field.refers === "user") continue;
    if (typeof entry.value === "string")
      wanted.set(field.refers, [...(wanted.get(field.refers) ?? []), entry.value]);
  }
  const found: Names = new Map();
  for (const [refers, ids] of wanted)
    for (const [id, record] of await lookUp(refers, ids)) found.set(id, record);
  return found;
}

type Write = { fields: Record<string, Json>; back: Record<string, Json> };

// How an entry is undone: written again what it says, or, of a set, taken out
// or put back what it added or took. Null where that changes nothing.
function rewrite(type: string, record: Item, entry: Entry): Write | null {
  const field = fieldOf(type, entry.field);
  const now = record[entry.field];
  if (isMark(entry.field)) {
    const [was, is] = [entry.value === true, record.archived === true];
    return was === is
      ? null
      : { fields: { archived: was }, back: { archived: is } };
  }
  if (entry.kind === "set")
    return same(now, entry.value)
      ? null
      : {
          fields: { [entry.field]: entry.value },
          back: { [entry.field]: now ?? null },
        };
  if (entry.kind === "once" || field?.kind === "once") return null;
  const there =
    Array.isArray(now) && now.some((value) => same(value, entry.value));
  const add = { add: [entry.value], remove: [] };
  const remove = { add: [], remove: [entry.value] };
  if (entry.kind === "add" && there)
    return { fields: { [entry.field]: remove }, back: { [entry.field]: add } };
  if (entry.kind === "remove" && !there)
    return { fields: { [entry.field]: add }, back: { [entry.field]: remove } };
  return null;
}

// The latest entry of each value: what it says is offered once.
function latest(entries: Entry[]): Set<Entry> {
  const seen = new Set<string>();
  return new Set(
    entries.filter((one) => {
      const key = JSON.stringify([one.field, one.value]);
      return !seen.has(key) && !!seen.add(key);
    }),
  );
}

function word(entry: Entry): string {
  if (isMark(entry.field)) return t(entry.value === true ? "was_archived" : "was_opened");
  if (entry.kind === "add") return t("take_out");
  if (entry.kind === "remove") return t("put_back");
  return t("write_again");
}

function Past({
  type,
  record,
  entry,
  names,
  withField,
  shown,
}: {
  type: string;
  record: Item | null; // null: it is only told
  entry: Entry;
  names?: Names;
  withField: boolean;
  shown: string | null;
}) {
  const field = fieldOf(type, entry.field);
  const mark = isMark(entry.field);
  const words = mark
    ? t(entry.value === true ? "was_archived" : "was_opened")
    : valueText(field, entry.value, (refers, id) => nameIn(names, refers, id));
  const may =
    !!record && (mark || myRank(String(record.territory ?? "")) >= (field?.rank ?? 1));
  const write = may && record ? rewrite(type, record, entry) : null;
  const what = mark ? words : field ? pick(field) : entry.field;
  const go = () => {
    if (!record || !write) return;
    void change(type, record.id, write.fields, shown).then((done) => {
      if (done)
        did(t("changed", { what }), () => change(type, record.id, write.back));
    });
  };
  return (
    <li class={entry.live ? "" : "old"} tabIndex={-1}>
      {withField && (
        <span class="small ink2">{mark ? "" : label(type, entry.field)}</span>
      )}
      <span class="pre val">
        {entry.kind === "add" && "+ "}
        {entry.kind === "remove" && "− "}
        {words ? <Data text={words} /> : t("cleared")}{" "}
        {entry.counted === false && (
          <span class="tag warn">{t("does_not_count")}</span>
        )}
      </span>
      <span class="small ink3 by">
        <Data text={userName(entry.user)} /> · {moment(entry.time)}
      </span>
      {write && !mark && (
        <button
          type="button"
          class="link small again"
          aria-label={`${word(entry)}: ${words || t("cleared")}`}
          onClick={go}
        >
          {word(entry)}
        </button>
      )}
    </li>
  );
}

async function loadPast(type: string, id: string, field?: string) {
  const [{ body }, why] = await Promise.all([
    get<Entry[]>(`/api/${type}/${id}/history`),
    field ? get<Why>(`/api/why/${id}/${field}`) : Promise.resolve(null),
  ]);
  const entries = (field ? body.filter((one) => one.field === field) : body).reverse();
  return {
    entries,
    offered: latest(entries),
    why: why?.body ?? null,
    names: await namesOf(type, entries),
  };
}

export function History({
  type,
  record,
  shown,
}: {
  type: string;
  record: Item;
  shown: string | null;
}) {
  const { data, problem, reload } = useLive(`history ${record.id}`, () =>
    loadPast(type, record.id),
  );
  if (problem)
    return <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />;
  if (!data) return <Skeleton />;
  return (
    <Section title={t("history")} count={data.entries.length}>
      <ol class="card rows past">
        {data.entries.map((entry, i) => (
          <Past
            key={i}
            type={type}
            record={data.offered.has(entry) ? record : null}
            entry={entry}
            names={data.names}
            shown={shown}
            withField
          />
        ))}
      </ol>
    </Section>
  );
}

// Of one field: why it shows this, and what it was before.
export function FieldPast({
  type,
  record,
  shown,
  field,
  may,
}: {
  type: string;
  record: Item;
  shown: string | null;
  field: Field;
  may: boolean;
}) {
  const { data, problem, reload } = useLive(`past ${record.id} ${field.name}`, () =>
    loadPast(type, record.id, field.name),
  );
  if (problem)
    return <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />;
  if (!data) return <p class="small ink3">{t("loading")}</p>;
  return (
    <div class="field-past">
      {data.why && (
        <p class="small ink2">
          <b>{t("why_this")}</b> {data.why.explanation}
        </p>
      )}
      <ol class="past slim">
        {data.entries.map((entry, i) => (
          <Past
            key={i}
            type={type}
            record={may && data.offered.has(entry) ? record : null}
            entry={entry}
            names={data.names}
            shown={shown}
            withField={false}
          />
        ))}
      </ol>
    </div>
  );
}

// Puts a record away, or takes it out again; either is undone by the other.
export function ArchiveButton({ type, record }: { type: string; record: Item }) {
  const archived = record.archived === true;
  const go = () =>
    void change(type, record.id, { archived: !archived }).then((done) => {
      if (done)
        did(t(archived ? "was_opened" : "was_archived"), () =>
          change(type, record.id, { archived }),
        );
    });
  return (
    <button type="button" class="btn quiet" onClick={go}>
      {t(archived ? "open_again" : "archive")}
    </button>
  );
}
