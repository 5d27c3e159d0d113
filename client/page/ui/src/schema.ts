// Record types and their fields, as the node tells them: a new field appears
// in every form without a line here.
import type { Json, JsonObject } from "./api";
import { get } from "./api";
import * as format from "./format";
import { pick, t } from "./words";

export type Code = { code: string; en: string; zh: string };
export type Field = {
  name: string;
  en: string;
  zh: string;
  kind: "put" | "once" | "set";
  form: string;
  required: boolean;
  rank?: number; // the least role that may write it: 1 rep … 3 head office
  refers?: string;
  codes?: Code[];
  parts?: Field[];
};
export type Type = {
  type: string;
  en: string;
  zh: string;
  immutable: boolean;
  title?: string;
  title_else?: string;
  fields: Field[];
};
export type User = { id: string; login: string; name: string; self: boolean };
export type Place = {
  territory: string;
  kind: string;
  role: string;
  writable: boolean;
};

let types = new Map<string, Type>();
export let users: User[] = [];
export let places: Place[] = [];

export async function loadSchema(): Promise<void> {
  const [schema, everybody, territories] = await Promise.all([
    get<Type[]>("/api/schema"),
    get<User[]>("/api/user"),
    get<Place[]>("/api/territory"),
  ]);
  types = new Map(schema.body.map((one) => [one.type, one]));
  users = everybody.body;
  places = territories.body;
}

export const typeOf = (name: string): Type | undefined => types.get(name);

export function fieldOf(type: string, name: string): Field | undefined {
  return types.get(type)?.fields.find((field) => field.name === name);
}

export const me = (): User | undefined => users.find((user) => user.self);

export function userName(idOrLogin: string): string {
  if (idOrLogin === "hub") return t("head_office");
  const user = users.find(
    (one) => one.id === idOrLogin || one.login === idOrLogin,
  );
  return user ? user.name || user.login : idOrLogin;
}

// The rank that I write with somewhere.
export function myRank(territory: string): number {
  const role = places.find((place) => place.territory === territory)?.role;
  return { rep: 1, manager: 2, hq: 3 }[role ?? ""] ?? 0;
}

// Of some territory, or head office.
export const isManager = (): boolean =>
  places.some((place) => place.role === "manager" || place.role === "hq");

export function codeLabel(field: Field | undefined, code: string): string {
  const found = field?.codes?.find((one) => one.code === code);
  return found ? pick(found) : code;
}

export const label = (type: string, field: string): string => {
  const found = fieldOf(type, field);
  if (found) return pick(found);
  return field === "archived" ? t("archived") : field;
};

export function titleOf(type: string, record: JsonObject | null): string {
  const schema = types.get(type);
  if (!record) return "";
  return (
    format.text(record[schema?.title ?? ""]) ||
    format.text(record[schema?.title_else ?? ""]) ||
    format.text(record.id).slice(-6)
  );
}

// What an account is called every day: its short name before its legal one.
export function accountName(record: JsonObject | null | undefined): string {
  if (!record) return "";
  return (
    format.text(record.short_name) ||
    format.text(record.legal_name) ||
    format.text(record.id).slice(-6)
  );
}

// A value as a person reads it; references by `name`, where it is known.
export function valueText(
  field: Field | undefined,
  value: Json | undefined,
  name?: (type: string, id: string) => string | undefined,
): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value))
    return value
      .map((one) => valueText(field, one, name))
      .join(t("list_comma"));
  if (!field) return typeof value === "string" ? value : JSON.stringify(value);
  if (typeof value === "object") {
    if (field.form === "money") return format.money(value);
    const parts = field.parts ?? [];
    if (parts.some((part) => part.name === "amount"))
      return [
        format.money(value),
        ...parts
          .filter((part) => !["amount", "currency"].includes(part.name))
          .map((part) => valueText(part, value[part.name], name)),
      ]
        .filter(Boolean)
        .join(" · ");
    return parts
      .map((part) => valueText(part, value[part.name], name))
      .filter(Boolean)
      .join(" · ");
  }
  switch (field.form) {
    case "bool":
      return value ? t("yes") : t("no");
    case "code":
    case "open":
      return codeLabel(field, String(value));
    case "date":
      return format.date(String(value));
    case "time":
      return format.moment(String(value));
    case "ref":
      return field.refers === "user"
        ? userName(String(value))
        : (name?.(field.refers ?? "", String(value)) ??
            String(value).slice(-6));
    default:
      return String(value);
  }
}
