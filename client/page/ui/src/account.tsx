// Who decides, what was said, where do we stand?
import { useState } from "preact/hooks";
import type { Item } from "./api";
import { get, list, read } from "./api";
import { date, due, text } from "./format";
import { Icon } from "./icons";
import { PersonRow, type Relation } from "./lists";
import { useLive } from "./live";
import type { Names } from "./names";
import { actionAddresses, actionsIn, byDue, ofVisits, type Promised } from "./promises";
import { Details, History, namesFor } from "./record";
import { accountName, userName } from "./schema";
import { LogButton, Screen } from "./shell";
import { byDay, dayOfVisit, Event, peopleOf, type Visit, withNotes } from "./timeline";
import { Data, ErrorNote, Section, Skeleton, Tier } from "./ui";
import { t, type Word } from "./words";

const VISITS = 20;
const PEOPLE = 50;

type Whole = {
  record: Item;
  shown: string | null;
  names: Names;
  people: Item[];
  relations: Map<string, Relation>; // by person
  peopleCount: number;
  visits: Visit[];
  visitCount: number;
  met: Names;
  promised: Promised[];
};

async function load(id: string, limit: number): Promise<Whole> {
  const one = { account_id: id };
  const [account, answers] = await Promise.all([
    get<Item>(`/api/account/${id}`),
    read([
      list("contact", { ...one, limit: PEOPLE }),
      list("contact", { ...one, count: 1 }),
      list("visit", { ...one, limit }),
      list("visit", { ...one, count: 1 }),
      `/api/account/${id}/brief`,
      ...actionAddresses(id),
    ]),
  ]);
  const [people, peopleCount, visits, visitCount, brief, ...actions] = answers;
  const relations = (brief as { people?: Relation[] } | null)?.people ?? [];
  const told = await withNotes(((visits ?? []) as Item[]).sort(byDay));
  return {
    record: account.body,
    shown: account.shown,
    names: await namesFor("account", [account.body]),
    people: (people ?? []) as Item[],
    relations: new Map(relations.map((one) => [one.id, one])),
    peopleCount: (peopleCount as { count: number } | null)?.count ?? 0,
    visits: told,
    visitCount: (visitCount as { count: number } | null)?.count ?? 0,
    met: await peopleOf(told),
    promised: [
      ...actionsIn(actions),
      ...ofVisits(told.map((one) => one.visit)).slice(0, 3),
    ].sort(byDue),
  };
}

const LATELY = 3; // visits among which the customer's own words come first

// The last words: the customer's own before ours.
function lastWords(visits: Visit[]): { words: string; day: string } | null {
  const told = visits.filter((one) => one.notes.length).slice(0, LATELY);
  for (const wanted of ["quote", "fact", "risk", "promise"])
    for (const { visit, notes } of told) {
      const note = notes.find((one) => one.kind === wanted);
      if (note) {
        const words = text(note.text);
        return {
          words: wanted === "quote" ? `“${words}”` : words,
          day: dayOfVisit(visit),
        };
      }
    }
  return null;
}

// What we said we would do, from the notes, as long as no action holds it.
function ourWords(whole: Whole): { what: string; due: string | null } | null {
  const ours = whole.promised.find((one) => one.ours);
  if (ours) return ours;
  for (const { visit, notes } of whole.visits) {
    const note = notes.find((one) => one.kind === "promise");
    if (note)
      return { what: text(note.text), due: text(visit.next_contact_by) || null };
  }
  return null;
}

function Owed({ what }: { what: { what: string; due: string | null } }) {
  const when = what.due ? due(what.due) : null;
  return (
    <>
      <Data text={what.what} />{" "}
      {when &&
        (when.late ? (
          <b class="bad nw">{when.text}</b>
        ) : (
          <span class="ink3 small nw">{when.text}</span>
        ))}
    </>
  );
}

export function Brief({ whole }: { whole: Whole }) {
  const last = lastWords(whole.visits);
  const ours = ourWords(whole);
  const theirs = whole.promised.find((one) => !one.ours);
  if (!last && !ours && !theirs) return null;
  return (
    <section class="card" aria-label={t("brief")}>
      <dl class="brief">
        {last && (
          <div>
            <dt>{t("last_time")}</dt>
            <dd>
              <Data text={last.words} />{" "}
              <span class="ink3 small nw">{last.day && date(last.day)}</span>
            </dd>
          </div>
        )}
        {ours && (
          <div>
            <dt>{t("we_owe")}</dt>
            <dd>
              <Owed what={ours} />
            </dd>
          </div>
        )}
        {theirs && (
          <div>
            <dt>{t("they_owe")}</dt>
            <dd>
              <Owed what={theirs} />
            </dd>
          </div>
        )}
      </dl>
    </section>
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
            <PersonRow
              key={one.id}
              person={one}
              relation={whole.relations.get(one.id)}
            />
          ))}
        </div>
      ) : (
        <p class="small ink2">{t("no_contacts_yet")}</p>
      )}
    </Section>
  );
}

function Timeline({ whole, onMore }: { whole: Whole; onMore: () => void }) {
  return (
    <Section title={t("timeline")} count={t("entries_n", { n: whole.visitCount })}>
      {whole.visits.length ? (
        <>
          <ol class="card tl">
            {whole.visits.map((one) => (
              <Event key={one.visit.id} one={one} people={whole.met} />
            ))}
          </ol>
          {whole.visits.length < whole.visitCount && (
            <button type="button" class="btn quiet" onClick={onMore}>
              {t("more_of", { n: whole.visits.length, all: whole.visitCount })}
            </button>
          )}
        </>
      ) : (
        <p class="small ink2">{t("no_visits_yet")}</p>
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

export function Account({ id, tab = "" }: { id: string; tab?: string }) {
  const [limit, setLimit] = useState(VISITS);
  const { data, problem, reload } = useLive(`account ${id} ${limit}`, () =>
    load(id, limit),
  );
  // More of the timeline is asked for: what is there stays meanwhile.
  const [held, setHeld] = useState<Whole | null>(null);
  if (data && data !== held) setHeld(data);
  const whole = data ?? held;
  const record = whole?.record;
  const legal = text(record?.legal_name);
  const owner = text(record?.owner_id);
  const name = accountName(record);
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
      tools={<LogButton account={id} />}
    >
      <nav class="tabs" aria-label={t("account_pages")}>
        {tabs.map((one) => (
          <a
            key={one.tab}
            href={`#/account/${id}${one.tab ? `/${one.tab}` : ""}`}
            aria-current={one.tab === tab ? "page" : undefined}
          >
            {t(one.word)}
          </a>
        ))}
      </nav>
      {problem && (
        <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />
      )}
      {!whole && !problem && <Skeleton />}
      {whole && record && (
        <>
          {record.archived === true && (
            <div class="note warn">
              <Icon name="alert" />
              <div>{t("is_archived")}</div>
            </div>
          )}
          {tab === "" && (
            <>
              <Brief whole={whole} />
              <a class="btn ph" href={`#/visit/new/${id}`}>
                <Icon name="plus" />
                {t("log_visit")}
              </a>
              <div class="main g32 inner">
                <div class="stack">
                  <People whole={whole} id={id} />
                </div>
                <div class="stack">
                  <Timeline whole={whole} onMore={() => setLimit(limit * 4)} />
                </div>
              </div>
            </>
          )}
          {tab === "timeline" && (
            <Timeline whole={whole} onMore={() => setLimit(limit * 4)} />
          )}
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
          {tab === "history" && <History type="account" id={id} />}
        </>
      )}
    </Screen>
  );
}
