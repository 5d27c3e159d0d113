// What was done here and how it is taken back: a new write of what stood
// before. The last ones are kept, for the key that undoes.
import { Problem } from "./api";
import type { Item, JsonObject } from "./api";
import { patch } from "./api";
import { complain, toast } from "./ui";
import { t } from "./words";

type Undo = () => Promise<unknown>;
type Done = { title: string; undo: Undo };

const KEPT = 20;
const done: Done[] = [];

// A write that nobody waits for: what went wrong stays on the page. True when
// it is written.
export async function change(
  type: string,
  id: string,
  fields: JsonObject,
  shown?: string | null,
): Promise<boolean> {
  try {
    await patch<Item>(`/api/${type}/${id}`, fields, shown);
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    complain(t("not_saved"), error);
    return false;
  }
}

async function takeBack(one: Done): Promise<void> {
  const at = done.indexOf(one);
  if (at < 0) return; // it was taken back before
  done.splice(at, 1);
  try {
    if ((await one.undo()) === false) {
      done.push(one); // the page says why; it may be tried again
      return;
    }
    toast({ title: t("undone", { what: one.title }), text: t("saved_here") });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    done.push(one);
    complain(t("not_undone", { what: one.title }), error);
  }
}

// Tells that something was written, and how to take it back.
export function did(title: string, undo?: Undo, text = t("saved_here")): void {
  if (!undo) {
    toast({ title, text });
    return;
  }
  const one = { title, undo };
  done.push(one);
  if (done.length > KEPT) done.shift();
  toast({ title, text, undo: () => void takeBack(one) });
}

export function undoLast(): void {
  const last = done[done.length - 1];
  if (last) void takeBack(last);
  else toast({ title: t("nothing_to_undo") });
}
