// Whom do I see next, what do I owe?
import { useState } from "preact/hooks";
import type { BriefFacts } from "./account_data";
import type { Item } from "./api";
import { list, read } from "./api";
import { change, did } from "./did";
import {
  date,
  daysAgo,
  daysBetween,
  dayOf,
  due,
  text,
  texts,
  time,
  today,
  weekday,
} from "./format";
import { Icon } from "./icons";
import { useLive } from "./live";
import { lookUp, nameIn, type Names } from "./names";
import { actionAddresses, actionsIn, byDue, ofVisits, type Promised } from "./promises";
import { accountName, codeLabel, fieldOf, titleOf } from "./schema";
import { LogButton, Screen } from "./shell";
import { byDay, dayOfVisit, Result, type Visit, withNotes } from "./timeline";
import { AccountLine, Avatar, Data, Empty, ErrorNote, Section, Skeleton, Tier } from "./ui";
import { dueActions, TimeToSee } from "./time_to_see";
import { useWaiting, WhereItIs } from "./unsent";
import { WatchOut } from "./watch_out";
import { t } from "./words";

const RECENT = 100;
const PLANNED = 200;
const SHOWN = 6;
const NAMED = 50; // promises whose account and person are looked up

type Day = {
  stops: Item[]; // today's, by time
  accounts: Names;
  people: Names;
  brief: BriefFacts | null; // of the next stop
  last: Visit | null; // before the next stop
  promised: Promised[];
  recent: Item[];
};

const startOf = (visit: Item) =>
  text(visit.planned_start) || text(visit.started_at);

function isToday(visit: Item): boolean {
  const start = startOf(visit);
  const day = text(visit.visited_on) || (start ? dayOf(new Date(start)) : "");
  return day === today() && visit.status !== "cancelled";
}

async function load(): Promise<Day> {
  const [planned, recent, ...actions] = (await read([
    list("visit", { status: "planned", limit: PLANNED }),
    list("visit", { limit: RECENT }),
    ...actionAddresses(),
  ])) as (Item[] | null)[];
  const visits = (recent ?? []).sort(byDay);
  const stops = [...(planned ?? []), ...visits.filter((v) => v.status !== "planned")]
    .filter(isToday)
    .sort((a, b) => startOf(a).localeCompare(startOf(b)));
  const next = stops.find((visit) => visit.status === "planned");
  const stated = new Set(actions.flatMap((part) => (part ?? []).map((one) => one.id)));
  const others = await lookUp(
    "action",
    dueActions().filter((id) => !stated.has(id)).slice(0, NAMED),
  );
  const promised = [...actionsIn([...actions, [...others.values()]]), ...ofVisits(visits)]
    .filter(
      (one) => one.due === null || daysBetween(one.due, today()) < 60,
    )
    .sort(byDue);
  const seen = new Set<string>();
  const shown = visits
    .filter((visit) => visit.status !== "planned" && visit.status !== "cancelled")
    .sort(byDay)
    .filter((visit) => {
      const account = text(visit.account_id);
      if (seen.has(account)) return false;
      seen.add(account);
      return true;
    })
    .slice(0, SHOWN);
  const [accounts, people, before] = await Promise.all([
    lookUp("account", [
      ...stops.map((visit) => text(visit.account_id)),
      ...promised.slice(0, NAMED).map((one) => one.account),
      ...shown.map((visit) => text(visit.account_id)),
    ]),
    lookUp("contact", [
      ...(next ? texts(next.contacts) : []),
      ...promised.slice(0, NAMED).flatMap((one) => texts(one.record.contacts).slice(0, 1)),
    ]),
    next
      ? read([
          list("visit", { account_id: text(next.account_id), limit: 3 }),
          `/api/account/${text(next.account_id)}/brief`,
        ])
      : Promise.resolve([]),
  ]);
  const earlier = ((before[0] ?? []) as Item[]).find(
    (visit) => visit.id !== next?.id && visit.status !== "planned",
  );
  const [last] = earlier ? await withNotes([earlier]) : [null];
  const brief = (before[1] ?? null) as unknown as BriefFacts | null;
  return { stops, accounts, people, brief, last, promised, recent: shown };
}

function until(start: string): string {
  const minutes = Math.round((Date.parse(start) - Date.now()) / 60000);
  if (minutes < 0) return t("since_minutes", { n: -minutes });
  return minutes < 60
    ? t("in_minutes", { n: minutes })
    : t("in_hours", { n: Math.round(minutes / 60) });
}

