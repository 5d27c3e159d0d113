// What head office does not have yet: where it is, and taking it back.
import { useState } from "preact/hooks";
import { get, post, Problem } from "./api";
import { bytes, sayWhen } from "./format";
import { Mark } from "./icons";
import { useLive } from "./live";
import type { Names } from "./names";
import { typeOf, userName } from "./schema";
import { Data, ErrorNote, Section, toast } from "./ui";
import { t } from "./words";
import { byRecord, linesOf, namesOf, type Operation, typeLabel } from "./written";

type Change = {
  id: string;
  time: string;
  bytes: number;
  sealed: boolean; // it may have left this device
  with: string[]; // logins of colleagues whose devices hold it
  withdrawable: boolean;
  operation_count: number; // those of a batch are not all told
  operations: Operation[];
};
type Waiting = { count: number; bytes: number; changes: Change[] };

const SHOWN = 20;

// What a change says, in a line: 拜访 鑫澜, or 鑫澜 企业全称 ….
function words(change: Change, names: Names): string {
  const [first, ...rest] = byRecord(change.operations);
  if (!first) return change.id.slice(-6);
  const one = first[0];
  const lines = first.flatMap((operation) => linesOf(operation, names));
  const owner = first.find((operation) => operation.field === "account_id");
  const named = !one.record.endsWith(one.title);
  const subject = owner
    ? [typeLabel(one.type), linesOf(owner, names)[0].wrote]
    : typeOf(one.type)?.immutable
      ? [typeLabel(one.type), lines.at(-1)?.wrote ?? ""]
      : [
          named ? one.title : typeLabel(one.type),
          lines.length === 1 ? `${lines[0].label} ${lines[0].wrote || t("cleared")}` : lines.map((line) => line.label).join(t("list_comma")),
        ];
  const text = subject.filter(Boolean).join(" ");
  const more = change.operation_count > change.operations.length ? "+" : "";
  return rest.length ? t("and_more", { what: text, n: `${rest.length}${more}` }) : text;
}

function Row({ change, names }: { change: Change; names: Names }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const text = words(change, names);
  const held = change.with.map(userName).join(t("list_comma"));
  const stands = change.operations.some((one) => one.stands);
  const withdraw = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await post(`/api/outbox/${change.id}`, {});
      toast({ title: t("withdrawn"), text: t("history_keeps_both") });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    }
    setBusy(false);
  };
  const second = [
    sayWhen(change.time),
    held
      ? t("already_with", { who: held })
      : stands
        ? bytes(change.bytes)
        : t("written_over"),
  ];
  return (
    <div class="row">
      <Mark name={held ? "half" : "ring"} />
      <div>
        <div class="cut">
          <b>
            <Data text={text} />
          </b>
        </div>
        <div class="d">{second.join(" · ")}</div>
      </div>
      {change.withdrawable && (
        <button
          type="button"
          class="e link accent"
          disabled={busy}
          aria-label={t("withdraw_what", { what: text })}
          onClick={() => void withdraw()}
        >
          {t("withdraw")}
        </button>
      )}
      {problem && (
        <div class="whole">
          <ErrorNote
            title={t("not_withdrawn")}
            problem={problem}
            onClose={() => setProblem(null)}
          />
        </div>
      )}
    </div>
  );
}

export function Outbox() {
  const { data, problem, reload } = useLive("outbox", async () => {
    const { body } = await get<Waiting>(`/api/outbox?limit=${SHOWN}`);
    const names = await namesOf(body.changes.flatMap((one) => one.operations));
    return { waiting: body, names };
  });
  if (problem)
    return <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />;
  if (!data?.waiting.count) return null;
  const { count, changes } = data.waiting;
  return (
    <Section
      title={t("outbox")}
      count={`${t("records_n", { n: count })} · ${bytes(data.waiting.bytes)}`}
    >
      <div class="card rows outbox">
        {changes.map((one) => (
          <Row key={one.id} change={one} names={data.names} />
        ))}
        {count > changes.length && (
          <p class="row two small ink2">{t("n_more", { n: count - changes.length })}</p>
        )}
      </div>
    </Section>
  );
}
