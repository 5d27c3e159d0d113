// The lines of the decision chain in words, and the form for a new one: its
// fields come from the schema.
import { useState } from "preact/hooks";
import type { Item, JsonObject } from "./api";
import { newId, post, Problem } from "./api";
import type { Link } from "./chain_layout";
import { change, did } from "./did";
import { type Change, ValueInput } from "./form";
import { text } from "./format";
import { Icon } from "./icons";
import { codeLabel, type Field, fieldOf, typeOf } from "./schema";
import { Data, ErrorNote } from "./ui";
import { pick, t } from "./words";

const TYPE = "contact_link";

function Whom({
  field,
  id,
  people,
  value,
  onChange,
}: {
  field: Field;
  id: string;
  people: { id: string; name: string }[];
  value: string;
  onChange: Change;
}) {
  return (
    <select
      id={id}
      class="input"
      required={field.required}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value || null)}
    >
      <option value="">–</option>
      {people.map((one) => (
        <option key={one.id} value={one.id}>
          {one.name}
        </option>
      ))}
    </select>
  );
}

export function ChainForm({
  people,
  onDone,
}: {
  people: { id: string; name: string }[];
  onDone: () => void;
}) {
  const [values, setValues] = useState<JsonObject>({
    id: newId(),
    kind: "reports_to",
    formal: true,
  });
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(false);
  const fields = typeOf(TYPE)?.fields ?? [];
  const set = (name: string): Change => (value) =>
    setValues((old) => {
      const next = { ...old, [name]: value };
      if (value === null) delete next[name];
      return next;
    });
  const same = !!values.contact_id && values.contact_id === values.to_contact_id;
  const ready = fields.every((one) => !one.required || values[one.name] !== undefined);
  const save = async () => {
    setSaving(true);
    setProblem(null);
    try {
      const { body } = await post<Item>(`/api/${TYPE}`, values);
      did(t("link_added"), () => change(TYPE, body.id, { archived: true }));
      onDone();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setSaving(false);
    }
  };
  return (
    <form
      class="editor"
      aria-label={t("add_link")}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => event.key === "Escape" && onDone()}
    >
      {fields.map((field) => (
        <div class="field" key={field.name}>
          <label for={`link-${field.name}`}>{pick(field)}</label>
          {field.refers === "contact" ? (
            <Whom
              field={field}
              id={`link-${field.name}`}
              people={people}
              value={text(values[field.name])}
              onChange={set(field.name)}
            />
          ) : (
            <ValueInput
              field={field}
              id={`link-${field.name}`}
              value={values[field.name] ?? null}
              onChange={set(field.name)}
            />
          )}
        </div>
      ))}
      {same && <p class="small warn">{t("link_to_self")}</p>}
      {problem && <ErrorNote title={t("not_saved")} problem={problem} />}
      <div class="btns">
        <button type="button" class="btn mid" onClick={onDone}>
          {t("cancel")}
        </button>
        <button type="submit" class="btn go mid" disabled={saving || same || !ready}>
          {saving ? t("saving") : t("save")}
        </button>
      </div>
    </form>
  );
}

function remove(link: Link): void {
  void change(TYPE, link.id, { archived: true }).then((done) => {
    if (done)
      did(t("link_removed"), () => change(TYPE, link.id, { archived: false }));
  });
}

export function Links({ links }: { links: Link[] }) {
  if (!links.length) return null;
  const kind = (link: Link) => codeLabel(fieldOf(TYPE, "kind"), link.kind);
  return (
    <details class="links">
      <summary class="small ink2">{t("links_n", { n: links.length })}</summary>
      <ul class="rows">
        {links.map((link) => (
          <li class="row two" key={link.id}>
            <div>
              <div>
                <Data text={link.from} /> <span class="ink2">{kind(link)}</span>{" "}
                <a class="accent" href={`#/contact/${link.to_id}`}>
                  <Data text={link.to} />
                </a>
              </div>
              <div class="d">
                {[
                  t(link.formal ? "formal" : "informal"),
                  link.confidence &&
                    codeLabel(fieldOf(TYPE, "confidence"), link.confidence),
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </div>
            </div>
            <button
              type="button"
              class="icon"
              aria-label={t("remove", {
                what: `${link.from} ${kind(link)} ${link.to}`,
              })}
              onClick={() => remove(link)}
            >
              <Icon name="x" size="s" />
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
