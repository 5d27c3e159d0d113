// A record that could not be read. When it is not here, what this device does
// hold says why.
import type { Problem } from "./api";
import { Icon } from "./icons";
import { places } from "./schema";
import { useStanding } from "./shell";
import { ErrorNote } from "./ui";
import { t } from "./words";

const ABSENT = 404;

// Why one may not see something: what is held here, and what waits.
export function WhyNot() {
  const { data } = useStanding();
  const waiting = data?.waiting ?? [];
  const read = places.filter((one) => one.kind === "field").map((one) => one.territory);
  return (
    <div class="note">
      <Icon name="eye" />
      <div>
        <b>{t("why_not_seen")}</b>
        <p>
          {read.length
            ? t("why_not_territory", { where: read.join(t("list_comma")) })
            : t("why_not_none")}
        </p>
        {waiting.map((one) => (
          <p key={`${one.user} ${one.why}`}>
            {t("why_not_waiting", { n: one.changes, who: one.user, why: one.why })}
          </p>
        ))}
        <p>
          {t("why_not_sync")}{" "}
          <a class="accent" href="#/sync">
            {t("nav_sync")}
          </a>
        </p>
      </div>
    </div>
  );
}

export function Unreadable({
  problem,
  onRetry,
}: {
  problem: Problem;
  onRetry: () => void;
}) {
  return (
    <>
      <ErrorNote
        title={t(problem.status === ABSENT ? "not_here" : "not_read")}
        problem={problem}
        onRetry={onRetry}
      />
      {problem.status === ABSENT && <WhyNot />}
    </>
  );
}
