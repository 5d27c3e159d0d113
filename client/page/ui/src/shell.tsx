// The frame of every screen: side bar or bottom bar, head, the sync chip.
import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { JsonObject } from "./api";
import { read } from "./api";
import { ago } from "./format";
import { Icon, type IconName, Mark, type MarkName } from "./icons";
import { isSoon, type Lease } from "./lease";
import { type Loaded, useLive } from "./live";
import { isManager, me, places } from "./schema";
import { Avatar, Data, ErrorNote } from "./ui";
import { t, type Word } from "./words";

export type Peer = {
  peer: string;
  url: string;
  last_sync: string | null;
  to_send: number;
  error: string | null;
};
export type Standing = {
  peers: Peer[];
  hub: Peer | null; // head office, by the address that answered last
  unsent: number; // changes that head office does not have
  yours: number; // conflicts that a person has to decide
  late: number; // late changes that a manager has to decide on
  conflicts: JsonObject[];
  waiting: { user: string; changes: number; why: string }[];
  lease: Lease | null;
};

type Status = {
  territories: {
    pending: number;
    waiting: { user: string; changes: number; why: string }[];
  }[];
  peers: Peer[];
  lease: Lease | null;
};

async function loadStanding(): Promise<Standing> {
  const [status, conflicts, late] = (await read([
    "/api/status",
    "/api/conflicts",
    ...(isManager() ? ["/api/quarantine"] : []),
  ])) as unknown as [Status, JsonObject[], JsonObject[] | undefined];
  const hubs = status.peers.filter((peer) => peer.peer === "hub");
  const hub =
    hubs.sort((a, b) =>
      (b.last_sync ?? "").localeCompare(a.last_sync ?? ""),
    )[0] ?? null;
  const pending = status.territories.reduce((sum, one) => sum + one.pending, 0);
  return {
    peers: status.peers,
    hub,
    unsent: hub?.last_sync ? hub.to_send : pending,
    yours: conflicts.filter((one) => one.state === "undecided").length,
    late: late?.length ?? 0,
    conflicts,
    waiting: status.territories.flatMap((one) => one.waiting),
    lease: status.lease,
  };
}

export const StandingContext = createContext<Loaded<Standing>>({
  data: undefined,
  problem: null,
  reload: () => {},
});

export const useStanding = () => useContext(StandingContext);

function chipOf(standing: Standing): { mark: MarkName; bold?: number; text: string } {
  const when = standing.hub?.last_sync ? ago(standing.hub.last_sync) : null;
  if (standing.yours)
    return { mark: "yours", bold: standing.yours, text: t("chip_yours") };
  if (isSoon(standing.lease))
    return { mark: "stop", text: t("chip_lease", { n: standing.lease.days_left }) };
  if (standing.unsent && standing.hub?.error)
    return { mark: "ring", bold: standing.unsent, text: t("chip_no_signal") };
  if (standing.unsent)
    return {
      mark: "ring",
      bold: standing.unsent,
      text: when ? t("chip_unsent", { when }) : t("chip_unsent_never"),
    };
  if (!when) return { mark: "none", text: t("chip_never") };
  return { mark: "done", text: when };
}

export function SyncChip() {
  const { data } = useStanding();
  if (!data) return null;
  const chip = chipOf(data);
  return (
    <a class="sync" href="#/sync">
      <Mark name={chip.mark} />
      {chip.bold !== undefined && <b>{chip.bold}</b>}
      {chip.text}
    </a>
  );
}

