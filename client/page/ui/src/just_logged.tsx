// The visit that was just saved, where it is now, and what came of it: the first
// thing to see behind the form.
import type { Whole } from "./account_data";
import { due } from "./format";
import { Event } from "./timeline";
import { Data, Section } from "./ui";
import { useWaiting, WhereItIs } from "./unsent";
import { t } from "./words";

const FRESH_MS = 10 * 60000;
let last = { visit: "", at: 0 };

export function justLogged(visit: string): void {
  last = { visit, at: Date.now() };
}

export function JustLogged({ whole }: { whole: Whole }) {
  const waiting = useWaiting();
  const fresh = Date.now() - last.at < FRESH_MS;
  const one = fresh ? whole.visits.find(({ visit }) => visit.id === last.visit) : undefined;
  if (!one || one.visit.archived === true) return null;
  const made = whole.promised.filter((each) => each.record.visit_id === one.visit.id);
  return (
    <>
      <Section title={t("just_now")}>
        <ol class="card tl">
          <Event one={one} people={whole.met} mark={<WhereItIs record={one.visit.id} waiting={waiting} />} />
        </ol>
      </Section>
      {made.length > 0 && (
        <Section title={t("came_of_it")} count={made.length}>
          <ul class="card rows">
            {made.map((each) => (
              <li class="row two" key={each.id}>
                <Data text={each.what} />
                <span class="e ink2">{each.due && due(each.due).text}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}
