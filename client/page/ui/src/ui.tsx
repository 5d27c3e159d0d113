// What screens are made of: heads, sections, notes, people, toasts.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Problem } from "./api";
import { initials } from "./format";
import { Icon, type IconName } from "./icons";
import { codeLabel, fieldOf } from "./schema";
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

export function Avatar({ name, small }: { name: string; small?: boolean }) {
  return (
    <span class={`av us ${small ? "s" : ""}`} aria-hidden="true">
      {initials(name)}
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

// The shape of what comes, without words.
export function Skeleton({ rows = 4 }: { rows?: number }) {
  return (
    <div class="card rows" role="status" aria-label={t("loading")}>
      {Array.from({ length: rows }, (_, i) => (
        <div class="row two skel" key={i}>
          <div>
            <i class={`w${i % 3}`} />
            <i class="d" />
          </div>
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
  const copy = () =>
    void navigator.clipboard?.writeText(
      [title, text, problem.hint].filter(Boolean).join("\n"),
    );
  return (
    <div class="note bad" role="alert">
      <Icon name="alert" />
      <div>
        <b>{title}</b>
        <p>{text}</p>
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
    <div role="status" aria-live="polite" class="toasts">
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
  );
}

export function Chip({
  on,
  onClick,
  person,
  icon,
  children,
}: {
  on?: boolean;
  onClick: () => void;
  person?: string;
  icon?: IconName;
} & Children) {
  return (
    <button
      type="button"
      class={`chip ${person ? "person" : ""}`}
      aria-pressed={on === undefined ? undefined : on}
      onClick={onClick}
    >
      {person && <Avatar name={person} small />}
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
