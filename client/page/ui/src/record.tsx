// A record's fields by section, each edited in its place.
import { useState } from "preact/hooks";
import type { Answer, Item, Json, JsonObject } from "./api";
import { patch, Problem } from "./api";
import { did } from "./did";
import { ValueInput } from "./form";
import { Icon } from "./icons";
import { ArchiveButton, FieldPast } from "./history";
import { lookUp, nameIn, type Names } from "./names";
import { type Field, myRank, typeOf, valueText } from "./schema";
import { Data, ErrorNote, Section } from "./ui";
import { pick, t, type Word } from "./words";

// Which fields stand together; what is named nowhere stands under "more".
const sections: Record<string, [Word, string[]][]> = {
  account: [
    ["sec_names", ["short_name", "legal_name", "uscc", "uscc_status", "aliases", "kind", "parent_id"]],
    ["sec_reach", ["phones", "emails", "addresses", "region_code", "website"]],
    ["sec_business", ["status", "tier", "owner_id", "role_set", "industry", "ownership", "employees", "annual_revenue", "source", "first_contact_on", "next_review_on"]],
    ["sec_buying", ["category_spend", "purchase_policy", "buying_orientation", "supplier_cert", "price_sensitivity", "credit_rating", "credit_limit", "credit_days"]],
  ],
  contact: [
    ["sec_person", ["name", "salutation", "gender", "title", "department", "level", "function", "account_id", "status"]],
    ["sec_reach", ["primary_phone", "mobiles", "phones", "wechat", "emails", "preferred_channel", "desired_interval_days", "do_not_contact"]],
    ["sec_matters", ["top_needs", "motivation", "expectations", "deepen_idea", "birthday_md"]],
    ["sec_consent", ["consent", "consent_on"]],
  ],
};

export type Grouped = { title: Word; fields: Field[] };

export function groupsOf(type: string): Grouped[] {
  const all = typeOf(type)?.fields ?? [];
  const groups = (sections[type] ?? []).map(([title, names]) => ({
    title,
    fields: names
      .map((name) => all.find((field) => field.name === name))
      .filter((field): field is Field => !!field),
  }));
  const named = new Set(groups.flatMap((one) => one.fields.map((f) => f.name)));
  const rest = all.filter((field) => !named.has(field.name));
  return rest.length ? [...groups, { title: "sec_more", fields: rest }] : groups;
}

// What fields refer to, of these records.
export async function namesFor(type: string, records: Item[]): Promise<Names> {
  const wanted = new Map<string, string[]>();
  for (const field of typeOf(type)?.fields ?? []) {
    if (field.form !== "ref" || !field.refers || field.refers === "user") continue;
    for (const record of records) {
      const value = record[field.name];
      const ids = (Array.isArray(value) ? value : [value]).filter(
        (one): one is string => typeof one === "string",
      );
      wanted.set(field.refers, [...(wanted.get(field.refers) ?? []), ...ids]);
    }
  }
  const found: Names = new Map();
  for (const [refers, ids] of wanted)
    for (const [id, record] of await lookUp(refers, ids)) found.set(id, record);
  return found;
}

// ---- editing one field ----

function asArray(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

type Edited = { value: Json; add: Json[]; remove: Json[] };

function SetEditor({
  field,
  edited,
  present,
  onChange,
  names,
}: {
  field: Field;
  edited: Edited;
  present: Json[];
  onChange: (edited: Edited) => void;
  names?: Names;
}) {
  const [one, setOne] = useState<Json>(null);
  const name = (type: string, id: string) => nameIn(names, type, id);
  const same = (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b);
  const kept = [
    ...present.filter((value) => !edited.remove.some((gone) => same(gone, value))),
    ...edited.add,
  ];
  const add = () => {
    if (one === null || kept.some((value) => same(value, one))) return;
    onChange({ ...edited, add: [...edited.add, one] });
    setOne(null);
  };
  return (
    <>
      <div class="chips">
        {kept.map((value) => (
          <button
            type="button"
            class="chip"
            key={JSON.stringify(value)}
            aria-label={t("remove", { what: valueText(field, value, name) })}
            onClick={() =>
              onChange(
                edited.add.some((mine) => same(mine, value))
                  ? { ...edited, add: edited.add.filter((m) => !same(m, value)) }
                  : { ...edited, remove: [...edited.remove, value] },
              )
            }
          >
            <Data text={valueText(field, value, name)} /> <Icon name="x" size="s" />
          </button>
        ))}
      </div>
      <ValueInput field={field} id={`edit-${field.name}`} value={one} onChange={setOne} />
      <button type="button" class="btn small" disabled={one === null} onClick={add}>
        {t("add")}
      </button>
    </>
  );
}

function Editor({
  type,
  record,
  field,
  shown,
  names,
  onDone,
}: {
  type: string;
  record: Item;
  field: Field;
  shown: string | null;
  names?: Names;
  onDone: (saved: boolean) => void;
}) {
  const before = record[field.name] ?? null;
  const [edited, setEdited] = useState<Edited>({
    value: field.kind === "set" ? null : before,
    add: [],
    remove: [],
  });
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(false);
  const isSet = field.kind === "set";
  const write = (value: Json, at: string | null) =>
    patch<Item>(`/api/${type}/${record.id}`, { [field.name]: value }, at);
  const save = async () => {
    setSaving(true);
    setProblem(null);
    try {
      const now: JsonObject = { add: edited.add, remove: edited.remove };
      const done: Answer<Item> = await write(isSet ? now : edited.value, shown);
      did(
        t("changed", { what: pick(field) }),
        field.kind === "once"
          ? undefined
          : () =>
              write(
                isSet ? { add: edited.remove, remove: edited.add } : before,
                done.shown,
              ),
      );
      onDone(true);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setSaving(false);
    }
  };
  const unchanged = isSet
    ? !edited.add.length && !edited.remove.length
    : JSON.stringify(edited.value) === JSON.stringify(before);
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => event.key === "Escape" && onDone(false)}
    >
      <div class="field">
        <label for={`edit-${field.name}`}>{pick(field)}</label>
        {isSet ? (
          <SetEditor
            field={field}
            edited={edited}
            present={asArray(before)}
            onChange={setEdited}
            names={names}
          />
        ) : (
          <ValueInput
            field={field}
            id={`edit-${field.name}`}
            value={edited.value}
            onChange={(value) => setEdited({ ...edited, value })}
          />
        )}
      </div>
      {field.kind === "once" && <p class="small ink2">{t("once_only")}</p>}
      {problem && <ErrorNote title={t("not_saved")} problem={problem} />}
      <div class="btns">
        <button type="button" class="btn mid" onClick={() => onDone(false)}>
          {t("cancel")}
        </button>
        <button type="submit" class="btn go mid" disabled={saving || unchanged}>
          {saving ? t("saving") : t("save")}
        </button>
      </div>
    </form>
  );
}

