// What was handed over: from whom, to whom, and is it being caught?
import { useState } from "preact/hooks";
import type { Item, Json, JsonObject } from "./api";
import { get, patch, Problem, read } from "./api";
import { BriefSections, type Brief } from "./brief";
import { date, daysBetween, text, today } from "./format";
import { ValueInput } from "./form";
import { Icon } from "./icons";
import { useLive } from "./live";
import { accountName, codeLabel, fieldOf, label, myRank, userName } from "./schema";
import { Screen } from "./shell";
import { Data, Empty, ErrorNote, Section, Skeleton, Tier, toast } from "./ui";
import { t } from "./words";

type Check = { day: number; done_on?: string; reached?: number; of?: number; note?: string };
type Handover = JsonObject & {
  id: string | null; // null: it follows from the directory
  account_id: string;
  account: string | null;
  from: string;
  to: string | null;
  handed_territory: string;
  effective_on: string | null;
  checks?: Check[];
  contacts: { id: string; name: string | null; met_on: string | null }[];
  reached: number;
  of: number;
};

const DAYS = [30, 60, 90];

const dueOf = (one: Handover, day: number) => text(one[`check_${day}_on`]);
const checkOf = (one: Handover, day: number) =>
  one.checks?.find((check) => check.day === day);
const keyOf = (one: Handover) => one.id ?? one.account_id;

// How many days a check is late; 0: none is. Only records have checks.
function lateDays(one: Handover): number {
  const missed = DAYS.filter(
    (day) => one.id && dueOf(one, day) && !checkOf(one, day),
  ).map((day) => daysBetween(dueOf(one, day), today()));
  return Math.max(0, ...missed);
}

function FromTo({ one }: { one: Handover }) {
  return (
    <span class="small ink2 to">
      <Data text={userName(one.from)} /> <Icon name="arrow" size="s" />{" "}
      {one.to ? <Data text={userName(one.to)} /> : "–"}
    </span>
  );
}

function Progress({ one }: { one: Handover }) {
  const passed = one.effective_on ? daysBetween(one.effective_on, today()) : 0;
  const late = lateDays(one);
  return (
    <>
      <div class="hm">
        <span class="small ink2">{t("key_people_met")}</span>
        <span class="dots" aria-hidden="true">
          {one.contacts.map((_, i) => (
            <i key={i} class={i < one.reached ? "f" : ""} />
          ))}
        </span>
        <span class="num">
          <b>{one.reached}</b> / {one.of}
        </span>
      </div>
      <div class="hm">
        <span class="small ink2">{t("days_30_60_90")}</span>
        <progress class="track" max={90} value={Math.min(90, Math.max(0, passed))} aria-label={t("days_30_60_90")} />
        <span class={`num ${late ? "bad" : ""}`}>
          {late ? t("late_days", { n: late }) : t("day_n", { n: passed })}
        </span>
      </div>
    </>
  );
}

function saying(one: Handover): string {
  const next = DAYS.find((day) => dueOf(one, day) >= today());
  if (one.of > 0 && one.reached === one.of) return t("all_key_met");
  return next
    ? t("next_check_on", { day: next, when: date(dueOf(one, next)) })
    : t("ninety_days_over");
}

function Card({ one, account }: { one: Handover; account: Item | null }) {
  const name = account ? accountName(account) : one.account;
  return (
    <a class="card ho" href={`#/handover/${keyOf(one)}`}>
      <div class="hh">
        <b>{name ? <Data text={name} /> : t("account_not_here")}</b>
        <Tier tier={account?.tier} />
        <FromTo one={one} />
      </div>
      <Progress one={one} />
      <div class="small ink2">{saying(one)}</div>
    </a>
  );
}

export function Handovers() {
  const { data, problem, reload } = useLive("handovers", async () => {
    const { body } = await get<Handover[]>("/api/handover");
    const accounts = (await read(
      body.slice(0, 60).map((one) => `/api/account/${one.account_id}`),
    )) as (Item | null)[];
    return { list: body, accounts };
  });
  return (
    <Screen title={t("nav_handover")} sub={t("handover_sub")} back="#/more">
      {problem && (
        <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />
      )}
      {!data && !problem && <Skeleton />}
      {data && !data.list.length && (
        <Empty title={t("handover_empty")} text={t("handover_empty_why")} />
      )}
      <div class="main g2 inner">
        {data?.list.map((one, i) => (
          <Card key={keyOf(one) + one.from} one={one} account={data.accounts[i] ?? null} />
        ))}
      </div>
    </Screen>
  );
}

// ---- one of them ----

function People({ one }: { one: Handover }) {
  return (
    <Section title={t("key_people")} count={`${one.reached} / ${one.of}`}>
      <div class="card rows">
        {one.contacts.map((who) => (
          <a class="row two" key={who.id} href={`#/contact/${who.id}`}>
            <b class="cut">
              {who.name ? <Data text={who.name} /> : t("account_not_here")}
            </b>
            <span class={`small ${who.met_on ? "ink2" : "warn"}`}>
              {who.met_on ? t("met_when", { when: date(who.met_on) }) : t("not_met_yet")}
            </span>
          </a>
        ))}
        {!one.contacts.length && <p class="row two small ink2">{t("no_key_people")}</p>}
      </div>
    </Section>
  );
}

