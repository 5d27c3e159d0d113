// Where a record is that was just written here: on this device alone, or on a
// colleague's, too. Nothing is said of what head office has.
import { get } from "./api";
import { Mark } from "./icons";
import { useLive } from "./live";
import { userName } from "./schema";
import { t } from "./words";

type Change = { with: string[]; operations: { record: string }[] };

const LATEST = 50; // changes, among which it is

// What head office does not have, the latest first.
export function useWaiting(): Change[] {
  const { data } = useLive("waiting", async () => {
    const { body } = await get<{ changes: Change[] }>(`/api/outbox?limit=${LATEST}`);
    return body.changes;
  });
  return data ?? [];
}

export function WhereItIs({ record, waiting }: { record: string; waiting: Change[] }) {
  const [first, ...rest] = waiting.filter((one) =>
    one.operations.some((operation) => operation.record === record),
  );
  if (!first) return null;
  // Who has all of it.
  const held = first.with.filter((who) => rest.every((one) => one.with.includes(who)));
  return (
    <span class="mk-txt">
      <Mark name={held.length ? "half" : "ring"} />
      {held.length
        ? t("already_with", { who: held.map(userName).join(t("list_comma")) })
        : t("only_here")}
    </span>
  );
}
