// Keys of the desktop; never while somebody types.
import { useEffect, useRef, useState } from "preact/hooks";
import { undoLast } from "./did";
import { Icon } from "./icons";
import { t, type Word } from "./words";

const STEPS = "a.row, button.row, .row > a, a.stop, a.node, .fact, .past > li";
const TYPING = "input, textarea, select, [contenteditable]";

// What one can stand on, as it is read.
function steps(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("main, .sheet main")]
    .flatMap((main) => [...main.querySelectorAll<HTMLElement>(STEPS)])
    .filter((one) => one.offsetParent !== null);
}

function move(by: number): void {
  const all = steps();
  if (!all.length) return;
  const here = document.activeElement?.closest<HTMLElement>(STEPS);
  const at = here ? all.indexOf(here) : -1;
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
  const to = all[Math.min(Math.max(next, 0), all.length - 1)];
  to.focus({ preventScroll: true });
  to.scrollIntoView({ block: "nearest" });
}

// The field that one stands on; else the file of the record that is shown.
function edit(): void {
  const fact = document.activeElement?.closest(".fact");
  const first = fact ?? document.querySelector("main .fact");
  const button = first?.querySelector<HTMLButtonElement>("button.change");
  if (button) {
    button.click();
    return;
  }
  const [, noun, id] = location.hash.split("/");
  if (noun === "account" && id && id !== "new") location.hash = `#/account/${id}/file`;
}

const keys: { key: string; shown: string; word: Word; act: () => void }[] = [
  { key: "n", shown: "n", word: "log_visit", act: () => (location.hash = "#/visit/new") },
  { key: "/", shown: "/", word: "search", act: () => (location.hash = "#/search") },
  { key: "j", shown: "j", word: "key_next", act: () => move(1) },
  { key: "k", shown: "k", word: "key_previous", act: () => move(-1) },
  { key: "e", shown: "e", word: "key_edit", act: edit },
  { key: "z", shown: "z", word: "key_undo", act: undoLast },
];

function onKey(event: KeyboardEvent, help: () => void): void {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "k") {
      event.preventDefault();
      location.hash = "#/search";
    }
    return;
  }
  if ((event.target as HTMLElement).closest(TYPING)) return;
  if (document.querySelector("dialog[open]")) return;
  const found = keys.find((one) => one.key === event.key);
  if (!found && event.key !== "?") return;
  event.preventDefault();
  if (found) found.act();
  else help();
}

// Listens, and shows what there is to press.
export function Keys() {
  const [open, setOpen] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event, () => setOpen(true));
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  if (!open) return null;
  const close = () => setOpen(false);
  return (
    <dialog
      ref={dialog}
      class="card keys-help"
      aria-labelledby="keys-title"
      onClose={close}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <header class="cardh">
        <h2 id="keys-title">{t("keys")}</h2>
        <button
          type="button"
          class="icon"
          aria-label={t("close")}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="x" size="s" />
        </button>
      </header>
      <dl>
        {[
          ...keys.map((one) => ({ shown: [one.shown], word: one.word })),
          { shown: ["⌘K", "Ctrl K"], word: "search" as Word },
          { shown: ["Enter"], word: "key_open" as Word },
          { shown: ["Esc"], word: "key_leave" as Word },
          { shown: ["?"], word: "keys" as Word },
        ].map((one) => (
          <div key={one.shown[0]}>
            <dt>
              {one.shown.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(one.word)}</dd>
          </div>
        ))}
      </dl>
      <p class="small ink2">{t("keys_not_typing")}</p>
    </dialog>
  );
}
