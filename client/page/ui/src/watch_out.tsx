// Where somebody should look soon: who decides stands with a rival, is not
// known, or all hangs on one of us. It looks at every account, so it comes after
// the rest and is not asked anew at each change.
import { get, list } from "./api";
import { rarely, useLive } from "./live";
import { Icon } from "./icons";
import { lookUp, nameIn } from "./names";
import { userName } from "./schema";
import { Data, Section } from "./ui";
import { t } from "./words";

type Covered = {
  id: string;
  name: string;
  tier: string | null;
  kdm_opposes: boolean;
  contradiction: boolean;
  missing_roles: string[];
  bus_factor: number | null;
  sole_holder: string | null;
  coverage_bp: number | null;
};
type Warning = { id: string; name: string; title: string; why: string; bad: boolean };

const SHOWN = 4;
const GREAT = ["strategic", "key"]; // where one person is too few
const MOST = 1500; // accounts of which it is asked

// The heaviest reason of an account.
function warn(one: Covered): Warning[] {
  const of = (title: string, why: string, bad: boolean) => [
    { id: one.id, name: one.name, title, why, bad },
  ];
  if (one.kdm_opposes) return of(t("kdm_opposes"), t("kdm_opposes_why"), true);
  if (one.bus_factor === 1 && one.sole_holder && GREAT.includes(one.tier ?? ""))
    return of(
      t("hangs_on_one"),
      t("known_only_to", { who: userName(one.sole_holder) }),
      true,
    );
  if (one.contradiction) return of(t("ratings_differ"), t("ratings_differ_why"), false);
  if (one.bus_factor !== null && one.missing_roles.includes("KDM"))
    return of(t("no_kdm"), t("no_kdm_why"), false);
  return [];
}

const load = rarely(async (): Promise<Warning[]> => {
  // Where there are many, this would keep everything else waiting.
  const many = await get<{ count: number }>(list("account", { count: 1 }));
  if (many.body.count > MOST) return [];
  const { body } = await get<{ accounts: Covered[] }>("/api/coverage");
  const all = body.accounts.flatMap(warn);
  const worst = [...all.filter((one) => one.bad), ...all.filter((one) => !one.bad)];
  const accounts = await lookUp(
    "account",
    worst.slice(0, SHOWN).map((one) => one.id),
  );
  return worst.map((one) => ({
    ...one,
    name: nameIn(accounts, "account", one.id) || one.name,
  }));
});

export function WatchOut() {
  const { data } = useLive("watch out", load);
  if (!data?.length) return null;
  return (
    <Section title={t("watch_out")} count={data.length}>
      <div class="card rows">
        {data.slice(0, SHOWN).map((one) => (
          <a class="row" key={one.id} href={`#/account/${one.id}`}>
            <span class={one.bad ? "bad" : "warn"}>
              <Icon name={one.bad ? "stop" : "alert"} />
            </span>
            <div>
              <div class="cut">
                <b>
                  <Data text={`${one.name}${t("colon")}${one.title}`} />
                </b>
              </div>
              <div class="d cut">
                <Data text={one.why} />
              </div>
            </div>
            <span class="ink3">
              <Icon name="right" size="s" />
            </span>
          </a>
        ))}
      </div>
    </Section>
  );
}