function Next({ visit, day }: { visit: Item; day: Day }) {
  const account = day.accounts.get(text(visit.account_id));
  const people = texts(visit.contacts)
    .map((id) => day.people.get(id))
    .filter((one): one is Item => !!one);
  const quote =
    day.last?.notes.find((note) => note.kind === "quote") ?? day.last?.notes[0];
  const owed = day.promised.find((one) => one.ours && one.account === account?.id);
  return (
    <section class="card next" aria-label={t("next_stop")}>
      <div class="top">
        <time>{startOf(visit) ? time(startOf(visit)) : t("today_word")}</time>
        {startOf(visit) && (
          <span class="small accent strong">{until(startOf(visit))}</span>
        )}
      </div>
      <h2>
        <a href={`#/account/${account?.id}`}>
          <Data text={accountName(account)} />
        </a>{" "}
        <Tier tier={account?.tier} />
      </h2>
      {people.length > 0 && (
        <div class="meet">
          {people.slice(0, 3).map((one) => (
            <Avatar
              key={one.id}
              name={titleOf("contact", one)}
              attitude={
                day.brief?.people.find((known) => known.id === one.id)?.attitude
                  ?.counts_as
              }
            />
          ))}
          <div class="small grow">
            {people.slice(0, 2).map((one) => (
              <div class="cut" key={one.id}>
                <Data text={`${titleOf("contact", one)} ${text(one.title)}`} />
              </div>
            ))}
          </div>
        </div>
      )}
      {(quote || owed || text(visit.goal)) && (
        <dl class="said">
          {text(visit.goal) && (
            <>
              <dt>{t("goal")}</dt>
              <dd>
                <Data text={text(visit.goal)} />
              </dd>
            </>
          )}
          {quote && day.last && (
            <>
              <dt>{t("last_time")}</dt>
              <dd>
                <span class="ink3">{date(dayOfVisit(day.last.visit))}</span>{" "}
                <Data text={text(quote.text)} />
              </dd>
            </>
          )}
          {owed && (
            <>
              <dt>{t("we_owe")}</dt>
              <dd>
                <Data text={owed.what} />{" "}
                {owed.due && <b class="bad">{due(owed.due).text}</b>}
              </dd>
            </>
          )}
        </dl>
      )}
      <div class="btns">
        <a class="btn" href={`#/account/${account?.id}/brief`}>
          <Icon name="doc" />
          {t("brief")}
        </a>
        <a class="btn go" href={`#/visit/new/${account?.id}`}>
          <Icon name="plus" />
          {t("log_visit")}
        </a>
      </div>
    </section>
  );
}

