// Fields as inputs: all from the schema.
import { useEffect, useState } from "preact/hooks";
import type { Item, Json, JsonObject } from "./api";
import { get } from "./api";
import { text } from "./format";
import { nameIn, lookUp } from "./names";
import { accountName, type Field, titleOf, users } from "./schema";
import { Chip, Data } from "./ui";
import { pick, t } from "./words";

export type Change = (value: Json) => void;

const CHIPS_MAX = 8; // codes that stand as chips; more are a list

function CodeInput({ field, value, onChange, id }: InputProps) {
  const codes = field.codes ?? [];
  if (codes.length <= CHIPS_MAX)
    return (
      <div class="chips" role="group" aria-label={pick(field)}>
        {codes.map((code) => (
          <Chip
            key={code.code}
            on={value === code.code}
            onClick={() => onChange(value === code.code ? null : code.code)}
          >
            {pick(code)}
          </Chip>
        ))}
      </div>
    );
  return (
    <select
      id={id}
      class="input"
      value={text(value)}
      onChange={(event) => onChange(event.currentTarget.value || null)}
    >
      <option value="">–</option>
      {codes.map((code) => (
        <option key={code.code} value={code.code}>
          {pick(code)}
        </option>
      ))}
    </select>
  );
}

// Free text, of which some is known by a code.
function OpenInput({ field, value, onChange, id }: InputProps) {
  const codes = field.codes ?? [];
  const known = codes.find((code) => code.code === value);
  return (
    <>
      <input
        id={id}
        class="input"
        list={`${id}-known`}
        value={known ? pick(known) : text(value)}
        onInput={(event) => {
          const typed = event.currentTarget.value;
          const code = codes.find((one) => pick(one) === typed);
          onChange(code ? code.code : typed || null);
        }}
      />
      <datalist id={`${id}-known`}>
        {codes.map((code) => (
          <option key={code.code} value={pick(code)} />
        ))}
      </datalist>
    </>
  );
}

type Hit = { type: string; id: string; title: string; record: Item };

