// Log a visit: six taps, twenty seconds. It never waits for anything, and what
// is typed is never lost.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Item, JsonObject } from "./api";
import type { BriefFacts } from "./account_data";
import { get, list, newId, patch, post, Problem, read } from "./api";
import { did } from "./did";
import {
  accountOf,
  type Draft,
  dropDraft,
  emptyDraft,
  isEmpty,
  keepDraft,
  loadDraft,
} from "./draft";
import { addDays, date, dayNumber, today, weekday } from "./format";
import { Icon } from "./icons";
import { ChooseAccount } from "./choose_account";
import type { Relation } from "./lists";
import { justLogged } from "./just_logged";
import { nextStep } from "./promises";
import { codeLabel, fieldOf, me, titleOf } from "./schema";
import { Chip, Data, ErrorNote, Segment, Tier } from "./ui";
import { pick, t, type Word } from "./words";

const PAUSE_MS = 300;
const RESULTS = ["advanced", "continued", "stalled", "regressed"];

// ---- what is written in the end ----

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

// Every record has an id of ours: what is sent twice is written once.
async function save(draft: Draft): Promise<Item[]> {
  const account = draft.account!.id;
  const mine = me()?.id;
  const people = newPeople(draft);
  const rest = [
    ...notesOf(draft),
    ...(draft.next.trim()
      ? nextStep(
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
    return (await post<Item[]>("/api/batch", [...people, { visit }, ...rest]))
      .body;
  }
  const before = people.length
    ? (await post<Item[]>("/api/batch", people)).body
    : [];
  const visit = await patch<Item>(`/api/visit/${draft.visit}`, {
    ...visitFields(draft),
    contacts: { add: draft.people },
    ...(mine ? { our_attendees: { add: [mine] } } : {}),
  });
  const after = rest.length ? (await post<Item[]>("/api/batch", rest)).body : [];
  return [...before, visit.body, ...after];
}

// Takes back what was just saved; the words go back into the form.
async function undo(draft: Draft): Promise<void> {
  if (draft.planned)
    await patch(`/api/visit/${draft.visit}`, { status: "planned", result: null });
  else await patch(`/api/visit/${draft.visit}`, { archived: true });
  for (const one of draft.said.filter((said) => said.text.trim()))
    await patch(`/api/visit_note/${one.id}`, { archived: true });
  await keepDraft({
    ...draft,
    // Fresh ids: those of before are taken.
    visit: draft.planned ? draft.visit : newId(),
    said: draft.said.map((one) => ({ ...one, id: newId() })),
    added: [],
  });
  location.hash = "#/visit/new";
}

// All that was typed, to be kept elsewhere.
const wordsOf = (draft: Draft) =>
  [draft.account?.name, ...draft.said.map((one) => one.text), draft.theirs, draft.next]
    .filter(Boolean)
    .join("\n");

function tellSaved(draft: Draft): void {
  const seconds = Math.round((Date.now() - draft.begun) / 1000);
  did(seconds < 600 ? t("saved_in", { n: seconds }) : t("saved"), () => undo(draft));
}

// ---- people ----

// Those who are met before those who are not, the latest first.
function lastMetFirst(people: Item[], told: Relation[]): Item[] {
  const met = new Map(told.map((one) => [one.id, one.met ?? ""]));
  const of = (one: Item) => met.get(one.id) ?? "";
  return people
    .filter((one) => one.status !== "left" && one.status !== "retired")
    .sort((a, b) => of(b).localeCompare(of(a)));
}

function People({
  draft,
  change,
}: {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}) {
  const [contacts, setContacts] = useState<Item[] | null>(null);
  const [attitudes, setAttitudes] = useState<Map<string, string | null | undefined>>(
    new Map(),
  );
  const [adding, setAdding] = useState(false);
  const [name, setName] = useState("");
  const account = draft.account!.id;

  useEffect(() => {
    let there = true;
    read([
      list("contact", { account_id: account, limit: 50 }),
      `/api/account/${account}/brief`,
    ]).then(
      ([people, brief]) => {
        if (!there) return;
        const told = (brief as unknown as BriefFacts | null)?.people ?? [];
        setAttitudes(new Map(told.map((one) => [one.id, one.attitude?.counts_as])));
        setContacts(lastMetFirst((people ?? []) as Item[], told));
      },
      () => there && setContacts([]),
    );
    return () => {
      there = false;
    };
  }, [account]);

  const toggle = (id: string) =>
    change({
      people: draft.people.includes(id)
        ? draft.people.filter((one) => one !== id)
        : [...draft.people, id],
    });
  const add = () => {
    const typed = name.trim();
    setAdding(false);
    setName("");
    if (!typed) return;
    const id = newId();
    change({
      added: [...draft.added, { id, name: typed }],
      people: [...draft.people, id],
    });
  };
  const known = [
    ...(contacts ?? []).map((one) => ({ id: one.id, name: titleOf("contact", one) })),
    ...draft.added.filter((one) => !contacts?.some((c) => c.id === one.id)),
  ];
  return (
    <div class="field" role="group" aria-labelledby="who-label">
      <span class="label" id="who-label">
        {t("who_was_there")}
      </span>
      {contacts && !known.length && (
        <p class="small ink2">{t("no_contacts_yet")}</p>
      )}
      <div class="chips">
        {known.map((one) => (
          <Chip
            key={one.id}
            person={one.name}
            attitude={attitudes.get(one.id)}
            on={draft.people.includes(one.id)}
            onClick={() => toggle(one.id)}
          >
            <Data text={one.name} />
          </Chip>
        ))}
        {!adding && (
          <Chip icon="plus" onClick={() => setAdding(true)}>
            {t("somebody_else")}
          </Chip>
        )}
      </div>
      {adding && (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            class="input"
            autofocus
            ref={(input) => input?.focus()}
            value={name}
            aria-label={t("their_name")}
            placeholder={t("their_name")}
            onInput={(event) => setName(event.currentTarget.value)}
            onBlur={add}
          />
        </form>
      )}
    </div>
  );
}

// ---- what was said ----

// Grows with what is typed.
function Area({
  value,
  onInput,
  label,
  id,
  rows = 3,
}: {
  value: string;
  onInput: (text: string) => void;
  label: string;
  id?: string;
  rows?: number;
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const at = area.current;
    if (!at) return;
    at.style.height = "auto";
    at.style.height = `${at.scrollHeight + 2}px`;
  }, [value]);
  return (
    <textarea
      ref={area}
      id={id}
      class="input area"
      rows={rows}
      aria-label={label}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

function SaidFields({
  draft,
  change,
}: {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}) {
  const codes = fieldOf("visit_note", "kind")?.codes ?? [];
  const label = (kind: string) => {
    const code = codes.find((one) => one.code === kind);
    return code ? pick(code) : kind;
  };
  const [theirs, setTheirs] = useState(!!draft.theirs);
  const write = (id: string, text: string) =>
    change({
      said: draft.said.map((one) => (one.id === id ? { ...one, text } : one)),
    });
  const add = (kind: string) =>
    change({ said: [...draft.said, { id: newId(), kind, text: "" }] });
  return (
    <div class="field">
      <span class="label">{t("what_was_said")}</span>
      {draft.said.map((one, i) => (
        <div key={one.id} class="said">
          {i > 0 && <span class="label">{label(one.kind)}</span>}
          <Area
            label={i > 0 ? label(one.kind) : t("what_was_said")}
            value={one.text}
            rows={i > 0 ? 2 : 4}
            onInput={(text) => write(one.id, text)}
          />
        </div>
      ))}
      {theirs && (
        <div class="said">
          <span class="label">{t("they_promised")}</span>
          <Area
            label={t("they_promised")}
            value={draft.theirs}
            rows={2}
            onInput={(text) => change({ theirs: text })}
          />
          <label class="inline small ink2">
            {t("due_on")}
            <input
              type="date"
              class="input slim"
              value={draft.theirsDue}
              onInput={(event) =>
                change({ theirsDue: event.currentTarget.value })
              }
            />
          </label>
        </div>
      )}
      <div class="quick">
        {codes
          .filter((code) => code.code !== "fact")
          .map((code) => (
            <Chip key={code.code} onClick={() => add(code.code)}>
              {pick(code)}
            </Chip>
          ))}
        {!theirs && (
          <Chip onClick={() => setTheirs(true)}>{t("they_promised")}</Chip>
        )}
      </div>
    </div>
  );
}

// ---- the next step ----

const STEPS: Word[] = ["step_quote", "step_sample", "step_executive"];

function nextFriday(day: string): string {
  const at = new Date(`${day}T12:00:00`).getDay();
  return addDays(day, at < 5 ? 5 - at : 12 - at);
}

function nextMonday(day: string): string {
  const at = new Date(`${day}T12:00:00`).getDay();
  return addDays(day, at === 0 ? 1 : 8 - at);
}

function NextStep({
  draft,
  change,
}: {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}) {
  const [own, setOwn] = useState(false);
  const friday = nextFriday(draft.day);
  const days: { label: string; day: string }[] = [
    { label: t("tomorrow"), day: addDays(draft.day, 1) },
    { label: `${weekday(friday)} ${dayNumber(friday)}`, day: friday },
    { label: t("next_week"), day: nextMonday(draft.day) },
  ];
  const words = STEPS.map((step) => t(step));
  const choose = (what: string) =>
    change({
      next: draft.next === what ? "" : what,
      nextDue: draft.next === what ? "" : draft.nextDue || friday,
      result: draft.result || "advanced",
    });
  const typed = own || (!!draft.next && !words.includes(draft.next));
  return (
    <div class="field" role="group" aria-labelledby="next-label">
      <span class="label" id="next-label">
        {t("next_step")}
      </span>
      <div class="chips">
        {words.map((what) => (
          <Chip
            key={what}
            on={draft.next === what}
            onClick={() => {
              setOwn(false);
              choose(what);
            }}
          >
            {what}
          </Chip>
        ))}
        {!typed && (
          <Chip icon="edit" onClick={() => setOwn(true)}>
            {t("step_other")}
          </Chip>
        )}
      </div>
      {typed && (
        <input
          class="input"
          aria-label={t("next_step")}
          value={words.includes(draft.next) ? "" : draft.next}
          onInput={(event) =>
            change({
              next: event.currentTarget.value,
              nextDue: draft.nextDue || friday,
              result: draft.result || "advanced",
            })
          }
        />
      )}
      <div class="chips">
        {days.map((one) => (
          <Chip
            key={one.day}
            on={draft.nextDue === one.day}
            onClick={() =>
              change({ nextDue: draft.nextDue === one.day ? "" : one.day })
            }
          >
            {one.label}
          </Chip>
        ))}
        <label class="chip pickday">
          <Icon name="today" size="s" />
          {draft.nextDue && !days.some((one) => one.day === draft.nextDue)
            ? date(draft.nextDue)
            : t("pick_day")}
          <input
            type="date"
            aria-label={t("pick_day")}
            value={draft.nextDue}
            onInput={(event) => change({ nextDue: event.currentTarget.value })}
          />
        </label>
      </div>
    </div>
  );
}

// ---- the screen ----

type Kept = "no" | "keeping" | "yes" | "failed";

// Keeps the draft at each pause; tells whether what is seen is kept.
function useKept(draft: Draft | null, saving: boolean): Kept {
  const [kept, setKept] = useState<Kept>("no");
  const written = useRef("");
  useEffect(() => {
    if (!draft || saving || isEmpty(draft)) return undefined;
    const words = JSON.stringify(draft);
    if (words === written.current) return undefined;
    // Nothing is called kept that is not.
    setKept("keeping");
    let tries = window.setTimeout(function keep() {
      keepDraft(draft).then(
        () => {
          written.current = words;
          setKept("yes");
        },
        () => {
          // The words are still here; the node may come back.
          setKept("failed");
          tries = window.setTimeout(keep, 2000);
        },
      );
    }, PAUSE_MS);
    return () => clearTimeout(tries);
  }, [draft, saving]);
  return kept;
}

function Chosen({ draft, onChange }: { draft: Draft; onChange: () => void }) {
  const account = draft.account!;
  return (
    <button type="button" class="card done-f" onClick={onChange}>
      <span class="accent">
        <Icon name="account" />
      </span>
      <span class="grow">
        <span class="cut blk">
          <b>
            <Data text={account.name} />
          </b>{" "}
          <Tier tier={account.tier} />
        </span>
        <span class="small ink2 blk">
          {draft.day === today() ? t("today_word") : date(draft.day)}
          {" · "}
          {codeLabel(fieldOf("visit", "type"), "visit")}
          {draft.planned ? ` · ${t("as_planned")}` : ""}
        </span>
      </span>
      <span class="accent small">{t("change")}</span>
    </button>
  );
}

async function begin(account?: string): Promise<Draft> {
  const kept = await loadDraft().catch(() => null);
  if (kept && (!account || kept.account?.id === account || !isEmpty(kept)))
    return kept;
  const draft = emptyDraft();
  if (!account) return draft;
  const record = await get<Item>(`/api/account/${account}`).catch(() => null);
  return record ? { ...draft, account: accountOf(record.body) } : draft;
}

export function LogVisit({ account }: { account?: string }) {
  const [draft, setDraft] = useState<Draft | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(false);
  const kept = useKept(draft, saving);
  document.title = `${t("log_visit")} · ${t("app_name")}`;

  useEffect(() => {
    let there = true;
    void begin(account).then((begun) => there && setDraft(begun));
    return () => {
      there = false;
    };
  }, []);

  if (!draft) return <div class="sheet" />;
  const change = (part: Partial<Draft>) =>
    setDraft((old) => (old ? { ...old, ...part } : old));
  const close = () => {
    if (history.length > 1) history.back();
    else location.hash = "#/today";
  };
  const commit = async () => {
    setSaving(true);
    setProblem(null);
    try {
      await save(draft);
      await dropDraft().catch(() => undefined);
      tellSaved(draft);
      justLogged(draft.visit);
      location.replace(`#/account/${draft.account!.id}`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setSaving(false);
    }
  };
  return (
    <div class="sheet">
      <header class="head">
        <button type="button" class="back" aria-label={t("close")} onClick={close}>
          <Icon name="x" />
        </button>
        <div>
          <h1>{t("log_visit")}</h1>
        </div>
        <span class="mk-txt" role="status">
          {kept === "yes" && (
            <>
              <Icon name="check" size="s" />
              {t("draft_kept")}
            </>
          )}
          {kept === "failed" && <span class="warn">{t("draft_not_kept")}</span>}
        </span>
      </header>
      <main class="form">
        {problem && (
          <ErrorNote
            title={t("not_saved")}
            problem={problem}
            onClose={() => setProblem(null)}
            onRetry={() => void commit()}
          />
        )}
        {!draft.account && (
          <ChooseAccount
            onChoose={(chosen, planned) =>
              change({
                account: accountOf(chosen),
                planned: !!planned,
                visit: planned?.id ?? draft.visit,
                people: [],
                begun: isEmpty(draft) ? Date.now() : draft.begun,
              })
            }
          />
        )}
        {draft.account && (
          <>
            <Chosen
              draft={draft}
              onChange={() =>
                change({
                  account: null,
                  planned: false,
                  visit: draft.planned ? newId() : draft.visit,
                })
              }
            />
            <People draft={draft} change={change} />
            <SaidFields draft={draft} change={change} />
            <div class="field">
              <span class="label">{t("result")}</span>
              <Segment
                label={t("result")}
                value={draft.result}
                options={RESULTS.map((code) => {
                  const found = fieldOf("visit", "result")?.codes?.find(
                    (one) => one.code === code,
                  );
                  return { value: code, label: found ? pick(found) : code };
                })}
                onChange={(result) => change({ result })}
              />
            </div>
            <NextStep draft={draft} change={change} />
          </>
        )}
      </main>
      {draft.account && (
        <div class="dock">
          <button
            type="button"
            class="btn go commit"
            disabled={saving}
            onClick={() => void commit()}
          >
            {saving ? t("saving") : t(problem ? "save_again" : "save")}
          </button>
          {problem && (
            <button
              type="button"
              class="btn"
              onClick={() => void navigator.clipboard?.writeText(wordsOf(draft))}
            >
              <Icon name="copy" size="s" />
              {t("copy_words")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