function Route({ day, next }: { day: Day; next?: Item }) {
  const done = day.stops.filter((visit) => visit.status !== "planned");
  const waiting = useWaiting();
  return (
    <Section
      title={t("route")}
      count={t("route_done", { n: done.length, all: day.stops.length })}
    >
      <div class="card stops">
        {day.stops.map((visit) => {
          const account = day.accounts.get(text(visit.account_id));
          const is = visit.status !== "planned" ? "done" : visit === next ? "now" : "";
          return (
            <a
              key={visit.id}
              class={`stop ${is}`}
              href={`#/account/${text(visit.account_id)}`}
            >
              <time>{startOf(visit) ? time(startOf(visit)) : ""}</time>
              <span class="rail" />
              <div>
                <div class="stop-top">
                  <span class="cut">
                    <b>
                      <Data text={accountName(account)} />
                    </b>{" "}
                    <Tier tier={account?.tier} />
                  </span>
                  {is === "done" && <WhereItIs record={visit.id} waiting={waiting} />}
                </div>
                <div class="small ink2 two-lines">
                  {[
                    is === "done" ? t("logged") : "",
                    text(visit.result) &&
                      codeLabel(fieldOf("visit", "result"), text(visit.result)),
                    text(visit.goal),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </div>
              </div>
            </a>
          );
        })}
      </div>
    </Section>
  );
}

function tick(one: Promised): void {
  const write = (fields: Record<string, string | null>) =>
    change("action", one.id, fields);
  void write({ status: "done", done_on: today() }).then((done) => {
    if (done)
      did(t("promise_kept"), () =>
        write({ status: text(one.record.status) || null, done_on: null }),
      );
  });
}

// To whom at the account, where it is said.
function toWhom(one: Promised, day: Day): string {
  const account = accountName(day.accounts.get(one.account));
  const person = texts(one.record.contacts)
    .map((id) => nameIn(day.people, "contact", id))
    .find(Boolean);
  return [account, person].filter(Boolean).join(" ");
}

function Promises({ day }: { day: Day }) {
  const [all, setAll] = useState(false);
  if (!day.promised.length) return null;
  return (
    <Section
      title={t("promises")}
      count={day.promised.length}
      act={
        day.promised.length > SHOWN && (
          <button type="button" class="act plain" onClick={() => setAll(!all)}>
            {t(all ? "show_fewer" : "show_all")}
          </button>
        )
      }
    >
      <div class="card rows">
        {day.promised.slice(0, all ? undefined : SHOWN).map((one) => {
          const when = one.due ? due(one.due) : null;
          return (
            <div class="row" key={one.id}>
              {one.ours && one.open ? (
                <button
                  type="button"
                  class="tick"
                  aria-label={t("tick", { what: one.what })}
                  onClick={() => tick(one)}
                >
                  <span class="box" />
                </button>
              ) : (
                <span class="ink3 owed" title={t("they_owe")}>
                  <Icon name="inn" />
                </span>
              )}
              <a href={`#/account/${one.account}`}>
                <div class="cut">
                  <Data text={one.what} />
                </div>
                <div class="d cut">
                  <Data
                    text={t(one.ours ? "to_whom" : "owes_us", {
                      who: toWhom(one, day),
                    })}
                  />
                </div>
              </a>
              <div class={`e ${when?.late ? "bad" : "ink2"}`}>{when?.text}</div>
            </div>
          );
        })}
      </div>
    </Section>
  );
}

function Lately({ day }: { day: Day }) {
  if (!day.recent.length) return null;
  return (
    <Section title={t("seen_lately")}>
      <div class="card rows">
        {day.recent.map((visit) => {
          const account = day.accounts.get(text(visit.account_id));
          const on = dayOfVisit(visit);
          return (
            <a class="row two" key={visit.id} href={`#/account/${text(visit.account_id)}`}>
              <div>
                <AccountLine account={account} />
                <div class="d cut">
                  <Result visit={visit} /> <Data text={text(visit.goal)} />
                </div>
              </div>
              <div class="e ink3">{on && daysAgo(on)}</div>
            </a>
          );
        })}
      </div>
    </Section>
  );
}

export function Today() {
  const { data: day, problem, reload } = useLive("today", load);
  const next = day?.stops.find((visit) => visit.status === "planned");
  const sub = [
    `${date(today())} ${weekday(today())}`,
    day?.stops.length ? t("stops_n", { n: day.stops.length }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
  const empty =
    day && !day.stops.length && !day.promised.length && !day.recent.length;
  return (
    <Screen title={t("nav_today")} sub={sub} tools={<LogButton />}>
      {problem && (
        <ErrorNote title={t("today_not_read")} problem={problem} onRetry={reload} />
      )}
      {!day && !problem && (
        <>
          <p class="small ink2">{t("today_comes")}</p>
          <Section title={t("route")}>
            <Skeleton rows={4} lead="face" />
          </Section>
          <Section title={t("promises")}>
            <Skeleton rows={3} lead="box" />
          </Section>
        </>
      )}
      {empty && (
        <Empty title={t("nothing_planned")} text={t("nothing_planned_why")}>
          <a class="btn go" href="#/visit/new">
            <Icon name="plus" />
            {t("log_visit")}
          </a>
          <a class="btn" href="#/account">
            {t("nav_accounts")}
          </a>
        </Empty>
      )}
      {day && empty && <TimeToSee stops={day.stops} onActions={reload} />}
      {day && !empty && (
        <div class="main g21 inner">
          <div class="stack">
            {next && <Next visit={next} day={day} />}
            {day.stops.length > 0 && <Route day={day} next={next} />}
            {!day.stops.length && (
              <div class="note">
                <Icon name="today" />
                <div>{t("nothing_planned")}</div>
              </div>
            )}
            {!day.stops.length && <Lately day={day} />}
          </div>
          <div class="stack">
            <Promises day={day} />
            <TimeToSee stops={day.stops} onActions={reload} />
            <WatchOut />
            {day.stops.length > 0 && <Lately day={day} />}
          </div>
        </div>
      )}
    </Screen>
  );
}
