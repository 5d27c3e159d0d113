// Log a visit: six taps, twenty seconds. It never waits for anything, and what
// is typed is never lost.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Item } from "./api";
import { get, newId, Problem } from "./api";
import { ChooseAccount } from "./choose_account";
import {
  accountOf,
  type Draft,
  dropDraft,
  emptyDraft,
  isEmpty,
  keepDraft,
  loadDraft,
} from "./draft";
import { date, today } from "./format";
import { Icon } from "./icons";
import { justLogged } from "./just_logged";
import { codeLabel, fieldOf } from "./schema";
import { Data, ErrorNote, Segment, Tier } from "./ui";
import { NextStep } from "./visit_next";
import { PeopleField } from "./visit_people";
import { SaidFields } from "./visit_said";
import { save, tellSaved, wordsOf } from "./visit_save";
import { pick, t } from "./words";

const PAUSE_MS = 300;
const RESULTS = ["advanced", "continued", "stalled", "regressed"];

type Kept = "no" | "keeping" | "yes" | "failed";

// Keeps the draft at each pause; tells whether what is seen is kept.
function useKept(draft: Draft | null, saving: boolean): Kept {
  const [kept, setKept] = useState<Kept>("no");
  const written = useRef("");
  // Not useEffect, which ends after the next paint: by then saving has asked.
  useLayoutEffect(() => {
    if (!draft || saving || isEmpty(draft)) return undefined;
    const words = JSON.stringify(draft);
    if (words === written.current) return undefined;
    // Nothing is called kept that is not.
    setKept("keeping");
    let there = true;
    let tries = window.setTimeout(function keep() {
      keepDraft(draft).then(
        () => {
          written.current = words;
          if (there) setKept("yes");
        },
        () => {
          // What came after these words, or the visit that they became, is
          // not written over by them.
          if (!there) return;
          // The words are still here; the node may come back.
          setKept("failed");
          tries = window.setTimeout(keep, 2000);
        },
      );
    }, PAUSE_MS);
    return () => {
      there = false;
      clearTimeout(tries);
    };
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
      const before = await save(draft);
      await dropDraft().catch(() => undefined);
      tellSaved(draft, before);
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
            <PeopleField draft={draft} change={change} />
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
