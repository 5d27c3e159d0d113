// Is my work safe, what waits, and why? And what a person has to decide.
import { useState } from "preact/hooks";
import type { Json } from "./api";
import { get, post, Problem } from "./api";
import { ValueInput } from "./form";
import { ago, daysBetween, dayOf, moment, today } from "./format";
import { Icon, Mark, type MarkName } from "./icons";
import { useLive } from "./live";
import { lookUp, nameIn, type Names } from "./names";
import { type Field, fieldOf, label, me, userName, valueText } from "./schema";
import { namesFor } from "./record";
import { LogButton, type Peer, Screen, type Standing, useStanding } from "./shell";
import { Data, ErrorNote, Section, Skeleton, toast } from "./ui";
import { t } from "./words";

type Sibling = {
  value: Json;
  base: Json;
  user: string;
  device: string;
  time: string;
  suspect: boolean;
};
type Conflict = {
  id: string;
  type: string;
  record: string;
  field: string;
  state: "undecided" | "settled";
  shown: Json;
  siblings: Sibling[];
  unseen: { user: string; time: string; field: string; value: Json }[];
};
type Inbox = {
  conflicts: Conflict[];
  shown: string | null;
  records: Names;
  names: Names;
};

async function loadInbox(): Promise<Inbox> {
  const { body, shown } = await get<Conflict[]>("/api/conflicts");
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
  return { conflicts: body, shown, records, names };
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
  onPick,
}: {
  one: Sibling;
  field: Field | undefined;
  on: boolean;
  names: Names;
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
        {moment(one.time)}
        {one.suspect && ` · ${t("clock_ahead")}`}
      </span>
    </button>
  );
}

