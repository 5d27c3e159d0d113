// The inbox: what a person has to decide, and what a rule settled.
import { useState } from "preact/hooks";
import type { Json } from "./api";
import { get, patch, post, Problem } from "./api";
import { change, did } from "./did";
import { ValueInput } from "./form";
import { sayWhen } from "./format";
import { Icon } from "./icons";
import { lookUp, nameIn, type Names } from "./names";
import { type Field, fieldOf, label, me, userName, valueText } from "./schema";
import { namesFor } from "./record";
import { Data, ErrorNote } from "./ui";
import { t } from "./words";

type Sibling = {
  value: Json;
  base: Json;
  user: string;
  device: string;
  time: string;
  suspect: boolean;
};
export type Conflict = {
  id: string;
  type: string;
  record: string;
  field: string;
  state: "undecided" | "settled";
  shown: Json;
  siblings: Sibling[];
  unseen: { user: string; time: string; field: string; value: Json }[];
};
export type Inbox = {
  conflicts: Conflict[];
  shown: string | null;
  records: Names;
  names: Names;
  devices: Map<string, string>; // what each is called
  here: string; // this one
};

export async function loadInbox(): Promise<Inbox> {
  const [{ body, shown }, devices, status] = await Promise.all([
    get<Conflict[]>("/api/conflicts"),
    get<{ device: string; name: string }[]>("/api/device"),
    get<{ device: string }>("/api/status"),
  ]);
  const mine = (one: Sibling) => (one.user === me()?.login ? 0 : 1);
  for (const one of body) one.siblings.sort((a, b) => mine(a) - mine(b));
  const records: Names = new Map();
  const names: Names = new Map();
  for (const type of new Set(body.map((one) => one.type))) {
    const found = await lookUp(
      type,
      body.filter((one) => one.type === type).map((one) => one.record),
    );
    for (const [id, record] of found) records.set(id, record);
    for (const [id, record] of await namesFor(type, [...found.values()]))
      names.set(id, record);
  }
  return {
    conflicts: body,
    shown,
    records,
    names,
    devices: new Map(devices.body.map((one) => [one.device, one.name])),
    here: status.body.device,
  };
}

const deviceName = (inbox: Inbox, id: string) =>
  id === inbox.here ? t("this_device") : inbox.devices.get(id) || id.slice(-6);

// ---- what was settled on this page, and may be settled otherwise ----

type Settled = { conflict: Conflict; value: Json };
const settled: Settled[] = []; // the latest first

// Whether a later write can stand over it: what is written once, and where a
// record went, is settled for good.
function mayChange(conflict: Conflict): boolean {
  return (
    conflict.field === "archived" ||
    fieldOf(conflict.type, conflict.field)?.kind === "put"
  );
}

function note(conflict: Conflict, value: Json): void {
  const at = settled.findIndex((one) => one.conflict.id === conflict.id);
  if (at >= 0) settled.splice(at, 1);
  settled.unshift({ conflict, value });
}

// Settles it; afterwards the field is a field, and another value a write.
async function settle(conflict: Conflict, value: Json, shown: string | null) {
  const { id, type, record, field } = conflict;
  const before = settled.find((one) => one.conflict.id === id);
  const stood = before ? before.value : conflict.shown;
  if (before) await patch(`/api/${type}/${record}`, { [field]: value });
  else await post(`/api/conflicts/${id}`, { value }, shown);
  note(conflict, value);
  const same = JSON.stringify(stood) === JSON.stringify(value);
  did(
    t("settled", { what: label(type, field) }),
    same || !mayChange(conflict)
      ? undefined
      : async () => {
          const done = await change(type, record, { [field]: stood });
          if (done) note(conflict, stood);
          return done;
        },
    t("settled_everywhere"),
  );
}

// ---- one conflict ----

function Why({ conflict }: { conflict: Conflict }) {
  const [why, setWhy] = useState<string | null>(null);
  if (why) return <p class="small ink2">{why}</p>;
  return (
    <button
      type="button"
      class="link small accent"
      onClick={() =>
        void get<{ explanation: string }>(
          `/api/why/${conflict.record}/${conflict.field}`,
        ).then(({ body }) => setWhy(body.explanation))
      }
    >
      {t("why")}
    </button>
  );
}