// ---- all fields ----

function Value({ field, record, names }: { field: Field; record: Item; names?: Names }) {
  const value = record[field.name];
  const words = valueText(field, value, (type, id) => nameIn(names, type, id));
  if (!words) return <span class="ink3">–</span>;
  if (field.form === "ref" && field.refers !== "user" && typeof value === "string")
    return (
      <a class="accent" href={`#/${field.refers}/${value}`}>
        <Data text={words} />
      </a>
    );
  if (/phone|mobile/.test(field.name) && field.form === "text")
    return (
      <span>
        {(Array.isArray(value) ? value : [value]).map((one) => (
          <a class="accent tel" key={String(one)} href={`tel:${String(one)}`}>
            {String(one)}
          </a>
        ))}
      </span>
    );
  return <Data text={words} class="pre" />;
}

export function Details({
  type,
  record,
  shown,
  names,
  onSaved,
}: {
  type: string;
  record: Item;
  shown: string | null;
  names?: Names;
  onSaved: () => void;
}) {
  const [editing, setEditing] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState<string | null>(null); // the field whose past
  // What a form was opened on stays what it was, whatever comes meanwhile.
  const [at, setAt] = useState<{ record: Item; shown: string | null } | null>(null);
  const rank = myRank(String(record.territory ?? ""));
  const conflicts = asArray(record.conflicts);
  return (
    <>
      {groupsOf(type).map((group) => {
        const filled = group.fields.filter((f) => record[f.name] !== undefined);
        const fields = all ? group.fields : filled;
        if (!fields.length) return null;
        return (
          <Section key={group.title} title={t(group.title)}>
            <dl class="card rows facts">
              {fields.map((field) => {
                const may =
                  rank >= (field.rank ?? 1) &&
                  !(field.kind === "once" && record[field.name] !== undefined);
                if (editing === field.name && at)
                  return (
                    <div key={field.name}>
                      <dt class="sr">{pick(field)}</dt>
                      <dd>
                        <Editor
                          type={type}
                          record={at.record}
                          shown={at.shown}
                          field={field}
                          names={names}
                          onDone={(saved) => {
                            setEditing(null);
                            if (saved) onSaved();
                          }}
                        />
                      </dd>
                    </div>
                  );
                return (
                  <div class="fact" key={field.name} tabIndex={-1}>
                    <dt>
                      {pick(field)}
                      {conflicts.includes(field.name) && (
                        <a href="#/sync" class="tag bad">
                          {t("two_values")}
                        </a>
                      )}
                    </dt>
                    <dd>
                      <Value field={field} record={record} names={names} />
                      {record[field.name] !== undefined && (
                        <button
                          type="button"
                          class="icon past-of"
                          aria-label={t("history_of", { what: pick(field) })}
                          aria-expanded={open === field.name}
                          onClick={() =>
                            setOpen(open === field.name ? null : field.name)
                          }
                        >
                          <Icon name="clock" size="s" />
                        </button>
                      )}
                      {may && (
                        <button
                          type="button"
                          class="icon change"
                          aria-label={t("edit_what", { what: pick(field) })}
                          onClick={() => {
                            setAt({ record, shown });
                            setEditing(field.name);
                          }}
                        >
                          <Icon name="edit" size="s" />
                        </button>
                      )}
                      {open === field.name && (
                        <FieldPast
                          type={type}
                          record={record}
                          shown={shown}
                          field={field}
                          may={may}
                        />
                      )}
                    </dd>
                  </div>
                );
              })}
            </dl>
          </Section>
        );
      })}
      <div class="file-acts">
        <button type="button" class="btn quiet" onClick={() => setAll(!all)}>
          {all ? t("only_filled") : t("all_fields")}
        </button>
        {rank > 0 && <ArchiveButton type={type} record={record} />}
      </div>
    </>
  );
}
