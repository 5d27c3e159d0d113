// Times, amounts and names as people of the trade write them.
import type { Json, JsonObject } from "./api";
import { language, t } from "./words";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const locale = () => (language === "zh" ? "zh-CN" : "en-GB");

// The local day of a moment: 2026-11-20.
export function dayOf(date: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export const today = () => dayOf(new Date());

export function addDays(day: string, days: number): string {
  const [y, m, d] = day.split("-").map(Number);
  return dayOf(new Date(y, m - 1, d + days));
}

// Whole days from one day to another.
export function daysBetween(from: string, to: string): number {
  const at = (day: string) => Date.parse(`${day}T00:00:00Z`);
  return Math.round((at(to) - at(from)) / DAY);
}

function asDate(day: string): Date {
  const [y, m, d] = day.slice(0, 10).split("-").map(Number);
  return new Date(y, m - 1, d);
}

// 7月14日 / 14 Jul; with the year when it is another one.
export function date(day: string): string {
  const at = asDate(day);
  const year = at.getFullYear() !== new Date().getFullYear();
  return at.toLocaleDateString(locale(), {
    day: "numeric",
    month: language === "zh" ? "long" : "short",
    year: year ? "numeric" : undefined,
  });
}

// 7/14 in tight columns / 14 Jul.
export function shortDate(day: string): string {
  const at = asDate(day);
  if (language === "en") return date(day);
  const here = `${at.getMonth() + 1}/${at.getDate()}`;
  return at.getFullYear() === new Date().getFullYear()
    ? here
    : `${at.getFullYear()}/${here}`;
}

export function weekday(day: string, style: "short" | "long" = "short") {
  return asDate(day).toLocaleDateString(locale(), { weekday: style });
}

// The day of the month: 17日 / 17.
export function dayNumber(day: string): string {
  return asDate(day).toLocaleDateString(locale(), { day: "numeric" });
}

// A day as it is spoken of now: today, tomorrow, 周五, 3 days late.
export function due(day: string): { text: string; late: boolean } {
  const days = daysBetween(today(), day);
  if (days < 0) return { text: t("late_days", { n: -days }), late: true };
  if (days === 0) return { text: t("today_word"), late: true };
  if (days === 1) return { text: t("tomorrow"), late: false };
  if (days < 7) return { text: weekday(day), late: false };
  return { text: date(day), late: false };
}

// How long ago a day was.
export function daysAgo(day: string): string {
  const days = daysBetween(day, today());
  if (days === 0) return t("today_word");
  if (days === 1) return t("yesterday");
  if (days < 0) return date(day);
  return days < 60 ? t("days_ago", { n: days }) : date(day);
}

// How long ago a moment was: relative up to a day, then a date.
export function ago(moment: string): string {
  const ms = Date.now() - Date.parse(moment);
  if (ms < MINUTE) return t("just_now");
  if (ms < 60 * MINUTE) return t("minutes_ago", { n: Math.floor(ms / MINUTE) });
  if (ms < DAY) return t("hours_ago", { n: Math.floor(ms / (60 * MINUTE)) });
  return daysAgo(dayOf(new Date(moment)));
}

export function time(moment: string): string {
  return new Date(moment).toLocaleTimeString(locale(), {
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
}

export function moment(text: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime())
    ? text
    : `${date(dayOf(at))} ${time(text)}`;
}

// 今天 09:35, 昨天 17:20, 7月2日 09:00.
export function sayWhen(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  const days = daysBetween(dayOf(at), today());
  const day =
    days === 0 ? t("today_word") : days === 1 ? t("yesterday") : date(dayOf(at));
  return `${day} ${time(text)}`;
}

export function bytes(size: number): string {
  return size < 1024 * 1024
    ? `${Math.max(1, Math.round(size / 1024))} KB`
    : `${(size / 1024 / 1024).toFixed(1)} MB`;
}

// An amount as a decimal text: 1,260 万 / ¥12.60M; no float is made of it.
export function money(value: JsonObject): string {
  const amount = Number(value.amount);
  const currency = String(value.currency ?? "CNY");
  if (!Number.isFinite(amount)) return `${value.amount} ${currency}`;
  const sign = currency === "CNY" ? "" : ` ${currency}`;
  if (language === "zh") {
    const [n, unit] =
      Math.abs(amount) >= 1e8
        ? [amount / 1e8, " 亿"]
        : Math.abs(amount) >= 1e4
          ? [amount / 1e4, " 万"]
          : [amount, " 元"];
    const text = n.toLocaleString(locale(), { maximumFractionDigits: 2 });
    return (currency === "CNY" ? text + unit : text + unit.replace(" 元", "") + sign)
      .replace("-", "−");
  }
  const text =
    Math.abs(amount) >= 1e6
      ? `${(amount / 1e6).toFixed(2)}M`
      : amount.toLocaleString(locale(), { maximumFractionDigits: 2 });
  return `${currency === "CNY" ? "¥" : ""}${text}${sign}`.replace("-", "−");
}

// What stands in the ring: 罗 of 罗素秋, AB of Ann Bell.
export function initials(name: string): string {
  const trimmed = name.trim();
  if (/^[\u3400-\u9fff]/.test(trimmed)) return [...trimmed][0];
  const words = trimmed.split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? "")
    .join("") || "–";
}

export const text = (value: Json | undefined): string =>
  typeof value === "string" ? value : "";

export const texts = (value: Json | undefined): string[] =>
  Array.isArray(value)
    ? value.filter((one): one is string => typeof one === "string")
    : [];
