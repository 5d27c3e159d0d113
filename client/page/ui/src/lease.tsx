// Until when this device opens without a word of head office's (its lease).
import { date } from "./format";
import { Mark } from "./icons";
import { gap, t } from "./words";

export type Lease = { until: string; days_left: number; then: "lock" | "wipe" };

const SOON_DAYS = 3; // worth a word on every screen

export const isSoon = (lease: Lease | null): lease is Lease =>
  lease !== null && lease.days_left <= SOON_DAYS;

export function LeaseCard({ lease }: { lease: Lease }) {
  const soon = isSoon(lease);
  return (
    <section class="card hero">
      <span class={soon ? "warn" : undefined}>
        <Mark name={soon ? "stop" : "done"} />
      </span>
      <div>
        <div class="lead">
          {t("lease_until", { day: date(lease.until), n: lease.days_left })}
        </div>
        <div class="small ink2">
          {t("lease_renewed")}
          {gap()}
          {t(lease.then === "wipe" ? "lease_then_wipe" : "lease_then_lock")}
        </div>
      </div>
    </section>
  );
}