// A record of another type, found by words.
function RefInput({ field, value, onChange, id }: InputProps) {
  const refers = field.refers ?? "";
  const [words, setWords] = useState("");
  const [hits, setHits] = useState<Item[]>([]);
  const [name, setName] = useState("");

  useEffect(() => {
    if (!value || refers === "user") return;
    void lookUp(refers, [String(value)]).then((names) =>
      setName(nameIn(names, refers, value)),
    );
  }, [value]);
  useEffect(() => {
    if (!words.trim()) {
      setHits([]);
      return undefined;
    }
    const timer = window.setTimeout(() => {
      const query = new URLSearchParams({ q: words.trim(), limit: "20" });
      get<Hit[]>(`/api/search?${query}`).then(
        ({ body }) =>
          setHits(
            body.filter((hit) => hit.type === refers).map((hit) => hit.record),
          ),
        () => setHits([]),
      );
    }, 150);
    return () => clearTimeout(timer);
  }, [words]);

  if (refers === "user")
    return (
      <select
        id={id}
        class="input"
        value={text(value)}
        onChange={(event) => onChange(event.currentTarget.value || null)}
      >
        <option value="">–</option>
        {users.map((user) => (
          <option key={user.id} value={user.id}>
            {user.name || user.login}
          </option>
        ))}
      </select>
    );
  return (
    <div class="field">
      {!!value && (
        <div class="chips">
          <Chip on onClick={() => onChange(null)}>
            <Data text={name || String(value).slice(-6)} /> ×
          </Chip>
        </div>
      )}
      <input
        id={id}
        type="search"
        class="input"
        placeholder={t("find")}
        value={words}
        onInput={(event) => setWords(event.currentTarget.value)}
      />
      {hits.length > 0 && (
        <div class="card rows">
          {hits.slice(0, 8).map((record) => (
            <button
              type="button"
              class="row two"
              key={record.id}
              onClick={() => {
                setName(
                  refers === "account"
                    ? accountName(record)
                    : titleOf(refers, record),
                );
                setWords("");
                onChange(record.id);
              }}
            >
              <Data
                text={
                  refers === "account"
                    ? accountName(record)
                    : titleOf(refers, record)
                }
              />
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

// A tuple: its parts, of which the first says whether there is one.
function PartsInput({ field, value, onChange, id }: InputProps) {
  const whole = (value ?? {}) as JsonObject;
  const parts: Field[] =
    field.form === "money"
      ? [
          { name: "amount", en: "Amount", zh: "金额", kind: "put", form: "text", required: true },
          { name: "currency", en: "Currency", zh: "币种", kind: "put", form: "text", required: false },
        ]
      : (field.parts ?? []);
  return (
    <div class="parts">
      {parts.map((part) => (
        <div class="field" key={part.name}>
          <label for={`${id}-${part.name}`}>{pick(part)}</label>
          <ValueInput
            field={part}
            id={`${id}-${part.name}`}
            value={whole[part.name] ?? null}
            onChange={(given) => {
              const next: JsonObject = { ...whole, [part.name]: given };
              if (given === null) delete next[part.name];
              onChange(Object.keys(next).length ? next : null);
            }}
          />
        </div>
      ))}
    </div>
  );
}

type InputProps = { field: Field; value: Json; onChange: Change; id: string };

// 2026-11-20T09:30 as an input takes it, and back with the zone.
function localTime(value: Json): string {
  if (typeof value !== "string") return "";
  const at = new Date(value);
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60000);
  return Number.isNaN(at.getTime()) ? "" : shifted.toISOString().slice(0, 16);
}

function zonedTime(value: string): Json {
  if (!value) return null;
  const minutes = -new Date(value).getTimezoneOffset();
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  const size = Math.abs(minutes);
  return `${value}:00${minutes < 0 ? "-" : "+"}${two(size / 60)}:${two(size % 60)}`;
}

// The input of one value, or of one element of a set.
export function ValueInput({ field, value, onChange, id }: InputProps) {
  const typed = (event: { currentTarget: { value: string } }) =>
    onChange(event.currentTarget.value || null);
  switch (field.form) {
    case "code":
      return <CodeInput {...{ field, value, onChange, id }} />;
    case "open":
      return <OpenInput {...{ field, value, onChange, id }} />;
    case "ref":
      return <RefInput {...{ field, value, onChange, id }} />;
    case "money":
    case "tuple":
      return <PartsInput {...{ field, value, onChange, id }} />;
    case "bool":
      return (
        <div class="chips" role="group" aria-label={pick(field)}>
          <Chip on={value === true} onClick={() => onChange(true)}>
            {t("yes")}
          </Chip>
          <Chip on={value === false} onClick={() => onChange(false)}>
            {t("no")}
          </Chip>
        </div>
      );
    case "prose":
      return (
        <textarea id={id} class="input area" rows={3} value={text(value)} onInput={typed} />
      );
    case "int":
      return (
        <input
          id={id}
          class="input"
          type="number"
          step="1"
          value={typeof value === "number" ? value : ""}
          onInput={(event) => {
            const number = event.currentTarget.valueAsNumber;
            onChange(Number.isInteger(number) ? number : null);
          }}
        />
      );
    case "date":
      return <input id={id} class="input" type="date" value={text(value)} onInput={typed} />;
    case "time":
      return (
        <input
          id={id}
          class="input"
          type="datetime-local"
          value={localTime(value)}
          onInput={(event) => onChange(zonedTime(event.currentTarget.value))}
        />
      );
    default:
      return /phone|mobile/.test(field.name) ? (
        <input id={id} class="input" type="tel" value={text(value)} onInput={typed} />
      ) : (
        <input id={id} class="input" value={text(value)} onInput={typed} />
      );
  }
}
