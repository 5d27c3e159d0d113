// What screens are made of: heads, sections, notes, people, toasts.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Item, Problem } from "./api";
import { clock, initials } from "./format";
import { Icon, type IconName } from "./icons";
import { accountName, codeLabel, fieldOf } from "./schema";
import { langOf, t } from "./words";

type Children = { children?: ComponentChildren };

// Words that somebody typed.
export function Data({ text, class: name }: { text: string; class?: string }) {
  return (
    <span lang={langOf(text)} class={name}>
      {text}
    </span>
  );
}

const LONG = 220; // characters from which a text is folded
const LINES = 5;

// A text of which the beginning is shown until somebody wants all of it.
export function Long({
  text,
  class: name = "",
  children,
}: { text: string; class?: string } & Children) {
  const [all, setAll] = useState(false);
  const long = text.length > LONG || text.split("\n").length > LINES;
  return (
    <>
      <p class={`pre ${name} ${long && !all ? "folded" : ""}`}>
        {children}
        <Data text={text} />
      </p>
      {long && (
        <button type="button" class="link small accent" onClick={() => setAll(!all)}>
          {t(all ? "show_less" : "show_rest")}
        </button>
      )}
    </>
  );
}

export function Section({
  title,
  count,
  act,
  children,
}: { title: string; count?: string | number; act?: ComponentChildren } & Children) {
  return (
    <section class="sec">
      <header>
        <h2>{title}</h2>
        {count !== undefined && <span class="n">{count}</span>}
        {act}
      </header>
      {children}
    </section>
  );
}

export function Tier({ tier }: { tier: unknown }) {
  const shape = { strategic: "t1", key: "t2", major: "t3", general: "soft" }[
    String(tier)
  ];
  if (!shape) return null;
  return (
    <span class={`tag ${shape}`}>
      {codeLabel(fieldOf("account", "tier"), String(tier))}
    </span>
  );
}

// An account's name and tier, as a row's first line.
export function AccountLine({ account }: { account: Item | null | undefined }) {
  return (
    <div class="cut">
      <b>
        <Data text={accountName(account)} />
      </b>{" "}
      <Tier tier={account?.tier} />
    </div>
  );
}

const badges: Record<string, preact.JSX.Element> = {
  CR1: <path d="M8 3.3l1.45 3 3.25.4-2.4 2.25.6 3.25L8 10.6l-2.9 1.6.6-3.25L3.3 6.7l3.25-.4z" fill="var(--on-cr)" />,
  CR2: <path d="M8 4.5v7M4.5 8h7" stroke="var(--on-cr)" stroke-width="1.9" />,
  CR3: <path d="M4.7 8h6.6" stroke="var(--on-cr)" stroke-width="1.9" />,
  CR4: <path d="M5.5 12.5v-9h5.5l-1.4 2.2 1.4 2.3H5.5" fill="var(--on-cr)" stroke="var(--on-cr)" />,
  CR5: <path d="M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4" stroke="var(--on-cr)" stroke-width="1.9" />,
};

// With the attitude (CR1 to CR5), where it was rated: a ring and a badge.
export function Avatar({
  name,
  small,
  attitude,
}: {
  name: string;
  small?: boolean;
  attitude?: string | null;
}) {
  const rated = attitude && badges[attitude] ? attitude : null;
  const shape = rated ? rated.toLowerCase() : "us";
  return (
    <span
      class={`av ${shape} ${small ? "s" : ""}`}
      aria-hidden={rated ? undefined : "true"}
      role={rated ? "img" : undefined}
      aria-label={rated ? levelLabel(rated) : undefined}
    >
      {initials(name)}
      {rated && (
        <svg viewBox="0 0 16 16" aria-hidden="true" fill="none">
          <circle
            cx="8"
            cy="8"
            r="7.2"
            fill={`var(--${shape})`}
            stroke="var(--surface)"
            stroke-width="1.6"
          />
          {badges[rated]}
        </svg>
      )}
    </span>
  );
}

export const attitudes = Object.keys(badges);
const levelLabel = (level: string) =>
  codeLabel(fieldOf("relationship_rating", "level"), level);

// A badge and what it means.
export function Attitude({ level }: { level: string }) {
  const shape = level.toLowerCase();
  return (
    <span>
      <svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true" fill="none">
        <circle cx="8" cy="8" r="7.2" fill={`var(--${shape})`} />
        {badges[level]}
      </svg>
      <span class="tight">{level}</span>
      <span class="wide">{levelLabel(level)}</span>
    </span>
  );
}

const TICKS = [1, 2, 3, 4, 5];

const place = (level: string | null | undefined) => Number(level?.slice(1) ?? 0);

// How far a key relation has come, K1 to K5: ticks filled to the level, drawn
// heavier up to the goal, or to where it stood while somebody confirmed it.
export function KeyLevel({
  level,
  goal,
  before,
}: {
  level: string;
  goal?: string | null;
  before?: string | null;
}) {
  const at = place(level);
  const drawn = Math.max(place(goal), place(before));
  return (
    <span class="nw" title={levelLabel(level)}>
      <span class="k5" aria-hidden="true">
        {TICKS.map((n) => (
          <i key={n} class={n <= at ? "f" : n <= drawn ? "goal" : ""} />
        ))}
      </span>{" "}
      {level}
    </span>
  );
}

