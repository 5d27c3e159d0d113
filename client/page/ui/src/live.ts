// What is shown is asked for again when the node says that something changed.
import { useEffect, useRef, useState } from "preact/hooks";
import { post, Problem } from "./api";

type Listener = () => void;
const listeners = new Set<Listener>();
let source: EventSource | null = null;
let waiting = 0;
let since = 0; // when the first of those that wait came

const SETTLE_MS = 120; // several changes at once are one
const LATEST_MS = 1000; // unless they do not end

function changed(): void {
  const now = Date.now();
  if (!waiting) since = now;
  clearTimeout(waiting);
  waiting = window.setTimeout(
    () => {
      waiting = 0;
      for (const listener of [...listeners]) listener();
    },
    Math.max(0, Math.min(SETTLE_MS, since + LATEST_MS - now)),
  );
}

export function connect(): void {
  if (source) return;
  source = new EventSource("/api/events");
  source.addEventListener("changed", changed);
  source.onerror = () => {
    // The browser dials again by itself unless it was refused.
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      window.setTimeout(connect, 2000);
    }
    changed();
  };
}

// The machine has a network again: the node need not wait for its turn.
window.addEventListener("online", () => {
  post("/api/sync", {}).catch(() => undefined);
});

export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const RARELY_MS = 60000;
const SHARE = 20; // what takes long is asked for no more than a twentieth of the time

// What costs the node much: its last answer serves for a while.
export function rarely<T>(load: () => Promise<T>): () => Promise<T> {
  let until = 0;
  let last: Promise<T> | null = null;
  return () => {
    if (last && Date.now() < until) return last;
    const began = Date.now();
    until = Infinity;
    last = load();
    last.then(
      () => {
        const took = Date.now() - began;
        until = Date.now() + Math.max(RARELY_MS, took * SHARE);
      },
      () => {
        until = 0;
      },
    );
    return last;
  };
}

export type Loaded<T> = {
  data: T | undefined; // the last that came, also while it is asked again
  problem: Problem | null;
  reload: () => void;
};

// `load` is asked at once, when `key` changes, and after every change.
export function useLive<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{
    key: string;
    data?: T;
    problem: Problem | null;
  }>({ key, problem: null });
  const latest = useRef({ key, load, turn: 0, accepted: 0 });
  latest.current.key = key;
  latest.current.load = load;

  const reload = () => {
    const turn = ++latest.current.turn;
    // An answer is as good as a later one, until that one is here.
    const isNewer = () => {
      if (latest.current.key !== key || turn <= latest.current.accepted)
        return false;
      latest.current.accepted = turn;
      return true;
    };
    latest.current.load().then(
      (data) => {
        if (isNewer()) setState({ key, data, problem: null });
      },
      (error: unknown) => {
        if (!isNewer()) return;
        if (!(error instanceof Problem)) throw error;
        setState((old) => ({
          key,
          data: old.key === key ? old.data : undefined,
          problem: error,
        }));
      },
    );
  };

  useEffect(() => {
    reload();
    const stop = onChange(reload);
    return () => {
      // What is on its way is for nobody any more.
      latest.current.accepted = latest.current.turn;
      stop();
    };
  }, [key]);

  const fresh = state.key === key;
  return {
    data: fresh ? state.data : undefined,
    problem: fresh ? state.problem : null,
    reload,
  };
}
