// Is my work safe, what waits, and why? And what a person has to decide.
import { useState } from "preact/hooks";
import { post } from "./api";
import { loadInbox, Merged, SettledHere, ToDecide } from "./conflicts";
import { ago, daysBetween, dayOf, today } from "./format";
import { Icon, Mark, type MarkName } from "./icons";
import { LeaseCard } from "./lease";
import { useLive } from "./live";
import { Outbox } from "./outbox";
import { userName } from "./schema";
import { type Peer, Screen, type Standing, useStanding } from "./shell";
import { Data, ErrorNote, Section, Skeleton } from "./ui";
import { gap, t } from "./words";

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
          {data.unsent > 0 && `${gap()}${t("safe_here")}`}
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
          {peer.error &&
            `${gap()}${t("cannot_now", { reason: peer.error })}`}
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
    <Screen title={t("nav_sync")} sub={t("sync_sub")} noChip back="#/more">
      {problem && (
        <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />
      )}
      {!standing && !problem && <Skeleton />}
      <div class="main g32 inner">
        <div class="stack">
          {standing && <Hero data={standing} />}
          {standing?.lease && <LeaseCard lease={standing.lease} />}
          {inbox && yours.length > 0 && (
            <Section title={t("yours_to_decide")} count={yours.length}>
              <ToDecide conflicts={yours} inbox={inbox} />
            </Section>
          )}
          {inbox && !yours.length && (
            <p class="small ink2 under">{t("nothing_to_decide")}</p>
          )}
          {inbox && <SettledHere inbox={inbox} />}
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
          <Outbox />
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

