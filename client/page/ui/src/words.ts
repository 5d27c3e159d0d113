// What the page says, in English and Chinese: words/en.json, words/zh.json.
import en from "./words/en.json";
import zh from "./words/zh.json";

export type Word = keyof typeof en;
export type Language = "en" | "zh";

const dictionaries: Record<Language, Record<Word, string>> = { en, zh };

function first(): Language {
  const kept = localStorage.getItem("language");
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

export let language: Language = first();

export function chooseLanguage(chosen: Language): void {
  language = chosen;
  localStorage.setItem("language", chosen);
  applyLanguage();
}

export function applyLanguage(): void {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

// A word with its {names} filled in. "one|many" chooses by {n}.
export function t(word: Word, values: Record<string, string | number> = {}) {
  let text = dictionaries[language][word];
  const bar = text.indexOf("|");
  if (bar >= 0)
    text = values.n === 1 ? text.slice(0, bar) : text.slice(bar + 1);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

// Between two sentences: Chinese ones end with their own room.
export const gap = () => (language === "zh" ? "" : " ");

// One of two labels that the schema brings.
export function pick(label: { en: string; zh: string }): string {
  return label[language];
}

// Data is never translated; a screen reader is told when it is Chinese.
export function langOf(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const chinese = /[\u3400-\u9fff]/.test(text);
  if (language === "en" && chinese) return "zh-CN";
  return language === "zh" && !chinese ? "en" : undefined;
}
