// Who decides, what was said, where do we stand?
import { useState } from "preact/hooks";
import { type BriefFacts, loadAccount, type Whole } from "./account_data";
import { Chain } from "./chain";
import { Happened, inOrder, type Kind, KINDS, kindWords } from "./events";
import { ago, daysBetween, text, today } from "./format";
import { History } from "./history";
import { Icon } from "./icons";
import { JustLogged } from "./just_logged";
import { Brief } from "./last_words";
import { PersonRow } from "./lists";
import { useLive } from "./live";
import { Details } from "./record";
import { accountName, codeLabel, fieldOf, userName } from "./schema";
import { LogButton, Screen } from "./shell";
import { Chip, Data, Section, Skeleton, Tier } from "./ui";
import { Unreadable } from "./unreadable";
import { t, type Word } from "./words";

const VISITS = 20;

// ---- figures: what is known on this day, and how old that is ----

const percent = (bp: number) => Math.round(bp / 100);

function Figure({
  title,
  value,
  unit,
  sub,
}: {
  title: string;
  value: string;
  unit?: string;
  sub: string;
}) {
  return (
    <div class="fig">
      <dt>{title}</dt>
      <dd>
        {value}
        {unit && <span class="unit">{unit}</span>}
      </dd>
      <dd class="sub">
        <Data text={sub} />
      </dd>
    </div>
  );
}

const NAMED = 2;

// Key people whose relation is not yet what their role asks for.
function short(brief: BriefFacts): string {
  const names = brief.people
    .filter((one) => one.target && (one.key?.counts_as ?? "K0") < one.target)
    .map((one) => one.name);
  const missing = brief.account.missing_roles.map((role) =>
    codeLabel(fieldOf("contact", "key_role"), role),
  );
  const all = [...missing, ...names];
  if (!all.length) return t("all_covered");
  const who = all.slice(0, NAMED).join(t("list_comma"));
  return all.length > NAMED
    ? t("falls_short_more", { who, n: all.length })
    : t("falls_short", { who });
}

function dependence(account: BriefFacts["account"]): string {
  if (account.bus_factor === null) return t("no_key_people");
  if (account.bus_factor === 0) return t("half_unheld");
  return account.sole_holder
    ? t("known_only_to", { who: userName(account.sole_holder) })
    : t("held_by_several");
}

function Figures({ brief }: { brief: BriefFacts }) {
  const { account } = brief;
  const days = account.last_visit ? daysBetween(account.last_visit, today()) : null;
  const newest = brief.freshness.map((one) => one.last_change).sort().pop();
  return (
    <div class="figs-box">
      <dl class="card figs lines">
        <Figure
          title={t("key_relations")}
          value={account.coverage_bp === null ? "–" : String(percent(account.coverage_bp))}
          unit={account.coverage_bp === null ? "" : "%"}
          sub={short(brief)}
        />
        <Figure
          title={t("bus_factor")}
          value={account.bus_factor === null ? "–" : String(account.bus_factor)}
          unit={account.bus_factor === null ? "" : t("people_unit")}
          sub={dependence(account)}
        />
        <Figure
          title={t("since_visit")}
          value={days === null ? "–" : String(days)}
          unit={days === null ? "" : t("days_unit")}
          sub={t("target_n", { n: account.target_days })}
        />
        <Figure
          title={t("file_known")}
          value={account.score_bp === null ? "–" : String(percent(account.score_bp))}
          unit={account.score_bp === null ? "" : "%"}
          sub={t("of_what_counts")}
        />
      </dl>
      <p class="asof">
        {t("as_of_now", { when: newest ? ago(newest) : t("never") })}
      </p>
    </div>
  );
}

function People({ whole, id }: { whole: Whole; id: string }) {
  return (
    <Section
      title={t("people")}
      count={whole.peopleCount}
      act={
        <a class="act" href={`#/contact/new/${id}`}>
          {t("add_person")}
        </a>
      }
    >
      {whole.people.length ? (
        <div class="card rows">
          {whole.people.map((one) => (
            <PersonRow key={one.id} person={one} relation={whole.relations.get(one.id)} />
          ))}
        </div>
      ) : (
        <p class="small ink2">{t("no_contacts_yet")}</p>
      )}
    </Section>
  );
}

const SHOWN = 12; // entries on the first page of the account

function Timeline({
  whole,
  id,
  onMore,
  whole: { visits, visitCount },
  all,
}: {
  whole: Whole;
  id: string;
  onMore: () => void;
  all?: boolean;
}) {
  const [only, setOnly] = useState<Kind | null>(null);
  const lines = inOrder(visits, whole.entries, visits.length >= visitCount, only);
  const shown = all ? lines : lines.slice(0, SHOWN);
  const kinds = KINDS.filter(
    (kind) =>
      (kind === "visit" && visits.length) ||
      whole.entries.some((one) => one.kind === kind),
  );
  return (
    <Section
      title={t("timeline")}
      count={t("entries_n", { n: visitCount + whole.entries.length })}
      act={
        !all &&
        lines.length > SHOWN && (
          <a class="act" href={`#/account/${id}/timeline`}>
            {t("show_all")}
          </a>
        )
      }
    >
      {all && kinds.length > 1 && (
        <div class="chips filter" role="group" aria-label={t("filter")}>
          <Chip on={only === null} onClick={() => setOnly(null)}>
            {t("filter_all")}
          </Chip>
          {kinds.map((kind) => (
            <Chip
              key={kind}
              on={only === kind}
              onClick={() => setOnly(only === kind ? null : kind)}
            >
              {t(kindWords[kind])}
            </Chip>
          ))}
        </div>
      )}
      {shown.length ? (
        <ol class="card tl">
          {shown.map((one) => (
            <Happened
              key={one.id}
              one={one}
              people={whole.met}
            />
          ))}
        </ol>
      ) : (
        <p class="small ink2">{t("no_visits_yet")}</p>
      )}
      {visits.length < visitCount && (all || shown.length < SHOWN) && (
        <button type="button" class="btn quiet" onClick={onMore}>
          {t("more_of", { n: visits.length, all: visitCount })}
        </button>
      )}
    </Section>
  );
}