function SyncBox() {
  const { data } = useStanding();
  if (!data) return null;
  const when = data.hub?.last_sync ? ago(data.hub.last_sync) : null;
  const second = [
    when ? t("hub_when", { when }) : t("chip_never"),
    data.yours ? t("yours_n", { n: data.yours }) : "",
    isSoon(data.lease) ? t("chip_lease", { n: data.lease.days_left }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
  return (
    <a class="syncbox" href="#/sync">
      <Mark name={data.unsent ? "ring" : when ? "done" : "none"} />
      <b>{data.unsent ? t("only_here_n", { n: data.unsent }) : t("all_safe")}</b>
      <span>{second}</span>
    </a>
  );
}

export type Place =
  | "today"
  | "account"
  | "contact"
  | "handover"
  | "quarantine"
  | "sync"
  | "device"
  | "more";

const entries: { place: Place; icon: IconName; word: Word }[] = [
  { place: "today", icon: "today", word: "nav_today" },
  { place: "account", icon: "account", word: "nav_accounts" },
  { place: "contact", icon: "people", word: "nav_contacts" },
];
// Of several people; what came too late is for managers alone.
export const team = (): { place: Place; icon: IconName; word: Word }[] => [
  { place: "handover", icon: "hand", word: "nav_handover" },
  ...(isManager()
    ? [{ place: "quarantine", icon: "box", word: "nav_quarantine" } as const]
    : []),
];
const below: { place: Place; icon: IconName; word: Word }[] = [
  { place: "sync", icon: "sync", word: "nav_sync" },
  { place: "device", icon: "device", word: "nav_devices" },
  { place: "more", icon: "settings", word: "nav_settings" },
];

function Entry({
  place,
  icon,
  word,
  at,
  count,
}: {
  place: Place;
  icon: IconName;
  word: Word;
  at: Place;
  count?: number;
}) {
  return (
    <a href={`#/${place}`} aria-current={place === at ? "page" : undefined}>
      <Icon name={icon} />
      {t(word)}
      {!!count && <span class="n">{count}</span>}
    </a>
  );
}

function Side({ at }: { at: Place }) {
  const { data } = useStanding();
  const self = me();
  const name = self ? self.name || self.login : "";
  return (
    <nav class="side" aria-label={t("nav_main")}>
      <div class="brand">
        <Icon name="road" size="l" />
        {t("app_name")}
      </div>
      <a class="find" href="#/search">
        <Icon name="search" size="s" />
        <span class="cut">{t("find")}</span>
        <kbd>/</kbd>
      </a>
      {entries.map((entry) => (
        <Entry key={entry.place} {...entry} at={at} />
      ))}
      <h3>{t("nav_team")}</h3>
      {team().map((entry) => (
        <Entry
          key={entry.place}
          {...entry}
          at={at}
          count={entry.place === "quarantine" ? data?.late : undefined}
        />
      ))}
      <h3>{t("nav_data")}</h3>
      {below.map((entry) => (
        <Entry
          key={entry.place}
          {...entry}
          at={at}
          count={entry.place === "sync" ? data?.yours : undefined}
        />
      ))}
      <div class="foot">
        <SyncBox />
        <div class="me">
          <Avatar name={name} small />
          <div class="cut">
            <b>
              <Data text={name} />
            </b>
            <br />
            <span class="ink3 cap">
              {places.filter((one) => one.role).map((one) => one.territory)[0]}
            </span>
          </div>
        </div>
      </div>
    </nav>
  );
}

function TabBar({ at }: { at: Place }) {
  const { data } = useStanding();
  const more = !["today", "account", "contact"].includes(at);
  const tab = (place: Place, icon: IconName, word: Word) => (
    <a href={`#/${place}`} aria-current={at === place ? "page" : undefined}>
      <Icon name={icon} size="l" />
      {t(word)}
    </a>
  );
  return (
    <nav class="tabbar" aria-label={t("nav_bottom")}>
      {tab("today", "today", "nav_today")}
      {tab("account", "account", "nav_accounts")}
      <a class="log" href="#/visit/new" aria-label={t("log_visit")}>
        <i>
          <Icon name="plus" size="l" />
        </i>
      </a>
      {tab("contact", "people", "nav_contacts")}
      <a href="#/more" aria-current={more ? "page" : undefined}>
        <span class="dotted">
          <Icon name="more" size="l" />
          {!!(data?.yours || data?.late) && <Mark name="yours" />}
        </span>
        {t("nav_more")}
      </a>
    </nav>
  );
}

// A screen: its head, and what stands below.
export function Screen({
  title,
  tag,
  sub,
  back,
  tools,
  noChip,
  children,
}: {
  title: string;
  tag?: ComponentChildren;
  sub?: ComponentChildren;
  back?: string;
  tools?: ComponentChildren;
  noChip?: boolean; // the screen says all that the chip says
  children: ComponentChildren;
}) {
  const { problem, reload } = useStanding();
  document.title = `${title} · ${t("app_name")}`;
  return (
    <>
      <header class="head">
        {back && (
          <a class="back ph" href={back} aria-label={t("back")}>
            <Icon name="left" />
          </a>
        )}
        <div>
          <h1 class="cut">
            <Data text={title} /> {tag}
          </h1>
          {sub && <p class="cut">{sub}</p>}
        </div>
        <div class="tools">
          {!noChip && <SyncChip />}
          {tools && <span class="dk tools">{tools}</span>}
        </div>
      </header>
      <main class="main" id="main">
        {problem && (problem.status === 0 || problem.status === 401) && (
          <ErrorNote
            title={t(problem.status === 401 ? "locked_out" : "away_title")}
            problem={problem}
            onRetry={reload}
          />
        )}
        {children}
      </main>
    </>
  );
}

export function LogButton({ account }: { account?: string }) {
  return (
    <a
      class="btn go small"
      href={account ? `#/visit/new/${account}` : "#/visit/new"}
    >
      <Icon name="plus" size="s" />
      {t("log_visit")}
    </a>
  );
}

export function Shell({ at, children }: { at: Place; children: ComponentChildren }) {
  const standing = useLive("standing", loadStanding);
  return (
    <StandingContext.Provider value={standing}>
      <div class="app">
        <Side at={at} />
        <div class="page">{children}</div>
        <TabBar at={at} />
      </div>
    </StandingContext.Provider>
  );
}
