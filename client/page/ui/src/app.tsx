// Which screen is shown: the part of the address behind the #.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Account } from "./account";
import { AccountList, ContactList } from "./lists";
import { Contact } from "./contact";
import { Problem } from "./api";
import { Devices } from "./devices";
import { HandoverOf, Handovers } from "./handover";
import { connect } from "./live";
import { More } from "./more";
import { NewRecord } from "./new_record";
import { LateChange, Quarantine } from "./quarantine";
import { loadSchema } from "./schema";
import { Search } from "./search";
import { type Place, Shell } from "./shell";
import { Sync } from "./sync";
import { Today } from "./today";
import { ErrorNote, Toasts } from "./ui";
import { LogVisit } from "./visit";
import { applyLanguage, t } from "./words";
import { applyTheme } from "./theme";

function parts(): string[] {
  return location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
}

function screenOf(route: string[]): { at: Place; screen: preact.JSX.Element } {
  const [noun, id, tab] = route;
  switch (noun) {
    case "account":
      if (id === "new")
        return { at: "account", screen: <NewRecord type="account" /> };
      if (id)
        return { at: "account", screen: <Account key={id} id={id} tab={tab} /> };
      return { at: "account", screen: <AccountList /> };
    case "contact":
      if (id === "new")
        return {
          at: "contact",
          screen: <NewRecord type="contact" account={tab} />,
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

// Keys of the desktop; not while somebody types.
function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "k") {
      event.preventDefault();
      location.hash = "#/search";
    }
    return;
  }
  if (target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "/") {
    event.preventDefault();
    location.hash = "#/search";
  } else if (event.key === "n") {
    location.hash = "#/visit/new";
  }
}

function App() {
  const [route, setRoute] = useState(parts());
  const [, again] = useState(0);
  useEffect(() => {
    const moved = () => {
      setRoute(parts());
      window.scrollTo(0, 0);
    };
    const worded = () => again((n) => n + 1);
    window.addEventListener("hashchange", moved);
    window.addEventListener("keydown", onKey);
    window.addEventListener("roadbook-language", worded);
    return () => {
      window.removeEventListener("hashchange", moved);
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("roadbook-language", worded);
    };
  }, []);
  if (route[0] === "visit")
    return (
      <>
        <LogVisit key={route[2] ?? ""} account={route[2]} />
        <Toasts />
      </>
    );
  const { at, screen } = screenOf(route);
  return (
    <>
      <Shell at={at}>{screen}</Shell>
      <Toasts />
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
  },
  (error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    render(<Broken problem={error} />, document.body);
  },
);
