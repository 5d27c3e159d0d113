// What of the records that are shown is not with head office yet: what this
// person wrote since head office was last met. While all of it is there, nothing
// is asked and nothing is marked.
import { read } from "./api";
import { Mark } from "./icons";
import { useLive } from "./live";
import { me } from "./schema";
import { type Standing, useStanding } from "./shell";
import { t } from "./words";

export type Where = "here" | "colleague"; // and nowhere else

type Written = { time: string; user: string };

const SLACK_MS = 60000; // written while a sync went on: rather marked than not
const MOST = 40; // records that are asked about

const met = (peer: { last_sync: string | null } | null | undefined) =>
  peer?.last_sync ? Date.parse(peer.last_sync) - SLACK_MS : 0;

function whereIs(written: Written[], standing: Standing): Where | null {
  const mine = written.filter((one) => one.user === me()?.login);
  const last = Math.max(0, ...mine.map((one) => Date.parse(one.time)));
  if (!last || last < met(standing.hub)) return null;
  const colleague = standing.peers.some(
    (peer) => peer.peer !== "hub" && !peer.to_send && last < met(peer),
  );
  return colleague ? "colleague" : "here";
}

// By the record's id.
export function useUnsent(type: string, ids: string[]): Map<string, Where> {
  const { data: standing } = useStanding();
  const asked = standing?.unsent ? ids.slice(0, MOST) : [];
  const key = [type, standing?.hub?.last_sync, ...asked].join(" ");
  const { data } = useLive(`unsent ${key}`, async () => {
    const pasts = await read(asked.map((id) => `/api/${type}/${id}/history`));
    return asked.map((id, i) => [id, (pasts[i] ?? []) as unknown as Written[]] as const);
  });
  const found = new Map<string, Where>();
  for (const [id, written] of data ?? []) {
    const where = standing && whereIs(written, standing);
    if (where) found.set(id, where);
  }
  return found;
}

export function OnlyHere({ where }: { where: Where | undefined }) {
  if (!where) return null;
  return (
    <span class="mk-txt">
      <Mark name={where === "here" ? "ring" : "half"} />
      {t(where === "here" ? "only_here" : "colleague_has_it")}
    </span>
  );
}