export function Empty({
  title,
  text,
  children,
}: { title: string; text?: string } & Children) {
  return (
    <div class="em">
      <svg class="art" width="132" height="96" viewBox="0 0 132 96" aria-hidden="true">
        <path d="M50 8 18 88M82 8l32 80M66 12v12M66 36v14M66 62v18" />
        <circle cx="98" cy="26" r="7" fill="var(--accent-tint)" />
        <path d="M98 33v12" />
      </svg>
      <div class="lead">{title}</div>
      {text && <p>{text}</p>}
      {children && <div class="btns">{children}</div>}
    </div>
  );
}

// The shape of what comes, without words; each row with a face, a box, or
// neither.
export function Skeleton({ rows = 4, lead }: { rows?: number; lead?: "face" | "box" }) {
  return (
    <div class="card rows" role="status" aria-label={t("loading")}>
      {Array.from({ length: rows }, (_, i) => (
        <div class={`row skel ${lead ? "" : "two"}`} key={i}>
          {lead && <i class={lead} />}
          <div>
            <i class={`w${i % 3}`} />
            <i class="d" />
          </div>
          <i class="end" />
        </div>
      ))}
    </div>
  );
}

export function problemText(problem: Problem): string {
  if (problem.status === 0) return t("node_away");
  if (problem.status === 401) return t("not_let_in");
  return problem.message;
}

// Stays until it is closed; all of it can be copied.
export function ErrorNote({
  title,
  problem,
  onClose,
  onRetry,
}: {
  title: string;
  problem: Problem;
  onClose?: () => void;
  onRetry?: () => void;
}) {
  const text = problemText(problem);
  // What to do, where it is no command line.
  const hint = /roadbook |--|^\w+:\/\//.test(problem.hint) ? "" : problem.hint;
  const [at] = useState(clock());
  const exact = [hint ? "" : problem.hint, problem.status && `HTTP ${problem.status}`, at]
    .filter(Boolean)
    .join(" · ");
  const copy = () =>
    void navigator.clipboard?.writeText([title, text, exact].join("\n"));
  return (
    <div class="note bad" role="alert">
      <Icon name="stop" />
      <div>
        <b>{title}</b>
        <p>{text}</p>
        {hint && <p>{hint}</p>}
        <p class="exact">{exact}</p>
        <div class="note-acts">
          {onRetry && (
            <button type="button" class="link" onClick={onRetry}>
              {t("retry")}
            </button>
          )}
          <button type="button" class="link" onClick={copy}>
            {t("copy")}
          </button>
          {onClose && (
            <button type="button" class="link" onClick={onClose}>
              {t("close")}
            </button>
          )}
        </div>
      </div>
    </div>
  );
}

// ---- toasts: one at a time, for whole records only ----

type Toast = { title: string; text?: string; undo?: () => void };
let show: ((toast: Toast | null) => void) | null = null;
let held: Toast | null = null;

export function toast(one: Toast): void {
  held = one;
  show?.(one);
}

// ---- what went wrong where nobody waits for it: it stays until it is closed ----

type Trouble = { title: string; problem: Problem };
let tell: ((troubles: Trouble[]) => void) | null = null;
let troubles: Trouble[] = [];

function setTroubles(all: Trouble[]): void {
  troubles = all;
  tell?.(all);
}

export function complain(title: string, problem: Problem): void {
  setTroubles([...troubles, { title, problem }]);
}

function Troubles() {
  const [all, setAll] = useState(troubles);
  useEffect(() => {
    tell = setAll;
    setAll(troubles);
    return () => {
      tell = null;
    };
  }, []);
  return (
    <>
      {all.map((one) => (
        <ErrorNote
          key={`${one.title} ${one.problem.message}`}
          title={one.title}
          problem={one.problem}
          onClose={() => setTroubles(all.filter((other) => other !== one))}
        />
      ))}
    </>
  );
}

const TOAST_MS = 6000;

export function Toasts() {
  const [one, setOne] = useState<Toast | null>(held);
  useEffect(() => {
    show = setOne;
    setOne(held);
    return () => {
      show = null;
    };
  }, []);
  useEffect(() => {
    if (!one) return undefined;
    const timer = window.setTimeout(() => {
      held = null;
      setOne(null);
    }, TOAST_MS);
    return () => clearTimeout(timer);
  }, [one]);
  return (
    <div class="toasts">
      <Troubles />
      <div role="status" aria-live="polite">
      {one && (
        <div class="toast">
          <Icon name="check" />
          <div>
            <b>{one.title}</b>
            {one.text}
          </div>
          {one.undo && (
            <button
              type="button"
              class="btn"
              onClick={() => {
                held = null;
                setOne(null);
                one.undo?.();
              }}
            >
              {t("undo")}
            </button>
          )}
        </div>
      )}
      </div>
    </div>
  );
}

export function Chip({
  on,
  onClick,
  person,
  attitude,
  icon,
  children,
}: {
  on?: boolean;
  onClick: () => void;
  person?: string;
  attitude?: string | null;
  icon?: IconName;
} & Children) {
  return (
    <button
      type="button"
      class={`chip ${person ? "person" : ""}`}
      aria-pressed={on === undefined ? undefined : on}
      onClick={onClick}
    >
      {person && <Avatar name={person} small attitude={attitude} />}
      {icon && <Icon name={icon} size="s" />}
      {children}
    </button>
  );
}

export function Segment<T extends string>({
  options,
  value,
  onChange,
  label,
}: {
  options: { value: T; label: string }[];
  value: T | null;
  onChange: (value: T) => void;
  label: string;
}) {
  return (
    <div class="seg res" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          type="button"
          key={option.value}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

// Tells what news there is, without moving what stands there.
export function News({ count, onShow }: { count: number; onShow: () => void }) {
  if (count <= 0) return null;
  return (
    <button type="button" class="news" onClick={onShow}>
      {t("news", { n: count })}
    </button>
  );
}
