// One person: how to reach them, what matters to them, when they were seen.
import { useState } from "preact/hooks";
import type { Item } from "./api";
import { get, list, read } from "./api";
import { text } from "./format";
import { History } from "./history";
import { Icon } from "./icons";
import { numberOf } from "./lists";
import { useLive } from "./live";
import { nameIn } from "./names";
import { Details, namesFor } from "./record";
import { titleOf } from "./schema";
import { LogButton, Screen } from "./shell";
import { byDay, Event, peopleOf, withNotes } from "./timeline";
import { Data, Section, Skeleton } from "./ui";
import { Unreadable } from "./unreadable";
import { t } from "./words";

const VISITS = 10;

// Visits with the person: at this account, or wherever they were.
async function seen(id: string, account?: string) {
  const at: Record<string, string> = account ? { account_id: account } : {};
  const [visits] = await read([list("visit", { ...at, contacts: id, limit: VISITS })]);
  const told = await withNotes(((visits ?? []) as Item[]).sort(byDay));
  return { visits: told, met: await peopleOf(told) };
}

async function load(id: string) {
  const { body, shown } = await get<Item>(`/api/contact/${id}`);
  const [names, first] = await Promise.all([
    namesFor("contact", [body]),
    seen(id, text(body.account_id) || undefined),
  ]);
  return { record: body, shown, names, first };
}

type Seen = Awaited<ReturnType<typeof seen>>;

// At this account; elsewhere when it is asked for, since all visits have to be
// looked through for that.
function SeenAt({ id, first }: { id: string; first: Seen }) {
  const [everywhere, setEverywhere] = useState<Seen | null>(null);
  const { visits, met } = everywhere ?? first;
  return (
    <Section title={t("seen_at")} count={visits.length}>
      {visits.length ? (
        <ol class="card tl">
          {visits.map((one) => (
            <Event key={one.visit.id} one={one} people={met} />
          ))}
        </ol>
      ) : (
        <p class="small ink2">{t("never_seen")}</p>
      )}
      {!everywhere && (
        <button
          type="button"
          class="btn quiet"
          onClick={() => void seen(id).then(setEverywhere, () => undefined)}
        >
          {t("seen_elsewhere")}
        </button>
      )}
    </Section>
  );
}

export function Contact({ id }: { id: string }) {
  const [past, setPast] = useState(false);
  const { data, problem, reload } = useLive(`contact ${id}`, () => load(id));
  const record = data?.record;
  const account = text(record?.account_id);
  const number = record ? numberOf(record) : "";
  return (
    <Screen
      title={record ? titleOf("contact", record) : "…"}
      back={account ? `#/account/${account}` : "#/contact"}
      sub={
        record && (
          <>
            <Data text={text(record.title)} />
            {account && text(record.title) && " · "}
            {account && (
              <a class="accent" href={`#/account/${account}`}>
                <Data text={nameIn(data.names, "account", account)} />
              </a>
            )}
          </>
        )
      }
      tools={<LogButton account={account || undefined} />}
    >
      {problem && <Unreadable problem={problem} onRetry={reload} />}
      {!data && !problem && <Skeleton />}
      {data && record && (
        <>
          {number && (
            <div class="btns ph">
              <a class="btn" href={`tel:${number}`}>
                <Icon name="phone" />
                {t("call")}
              </a>
            </div>
          )}
          {record.archived === true && (
            <div class="note warn">
              <Icon name="alert" />
              <div>{t("is_archived")}</div>
            </div>
          )}
          {record.do_not_contact === true && (
            <div class="note bad">
              <Icon name="alert" />
              <div>{t("do_not_contact")}</div>
            </div>
          )}
          <div class="main g32 inner">
            <div class="stack">
              <Details
                type="contact"
                record={record}
                shown={data.shown}
                names={data.names}
                onSaved={reload}
              />
            </div>
            <div class="stack">
              <SeenAt id={id} first={data.first} />
              {past ? (
                <History type="contact" record={record} shown={data.shown} />
              ) : (
                <button type="button" class="btn quiet" onClick={() => setPast(true)}>
                  {t("show_history")}
                </button>
              )}
            </div>
          </div>
        </>
      )}
    </Screen>
  );
}