function Decide({ conflict, inbox }: { conflict: Conflict; inbox: Inbox }) {
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
  const settle = async (value: Json) => {
    setBusy(true);
    setProblem(null);
    try {
      await post(`/api/conflicts/${conflict.id}`, { value }, shown);
      toast({
        title: t("settled", { what: label(conflict.type, conflict.field) }),
        text: t("settled_everywhere"),
      });
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
          <ErrorNote title={t("not_saved")} problem={problem} />
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
          onClick={() => void settle(writing ? other : picked.value)}
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

// What a rule settled, and what may be picked otherwise.
function Merged({ conflict, inbox }: { conflict: Conflict; inbox: Inbox }) {
  const [open, setOpen] = useState(false);
  const field = fieldOf(conflict.type, conflict.field);
  const name = (type: string, id: string) => nameIn(inbox.names, type, id);
  if (open) return <Decide conflict={conflict} inbox={inbox} />;
  const who = [...new Set(conflict.siblings.map((one) => userName(one.user)))];
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
          {t("both_wrote", { who: who.join(t("list_comma")) })}
        </div>
      </div>
      <button type="button" class="link small accent" onClick={() => setOpen(true)}>
        {t("look")}
      </button>
    </div>
  );
}

// ---- where things stand ----

function Hero({ data }: { data: Standing }) {
  const [asked, setAsked] = useState(false);
  const hub = data.hub;
  const when = hub?.last_sync ? ago(hub.last_sync) : null;
  const title = data.unsent
    ? t("not_at_hub_n", { n: data.unsent })
    : when
      ? t("all_at_hub")
      : t("never_met_hub");
  const second = hub?.error
    ? t("hub_error", { reason: hub.error, when: when ?? t("never") })
    : when
      ? t("met_hub", { when })
      : t("sends_itself");
  return (
    <section class="card hero">
      <Mark name={data.unsent ? "ring" : when ? "done" : "none"} />
      <div>
        <div class="lead">{title}</div>
        <div class="small ink2">
          {second}
          {data.unsent > 0 && ` ${t("safe_here")}`}
        </div>
      </div>
      <button
        type="button"
        class="btn mid"
        onClick={() => {
          setAsked(true);
          void post("/api/sync", {}).then(
            () => window.setTimeout(() => setAsked(false), 3000),
            () => setAsked(false),
          );
        }}
      >
        <Icon name="sync" />
        {asked ? t("trying") : t("try_now")}
      </button>
    </section>
  );
}

function peerMark(peer: Peer): { mark: MarkName; shape: string } {
  if (!peer.last_sync) return { mark: "none", shape: "ink3" };
  const days = daysBetween(dayOf(new Date(peer.last_sync)), today());
  if (days >= 3) return { mark: "none", shape: "warn" };
  if (peer.error) return { mark: "ring", shape: "" };
  return peer.to_send
    ? { mark: "half", shape: "" }
    : { mark: "done", shape: "" };
}

function PeerRow({ peer }: { peer: Peer }) {
  const { mark, shape } = peerMark(peer);
  return (
    <div class="peer">
      <span class="ink2">
        <Icon name={peer.peer === "hub" ? "hub" : "device"} />
      </span>
      <div>
        <div class="ph2">
          <b>
            <Data text={userName(peer.peer)} />
          </b>
          <span class="ink3 small cut">{peer.url}</span>
          <span class={`st ${shape}`}>
            <Mark name={mark} />
            {peer.last_sync ? ago(peer.last_sync) : t("never_met")}
          </span>
        </div>
        <div class="small ink2">
          {peer.to_send ? t("lacks_n", { n: peer.to_send }) : t("same_as_here")}
          {peer.error && ` ${t("cannot_now", { reason: peer.error })}`}
        </div>
      </div>
    </div>
  );
}

export function Sync() {
  const { data: standing } = useStanding();
  const { data: inbox, problem, reload } = useLive("inbox", loadInbox);
  const yours = inbox?.conflicts.filter((one) => one.state === "undecided") ?? [];
  const merged = inbox?.conflicts.filter((one) => one.state === "settled") ?? [];
  return (
    <Screen title={t("nav_sync")} sub={t("sync_sub")} noChip tools={<LogButton />}>
      {problem && (
        <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />
      )}
      {!standing && !problem && <Skeleton />}
      <div class="main g32 inner">
        <div class="stack">
          {standing && <Hero data={standing} />}
          {inbox && yours.length > 0 && (
            <Section title={t("yours_to_decide")} count={yours.length}>
              <div class="cards">
                {yours.map((one) => (
                  <Decide key={one.id} conflict={one} inbox={inbox} />
                ))}
              </div>
            </Section>
          )}
          {inbox && !yours.length && (
            <p class="small ink2 under">{t("nothing_to_decide")}</p>
          )}
          {inbox && merged.length > 0 && (
            <Section title={t("merged_for_you")} count={merged.length}>
              <div class="cards">
                {merged.map((one) => (
                  <Merged key={one.id} conflict={one} inbox={inbox} />
                ))}
              </div>
            </Section>
          )}
        </div>
        <div class="stack">
          {standing && standing.waiting.length > 0 && (
            <Section title={t("waits_here")} count={standing.waiting.length}>
              <div class="card rows">
                {standing.waiting.map((one, i) => (
                  <div class="mini" key={i}>
                    <div>
                      <b>
                        <Data text={userName(one.user)} />
                      </b>
                      <div class="small ink2">{one.why}</div>
                    </div>
                    <span class="small ink2">
                      {t("changes_n", { n: one.changes })}
                    </span>
                  </div>
                ))}
              </div>
            </Section>
          )}
          {standing && (
            <Section title={t("sync_with")} count={standing.peers.length}>
              {standing.peers.length ? (
                <div class="card rows">
                  {standing.peers.map((peer) => (
                    <PeerRow key={peer.url + peer.peer} peer={peer} />
                  ))}
                </div>
              ) : (
                <p class="small ink2">{t("nobody_yet")}</p>
              )}
            </Section>
          )}
        </div>
      </div>
    </Screen>
  );
}