function Version({
  one,
  field,
  on,
  names,
  device,
  onPick,
}: {
  one: Sibling;
  field: Field | undefined;
  on: boolean;
  names: Names;
  device: string; // what it is called
  onPick: () => void;
}) {
  const mine = one.user === me()?.login;
  const words = valueText(field, one.value, (type, id) => nameIn(names, type, id));
  return (
    <button
      type="button"
      role="radio"
      aria-checked={on}
      class={`ver ${on ? "on" : ""}`}
      onClick={onPick}
    >
      <span class="who">
        <span class={`radio ${on ? "on" : ""}`} />
        {mine ? t("mine") : t("of_whom", { who: userName(one.user) })}
      </span>
      <span class={`v ${words.length > 8 ? "long" : ""}`}>
        {words ? <Data text={words} /> : t("cleared")}
      </span>
      <span class="cap ink2">
        {sayWhen(one.time)} · <Data text={device} />
        {one.suspect && ` · ${t("clock_ahead")}`}
      </span>
    </button>
  );
}

function Decide({
  conflict,
  inbox,
  onDone,
}: {
  conflict: Conflict;
  inbox: Inbox;
  onDone?: () => void;
}) {
  const mine = conflict.siblings.findIndex((one) => one.user === me()?.login);
  const [at, setAt] = useState(Math.max(0, mine));
  const [other, setOther] = useState<Json>(null);
  const [writing, setWriting] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  // Decided on what was shown when the card opened, whatever comes meanwhile.
  const [shown] = useState(inbox.shown);
  const field = fieldOf(conflict.type, conflict.field);
  const record = inbox.records.get(conflict.record);
  const title = nameIn(inbox.records, conflict.type, conflict.record);
  const name = (type: string, id: string) => nameIn(inbox.names, type, id);
  const base = conflict.siblings.find((one) => one.base !== null)?.base ?? null;
  const picked = conflict.siblings[at] ?? conflict.siblings[0];
  const choose = async (value: Json) => {
    setBusy(true);
    setProblem(null);
    try {
      await settle(conflict, value, shown);
      onDone?.();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setBusy(false);
    }
  };
  const account = record && conflict.type !== "account" ? record : null;
  return (
    <article class="card cf">
      <div class="hd">
        <div class="lead">
          <Data text={title || conflict.record.slice(-6)} /> ·{" "}
          {label(conflict.type, conflict.field)}
        </div>
        <div class="small ink2">
          {account && <Data text={nameIn(inbox.names, "account", account.account_id)} />}
          {account && " · "}
          {t("neither_saw")}
        </div>
      </div>
      <div class="cmp" role="radiogroup" aria-label={label(conflict.type, conflict.field)}>
        <div class="ver base">
          <span class="who">{t("before")}</span>
          <span class={`v ${valueText(field, base, name).length > 8 ? "long" : ""}`}>
            {base === null ? "–" : <Data text={valueText(field, base, name)} />}
          </span>
        </div>
        {conflict.siblings.map((one, i) => (
          <Version
            key={`${one.device}${one.time}`}
            one={one}
            field={field}
            on={i === at && !writing}
            names={inbox.names}
            device={deviceName(inbox, one.device)}
            onPick={() => {
              setAt(i);
              setWriting(false);
            }}
          />
        ))}
      </div>
      {writing && field && (
        <div class="other">
          <ValueInput
            field={field}
            id={`other-${conflict.id}`}
            value={other}
            onChange={setOther}
          />
        </div>
      )}
      {problem && (
        <div class="other">
          <ErrorNote
            title={t("not_saved")}
            problem={problem}
            onClose={() => setProblem(null)}
          />
        </div>
      )}
      <div class="ft">
        <div class="cap ink3">
          {t("shows_now", { what: valueText(field, conflict.shown, name) || "–" })}{" "}
          <Why conflict={conflict} />
        </div>
        <button
          type="button"
          class="btn mid"
          aria-pressed={writing}
          onClick={() => setWriting(!writing)}
        >
          {t("another_value")}
        </button>
        <button
          type="button"
          class="btn go mid"
          disabled={busy || (writing && other === null)}
          onClick={() => void choose(writing ? other : picked.value)}
        >
          {writing
            ? t("use_this")
            : picked.user === me()?.login
              ? t("use_mine")
              : t("use_whose", { who: userName(picked.user) })}
        </button>
      </div>
    </article>
  );
}