const tabs: { tab: string; word: Word }[] = [
  { tab: "", word: "tab_overview" },
  { tab: "timeline", word: "timeline" },
  { tab: "people", word: "people" },
  { tab: "file", word: "tab_file" },
  { tab: "history", word: "history" },
];

function Tabs({ id, tab, brief }: { id: string; tab: string; brief?: BriefFacts | null }) {
  const score = brief?.account.score_bp;
  return (
    <nav class="tabs" aria-label={t("account_pages")}>
      {tabs.map((one) => (
        <a
          key={one.tab}
          href={`#/account/${id}${one.tab ? `/${one.tab}` : ""}`}
          aria-current={one.tab === tab ? "page" : undefined}
        >
          {t(one.word)}
          {one.tab === "file" && typeof score === "number" && ` ${percent(score)}%`}
        </a>
      ))}
    </nav>
  );
}

function Overview({
  whole,
  id,
  onMore,
}: {
  whole: Whole;
  id: string;
  onMore: () => void;
}) {
  const { brief } = whole;
  const empty = !whole.visitCount && !whole.peopleCount && !whole.entries.length;
  return (
    <>
      <JustLogged whole={whole} />
      <Brief whole={whole} />
      <div class="btns ph">
        <a class="btn" href={`#/account/${id}/brief`}>
          <Icon name="doc" />
          {t("brief")}
        </a>
        <a class="btn" href={`#/visit/new/${id}`}>
          <Icon name="plus" />
          {t("log_visit")}
        </a>
      </div>
      {brief && !empty && <Figures brief={brief} />}
      <div class="main g32 inner">
        <div class="stack">
          {brief && brief.people.length > 0 && (
            <Chain
              account={id}
              people={brief.people}
              links={brief.chain}
              missing={brief.account.missing_roles}
              busFactor={brief.account.bus_factor}
            />
          )}
          <People whole={whole} id={id} />
        </div>
        <div class="stack">
          <Timeline whole={whole} id={id} onMore={onMore} />
        </div>
      </div>
    </>
  );
}

export function Account({ id, tab = "" }: { id: string; tab?: string }) {
  const [limit, setLimit] = useState(VISITS);
  const { data, problem, reload } = useLive(`account ${id} ${limit}`, () =>
    loadAccount(id, limit),
  );
  // More of the timeline is asked for: what is there stays meanwhile.
  const [held, setHeld] = useState<Whole | null>(null);
  if (data && data !== held) setHeld(data);
  const whole = data ?? held;
  const record = whole?.record;
  const legal = text(record?.legal_name);
  const owner = text(record?.owner_id);
  const name = accountName(record);
  const more = () => setLimit(limit * 4);
  return (
    <Screen
      title={name || "…"}
      back="#/account"
      sub={
        record && (
          <>
            <Tier tier={record.tier} />{" "}
            {owner && (
              <>
                <Data text={t("led_by", { who: userName(owner) })} />
                {legal !== name && " · "}
              </>
            )}
            {legal !== name && <Data text={legal} />}
          </>
        )
      }
      tools={
        <>
          <a class="btn small" href={`#/account/${id}/brief`}>
            <Icon name="doc" size="s" />
            {t("brief")}
          </a>
          <LogButton account={id} />
        </>
      }
    >
      <Tabs id={id} tab={tab} brief={whole?.brief} />
      {problem && <Unreadable problem={problem} onRetry={reload} />}
      {!whole && !problem && (
        <>
          <p class="small ink2">{t("timeline_comes")}</p>
          <Skeleton rows={3} />
          <Section title={t("people")}>
            <Skeleton rows={4} lead="face" />
          </Section>
        </>
      )}
      {whole && record && (
        <>
          {record.archived === true && (
            <div class="note warn">
              <Icon name="alert" />
              <div>{t("is_archived")}</div>
            </div>
          )}
          {tab === "" && <Overview whole={whole} id={id} onMore={more} />}
          {tab === "timeline" && <Timeline whole={whole} id={id} onMore={more} all />}
          {tab === "people" && <People whole={whole} id={id} />}
          {tab === "file" && (
            <div class="columns">
              <Details
                type="account"
                record={record}
                shown={whole.shown}
                names={whole.names}
                onSaved={reload}
              />
            </div>
          )}
          {tab === "history" && (
            <History type="account" record={record} shown={whole.shown} />
          )}
        </>
      )}
    </Screen>
  );
}
