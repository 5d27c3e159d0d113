// A new account or contact: the few fields that matter first, the rest later.
import { useState } from "preact/hooks";
import type { Item, Json, JsonObject } from "./api";
import { newId, post, Problem } from "./api";
import { change, did } from "./did";
import { ValueInput } from "./form";
import { fieldOf, places, typeOf } from "./schema";
import { LogButton, Screen } from "./shell";
import { ErrorNote } from "./ui";
import { pick, t } from "./words";

const first: Record<string, string[]> = {
  account: ["short_name", "legal_name", "industry", "phones"],
  contact: ["name", "account_id", "title", "mobiles"],
};

// ROLE-LEVEL of somebody who is missing in the decision chain.
function presetOf(preset: string | undefined): JsonObject {
  const [role, level] = (preset ?? "").split("-");
  return { ...(role ? { key_role: role } : {}), ...(level ? { level } : {}) };
}

export function NewRecord({
  type,
  account,
  preset,
}: {
  type: string;
  account?: string;
  preset?: string;
}) {
  const [id] = useState(newId());
  const [values, setValues] = useState<JsonObject>({
    ...(account ? { account_id: account } : {}),
    ...presetOf(preset),
  });
  const writable = places.filter((place) => place.writable);
  const [territory, setTerritory] = useState(writable[0]?.territory ?? "");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(false);
  const schema = typeOf(type)!;
  const fields = [...(first[type] ?? []), ...Object.keys(presetOf(preset))]
    .map((name) => fieldOf(type, name))
    .filter((field) => !!field);
  const set = (name: string, value: Json) =>
    setValues((old) => {
      const next = { ...old, [name]: value };
      if (value === null) delete next[name];
      return next;
    });
  const save = async () => {
    setSaving(true);
    setProblem(null);
    const given: JsonObject = { id, ...values };
    for (const field of fields)
      if (field.kind === "set" && given[field.name] !== undefined)
        given[field.name] = [given[field.name]];
    // Beside what it refers to, a record lies where that lies.
    if (!given.account_id && writable.length > 1) given.territory = territory;
    try {
      const { body } = await post<Item>(`/api/${type}`, given);
      did(t("added_what", { what: pick(schema) }), () =>
        change(type, body.id, { archived: true }),
      );
      location.replace(preset ? `#/account/${account}` : `#/${type}/${body.id}`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setSaving(false);
    }
  };
  return (
    <Screen
      title={t("new_what", { what: pick(schema) })}
      back={`#/${type}`}
      tools={<LogButton />}
    >
      <form
        class="form card pad narrow"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {fields.map((field) => (
          <div class="field" key={field.name}>
            <label for={`new-${field.name}`}>{pick(field)}</label>
            <ValueInput
              field={field}
              id={`new-${field.name}`}
              value={values[field.name] ?? null}
              onChange={(value) => set(field.name, value)}
            />
          </div>
        ))}
        {!values.account_id && writable.length > 1 && (
          <div class="field">
            <label for="new-territory">{t("territory")}</label>
            <select
              id="new-territory"
              class="input"
              value={territory}
              onChange={(event) => setTerritory(event.currentTarget.value)}
            >
              {writable.map((place) => (
                <option key={place.territory}>{place.territory}</option>
              ))}
            </select>
          </div>
        )}
        {problem && (
          <ErrorNote
            title={t("not_saved")}
            problem={problem}
            onClose={() => setProblem(null)}
          />
        )}
        <button type="submit" class="btn go commit" disabled={saving}>
          {saving ? t("saving") : t("save")}
        </button>
      </form>
    </Screen>
  );
}
