// Which screen is shown: the part of the address behind the #.
import { render } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { AccountList, ContactList } from "./lists";
import { Problem } from "./api";
import { Keys } from "./keys";
import { later, loadLater } from "./later";
import { connect } from "./live";
import { loadSchema } from "./schema";
import { type Place, Shell } from "./shell";
import { Today } from "./today";
import { ErrorNote, Toasts } from "./ui";
import { LogVisit } from "./visit";
import { applyLanguage, t } from "./words";
import { applyTheme } from "./theme";

// What is not on the first screen comes right behind it.
const Account = later(() => import("./account").then((all) => all.Account));
const BriefScreen = later(() => import("./sheet").then((all) => all.BriefScreen));
const Contact = later(() => import("./contact").then((all) => all.Contact));
const Devices = later(() => import("./devices").then((all) => all.Devices));
const Handovers = later(() => import("./handover").then((all) => all.Handovers));
const HandoverOf = later(() => import("./handover").then((all) => all.HandoverOf));
const LateChange = later(() => import("./quarantine").then((all) => all.LateChange));
const More = later(() => import("./more").then((all) => all.More));
const NewRecord = later(() => import("./new_record").then((all) => all.NewRecord));
const Quarantine = later(() => import("./quarantine").then((all) => all.Quarantine));
const Search = later(() => import("./search").then((all) => all.Search));
const Sync = later(() => import("./sync").then((all) => all.Sync));

function parts(): string[] {
  return location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
}

function screenOf(route: string[]): { at: Place; screen: preact.JSX.Element } {
  const [noun, id, tab, more] = route;
  switch (noun) {
    case "account":
      if (id === "new")
        return { at: "account", screen: <NewRecord type="account" /> };
      if (id && tab === "brief")
        return { at: "account", screen: <BriefScreen key={id} id={id} /> };
      if (id)
        return { at: "account", screen: <Account key={id} id={id} tab={tab} /> };
      return { at: "account", screen: <AccountList /> };
    case "contact":
      if (id === "new")
        return {
          at: "contact",
          screen: <NewRecord type="contact" account={tab} preset={more} />,
        };
      if (id) return { at: "contact", screen: <Contact key={id} id={id} /> };
      return { at: "contact", screen: <ContactList /> };
    case "search":
      return { at: "account", screen: <Search /> };
    case "sync":
      return { at: "sync", screen: <Sync /> };
    case "device":
      return { at: "device", screen: <Devices /> };
    case "quarantine":
      if (id) return { at: "quarantine", screen: <LateChange key={id} id={id} /> };
      return { at: "quarantine", screen: <Quarantine /> };
    case "handover":
      if (id) return { at: "handover", screen: <HandoverOf key={id} id={id} /> };
      return { at: "handover", screen: <Handovers /> };
    case "more":
      return { at: "more", screen: <More /> };
    default:
      return { at: "today", screen: <Today /> };
  }
}

function App() {
  const [route, setRoute] = useState(parts());
  const [, again] = useState(0);
  // With the first screen, not after it is painted: who goes on at once is heard.
  useLayoutEffect(() => {
    const moved = () => {
      setRoute(parts());
      window.scrollTo(0, 0);
    };
    const worded = () => again((n) => n + 1);
    window.addEventListener("hashchange", moved);
    window.addEventListener("roadbook-language", worded);
    return () => {
      window.removeEventListener("hashchange", moved);
      window.removeEventListener("roadbook-language", worded);
    };
  }, []);
  if (route[0] === "visit")
    return (
      <>
        <LogVisit key={route[2] ?? ""} account={route[2]} />
        <Toasts />
        <Keys />
      </>
    );
  const { at, screen } = screenOf(route);
  return (
    <>
      <Shell at={at}>{screen}</Shell>
      <Toasts />
      <Keys />
    </>
  );
}

function Broken({ problem }: { problem: Problem }) {
  return (
    <main class="main broken">
      <ErrorNote
        title={t(problem.status === 401 ? "locked_out" : "away_title")}
        problem={problem}
        onRetry={() => location.reload()}
      />
    </main>
  );
}

applyTheme();
applyLanguage();
loadSchema().then(
  () => {
    connect();
    render(<App />, document.body);
    loadLater();
  },
  (error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    render(<Broken problem={error} />, document.body);
  },
);