function SettledOne({ one, inbox }: { one: Settled; inbox: Inbox }) {
  const [open, setOpen] = useState(false);
  const { conflict, value } = one;
  const words = valueText(fieldOf(conflict.type, conflict.field), value, (type, id) =>
    nameIn(inbox.names, type, id),
  );
  if (open)
    return <Decide conflict={conflict} inbox={inbox} onDone={() => setOpen(false)} />;
  return (
    <div class="card mini">
      <div>
        <b>
          {label(conflict.type, conflict.field)}{" "}
          {words ? <Data text={words} /> : t("cleared")}
        </b>
        <div class="small ink2">{t("settled_everywhere")}</div>
      </div>
      {mayChange(conflict) && (
        <button type="button" class="link small accent" onClick={() => setOpen(true)}>
          {t("choose_again")}
        </button>
      )}
    </div>
  );
}

// What was settled here since the page was opened.
export function SettledHere({ inbox }: { inbox: Inbox }) {
  const open = new Set(inbox.conflicts.map((one) => one.id));
  const over = settled.filter((one) => !open.has(one.conflict.id));
  if (!over.length) return null;
  return (
    <div class="cards under">
      {over.map((one) => (
        <SettledOne key={one.conflict.id} one={one} inbox={inbox} />
      ))}
    </div>
  );
}

// What a rule settled, and what may be picked otherwise.
export function Merged({ conflict, inbox }: { conflict: Conflict; inbox: Inbox }) {
  const [open, setOpen] = useState(false);
  const field = fieldOf(conflict.type, conflict.field);
  const name = (type: string, id: string) => nameIn(inbox.names, type, id);
  if (open) return <Decide conflict={conflict} inbox={inbox} />;
  const wrote = conflict.siblings.map((one) =>
    t(one.user === me()?.login ? "you_wrote" : "who_wrote", {
      who: userName(one.user),
      what: valueText(field, one.value, name) || t("cleared"),
    }),
  );
  return (
    <div class="card mini">
      <div>
        <b>
          <Data text={nameIn(inbox.records, conflict.type, conflict.record)} />
          {t("colon")}
          {label(conflict.type, conflict.field)}{" "}
          <Data text={valueText(field, conflict.shown, name)} />
        </b>
        <div class="small ink2">
          <Data text={wrote.join(t("list_comma"))} />
          {t("rule_chose")}
        </div>
      </div>
      <button type="button" class="link small accent" onClick={() => setOpen(true)}>
        {t("look")}
      </button>
    </div>
  );
}

// One after the other: the first is open, the rest are lines to tap.
export function ToDecide({ conflicts, inbox }: { conflicts: Conflict[]; inbox: Inbox }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  return (
    <div class="cards">
      {conflicts.map((one, i) => {
        if (i === 0 || open.has(one.id))
          return <Decide key={one.id} conflict={one} inbox={inbox} />;
        const field = fieldOf(one.type, one.field);
        const values = one.siblings.map((sibling) =>
          valueText(field, sibling.value, (type, id) => nameIn(inbox.names, type, id)),
        );
        return (
          <button
            type="button"
            class="card row two"
            key={one.id}
            onClick={() => setOpen(new Set([...open, one.id]))}
          >
            <span>
              <span class="cut blk">
                <b>
                  <Data text={nameIn(inbox.records, one.type, one.record)} /> ·{" "}
                  {label(one.type, one.field)}
                </b>
              </span>
              <span class="d cut blk">
                <Data text={values.map((value) => value || t("cleared")).join(t("versus"))} />
              </span>
            </span>
            <Icon name="right" size="s" />
          </button>
        );
      })}
    </div>
  );
}