// What a check came to: a manager writes it into the record.
function CheckForm({
  one,
  day,
  onDone,
}: {
  one: Handover;
  day: number;
  onDone: () => void;
}) {
  const field = fieldOf("handover", "checks");
  const before = checkOf(one, day);
  const [value, setValue] = useState<Json>(
    (before as Json) ?? { day, done_on: today(), reached: one.reached, of: one.of },
  );
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (!field) return null;
  const save = async () => {
    setSaving(true);
    setProblem(null);
    try {
      await patch(`/api/handover/${one.id}`, {
        checks: { add: [value], remove: before ? [before as Json] : [] },
      });
      toast({ title: t("check_written", { day }), text: t("saved_here") });
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
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <ValueInput field={field} id={`check-${day}`} value={value} onChange={setValue} />
      {problem && (
        <ErrorNote
          title={t("not_saved")}
          problem={problem}
          onClose={() => setProblem(null)}
        />
      )}
      <div class="btns">
        <button type="button" class="btn mid" onClick={onDone}>
          {t("cancel")}
        </button>
        <button type="submit" class="btn go mid" disabled={saving || !value}>
          {saving ? t("saving") : t("save")}
        </button>
      </div>
    </form>
  );
}

function checkText(one: Handover, day: number): string {
  const check = checkOf(one, day);
  if (!check) return t("due_when", { when: date(dueOf(one, day)) });
  const said = [
    check.done_on ? date(check.done_on) : "",
    check.reached !== undefined
      ? t("met_of", { n: check.reached, of: check.of ?? one.of })
      : "",
    check.note ?? "",
  ];
  return said.filter(Boolean).join(" · ");
}

function Checks({ one }: { one: Handover }) {
  const [open, setOpen] = useState<number | null>(null);
  const may = myRank(text(one.territory)) >= 2;
  return (
    <Section title={t("checks")}>
      <div class="card rows">
        {DAYS.filter((day) => dueOf(one, day)).map((day) => {
          const late = !checkOf(one, day) && daysBetween(dueOf(one, day), today()) > 0;
          if (open === day)
            return <CheckForm key={day} one={one} day={day} onDone={() => setOpen(null)} />;
          return (
            <div class="row two" key={day}>
              <div>
                <b>{t("day_n", { n: day })}</b>
                <div class={`d ${late && one.id ? "bad" : ""}`}>
                  <Data text={checkText(one, day)} />
                </div>
              </div>
              {one.id && may && (
                <button type="button" class="btn small noprint" onClick={() => setOpen(day)}>
                  {checkOf(one, day) ? t("change") : t("write_check")}
                </button>
              )}
            </div>
          );
        })}
      </div>
    </Section>
  );
}

// How it read on the day: kept in the record.
const kept = [
  "brief_people",
  "brief_chain",
  "brief_visits",
  "brief_promises",
  "brief_conflicts",
  "brief_unconfirmed",
  "brief_exit_note",
  "note",
  "result",
];

function AsOfTheDay({ one }: { one: Handover }) {
  const filled = kept.filter((name) => text(one[name]).trim());
  if (!filled.length) return null;
  return (
    <details class="kept">
      <summary>{t("as_on_the_day", { when: date(text(one.effective_on)) })}</summary>
      {filled.map((name) => (
        <Section key={name} title={label("handover", name)}>
          <div class="card words">
            <Data text={text(one[name]).trim()} class="pre" />
          </div>
        </Section>
      ))}
    </details>
  );
}

export function HandoverOf({ id }: { id: string }) {
  const { data, problem, reload } = useLive(`handover ${id}`, async () => {
    const { body } = await get<Handover & { brief?: Brief }>(`/api/handover/${id}`);
    const [brief, account] = body.account_id
      ? await read([
          `/api/account/${body.account_id}/brief`,
          `/api/account/${body.account_id}`,
        ])
      : [null, null];
    return { one: body, brief: brief as Brief | null, account: account as Item | null };
  });
  const one = data?.one;
  const reason = one && text(one.reason);
  return (
    <Screen
      title={accountName(data?.account) || one?.account || t("nav_handover")}
      tag={data?.account && <Tier tier={data.account.tier} />}
      back="#/handover"
      sub={
        one &&
        t("handed_sub", {
          from: userName(one.from),
          to: one.to ? userName(one.to) : "–",
          when: one.effective_on ? date(one.effective_on) : "–",
          where: one.handed_territory,
        })
      }
      tools={
        one && (
          <button type="button" class="btn small" onClick={() => window.print()}>
            <Icon name="doc" size="s" />
            {t("print")}
          </button>
        )
      }
    >
      {problem && (
        <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />
      )}
      {!data && !problem && <Skeleton />}
      {one && (
        <div class="main g32 inner">
          <div class="stack">
            {data.brief ? (
              <BriefSections brief={data.brief} />
            ) : (
              <p class="note">{t("brief_not_here")}</p>
            )}
            <AsOfTheDay one={one} />
          </div>
          <div class="stack first">
            <section class="card ho">
              <div class="hh">
                <FromTo one={one} />
                {reason && (
                  <span class="tag">
                    {codeLabel(fieldOf("handover", "reason"), reason)}
                  </span>
                )}
              </div>
              <Progress one={one} />
            </section>
            <People one={one} />
            <Checks one={one} />
          </div>
        </div>
      )}
    </Screen>
  );
}
