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

async function load(id: string) {
  const [contact, [visits]] = await Promise.all([
    get<Item>(`/api/contact/${id}`),
    read([list("visit", { contacts: id, limit: VISITS })]),
  ]);
  const told = await withNotes(((visits ?? []) as Item[]).sort(byDay));
  return {
    record: contact.body,
    shown: contact.shown,
    names: await namesFor("contact", [contact.body]),
    visits: told,
    met: await peopleOf(told),
  };
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
              <Section title={t("seen_at")} count={data.visits.length}>
                {data.visits.length ? (
                  <ol class="card tl">
                    {data.visits.map((one) => (
                      <Event key={one.visit.id} one={one} people={data.met} />
                    ))}
                  </ol>
                ) : (
                  <p class="small ink2">{t("never_seen")}</p>
                )}
              </Section>
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
