// Who is due to be seen. It looks at every account, so it comes after the rest
// of the day, and is not asked anew at each change.
import { useEffect } from "preact/hooks";
import type { Item } from "./api";
import { get } from "./api";
import { daysAgo, daysBetween, due, text, today } from "./format";
import { rarely, useLive } from "./live";
import { lookUp } from "./names";
import { AccountLine, Section, Skeleton } from "./ui";
import { t } from "./words";

const SHOWN = 6;

// Whom to see, as `roadbook due` tells it.
type Due = {
  kind: string; // account, contact, in_person or next_contact
  on: string;
  late_days: number;
  account: string;
  last_visit: string | null;
  target_days: number | null;
};
type Told = { due: Due[]; count: number; accounts: number };

const WITHIN = "7d";
const ASKED = 100; // reasons to go, some of one account
const PROMISES = 200;

let actions: string[] = [];

// Ids of open promises as they were last asked, the most pressing first: also of
// those that were never given a status, which no list finds by it.
export const dueActions = (): string[] => actions;

const loadDue = rarely(async () => {
  const [due, promises] = await Promise.all([
    get<Told>(`/api/due?within=${WITHIN}&visits=1&limit=${ASKED}`),
    get<{ promises: { action: string }[] }>(`/api/promises?limit=${PROMISES}`),
  ]);
  actions = promises.body.promises.map((one) => one.action);
  return { told: due.body, fresh: Date.now() };
});

// One line an account: its most pressing reason. Those who wait for us come
// before those who were never seen.
function dueOf(list: Due[], stops: Item[]): Due[] {
  const seen = new Set(stops.map((visit) => text(visit.account_id)));
  const once = list.filter((one) => {
    if (seen.has(one.account)) return false;
    seen.add(one.account);
    return true;
  });
  return [
    ...once.filter((one) => one.last_visit),
    ...once.filter((one) => !one.last_visit),
  ];
}

// How long it is, against how long it should be at most.
function Meter({ days, target }: { days: number; target: number }) {
  const late = days > target;
  const shape = days > target * 1.5 ? "over" : late ? "late" : "";
  return (
    <div class="e due">
      <span class={shape === "over" ? "bad" : late ? "warn" : "ink2"}>
        {t("days_n", { n: days })}
      </span>{" "}
      <span class="ink3">/ {target}</span>
      <span class={`meter ${shape}`}>
        <i style={{ width: `${Math.min(100, (days / target) * 50)}%` }} />
      </span>
    </div>
  );
}

export function TimeToSee({
  stops,
  onActions,
}: {
  stops: Item[]; // who is on today's route need not be told
  onActions: () => void; // there are promises that nothing else told of
}) {
  const { data, problem } = useLive("due", async () => {
    const { told, fresh } = await loadDue();
    const due = dueOf(told.due, stops);
    return {
      due,
      count: told.count > told.due.length ? told.accounts : due.length,
      fresh,
      accounts: await lookUp(
        "account",
        due.slice(0, SHOWN).map((one) => one.account),
      ),
    };
  });
  useEffect(() => {
    if (data?.fresh && dueActions().length) onActions();
  }, [data?.fresh]);
  if (!data && !problem)
    return (
      <Section title={t("time_to_see")}>
        <Skeleton rows={3} />
      </Section>
    );
  if (!data?.due.length) return null;
  return (
    <Section title={t("time_to_see")} count={data.count}>
      <div class="card rows">
        {data.due.slice(0, SHOWN).map((one) => {
          const account = data.accounts.get(one.account);
          const when = due(one.on);
          return (
            <a class="row two" key={one.account} href={`#/account/${one.account}`}>
              <div>
                <AccountLine account={account} />
                <div class="d">
                  {one.last_visit
                    ? t("last_seen", { when: daysAgo(one.last_visit) })
                    : t("never_seen_account")}
                </div>
              </div>
              {one.last_visit && one.target_days ? (
                <Meter
                  days={daysBetween(one.last_visit, today())}
                  target={one.target_days}
                />
              ) : (
                <div class={`e ${when.late && one.late_days ? "bad" : "ink2"}`}>
                  {one.last_visit ? when.text : ""}
                </div>
              )}
            </a>
          );
        })}
      </div>
    </Section>
  );
}
