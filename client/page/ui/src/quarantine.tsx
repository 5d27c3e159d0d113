// What came after its author was shut out: a manager takes it in or leaves it.
import { useState } from "preact/hooks";
import { get, post, Problem, read } from "./api";
import { ago, moment } from "./format";
import { Icon, Mark } from "./icons";
import { useLive } from "./live";
import type { Names } from "./names";
import { userName } from "./schema";
import { Screen } from "./shell";
import { Data, Empty, ErrorNote, Section, Skeleton, toast } from "./ui";
import { t } from "./words";
import { byRecord, linesOf, namesOf, type Operation, typeLabel } from "./written";

type About = { type: string; record: string; title: string };
type Late = {
  id: string;
  territory: string;
  user: string;
  device: string;
  decision: "open" | "accepted" | "rejected";
  time?: string; // none: pieces of it are missing here
  about?: About[];
  by?: string;
  decided?: string;
  reason?: string;
  operations?: Operation[];
};
type Device = { device: string; name: string };

const deviceName = (devices: Device[], id: string) =>
  devices.find((one) => one.device === id)?.name || id.slice(-6);

async function loadDevices(): Promise<Device[]> {
  return (await get<Device[]>("/api/device")).body;
}

function aboutText(late: Late): string {
  const [first, ...rest] = late.about ?? [];
  if (!first) return late.id.slice(-6);
  // Of what is not here the title is the end of its id: no words for people.
  const named = !first.record.endsWith(first.title);
  const title = typeLabel(first.type) + (named ? ` ${first.title}` : "");
  return rest.length ? t("and_more", { what: title, n: rest.length }) : title;
}

function verdictText(late: Late): string {
  if (late.decision === "open") return "";
  const who = userName(late.by ?? "");
  const when = late.decided ? ago(late.decided) : "";
  return t(late.decision === "accepted" ? "taken_in_by" : "left_out_by", { who, when });
}

// What it says, in a line.
const saysText = (late: Late, names: Names): string =>
  (late.operations ?? [])
    .flatMap((one) => linesOf(one, names))
    .map((line) => `${line.label} ${line.wrote || t("cleared")}`)
    .join(t("list_comma"));

// ---- deciding ----

// Takes in or leaves out, all of these or none; a reason stands in the record.
function Decide({ ids, onDone }: { ids: string[]; onDone: () => void }) {
  const [reason, setReason] = useState("");
  const [rejecting, setRejecting] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const decide = async (decision: "accept" | "reject") => {
    setBusy(true);
    setProblem(null);
    try {
      const { body } = await post<{ left_out: number }>("/api/quarantine", {
        decision,
        ids,
        reason: reason.trim() || null,
      });
      toast({
        title: t(decision === "accept" ? "taken_in_n" : "left_out_n", { n: ids.length }),
        text: body.left_out
          ? t("no_right_n", { n: body.left_out })
          : t(decision === "accept" ? "under_your_name" : "stays_in_quarantine"),
      });
      onDone();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <div class="decide">
      {problem && <ErrorNote
          title={t("not_decided")}
          problem={problem}
          onClose={() => setProblem(null)}
        />}
      {rejecting && (
        <div class="field">
          <label for={`reason-${ids[0]}`}>{t("why_left_out")}</label>
          <textarea
            id={`reason-${ids[0]}`}
            class="input"
            rows={2}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </div>
      )}
      <div class="btns">
        <button
          type="button"
          class="btn mid"
          disabled={busy}
          onClick={() => (rejecting ? void decide("reject") : setRejecting(true))}
        >
          {t("leave_out_n", { n: ids.length })}
        </button>
        {rejecting ? (
          <button type="button" class="btn mid" onClick={() => setRejecting(false)}>
            {t("cancel")}
          </button>
        ) : (
          <button
            type="button"
            class="btn go mid"
            disabled={busy}
            onClick={() => void decide("accept")}
          >
            {t("take_in_n", { n: ids.length })}
          </button>
        )}
      </div>
    </div>
  );
}

// ---- the list ----

function Row({
  late,
  names,
  chosen,
  onChoose,
}: {
  late: Late;
  names: Names;
  chosen?: boolean;
  onChoose?: () => void;
}) {
  const text = aboutText(late);
  return (
    <div class="row pick">
      {onChoose ? (
        <button
          type="button"
          class={`tick ${chosen ? "on" : ""}`}
          role="checkbox"
          aria-checked={!!chosen}
          aria-label={t("choose_what", { what: text })}
          onClick={onChoose}
        >
          <span class={`box ${chosen ? "done" : ""}`}>
            {chosen && <Icon name="check" size="s" />}
          </span>
        </button>
      ) : (
        <Mark name={late.decision === "accepted" ? "done" : "stop"} />
      )}
      <a class="blk" href={`#/quarantine/${late.id}`}>
        <span class="cut blk">
          <b>
            <Data text={text} />
          </b>
        </span>
        <span class="d cut blk">
          {late.time ? moment(late.time) : t("not_all_here")}
          {" · "}
          {late.decision === "open" ? (
            <Data text={saysText(late, names)} />
          ) : (
            verdictText(late)
          )}
        </span>
      </a>
      <Icon name="right" size="s" />
    </div>
  );
}

// What one person wrote on one device: decided on together, or some of it.
function Group({
  lates,
  devices,
  names,
}: {
  lates: Late[];
  devices: Device[];
  names: Names;
}) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const chosen = lates.filter((one) => !left.has(one.id)).map((one) => one.id);
  const first = lates[0];
  const turn = (id: string) => {
    const next = new Set(left);
    if (!next.delete(id)) next.add(id);
    setLeft(next);
  };
  return (
    <section class="card">
      <div class="cardh">
        <h2>
          <Data text={userName(first.user)} />
          <span class="ink2 plain">
            {" "}
            <Data text={deviceName(devices, first.device)} />
          </span>
        </h2>
        <span class="cap ink3">{first.territory}</span>
      </div>
      <div class="rows">
        {lates.map((one) => (
          <Row
            key={one.id}
            late={one}
            names={names}
            chosen={!left.has(one.id)}
            onChoose={() => turn(one.id)}
          />
        ))}
      </div>
      {chosen.length > 0 && (
        <Decide key={chosen.join()} ids={chosen} onDone={() => setLeft(new Set())} />
      )}
    </section>
  );
}

function groups(lates: Late[]): Late[][] {
  const found = new Map<string, Late[]>();
  for (const one of lates) {
    const key = `${one.user} ${one.device} ${one.territory}`;
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return [...found.values()];
}

const WORDS_MAX = 60;

// The first of those that are open, with what they say.
async function withWords(lates: Late[]) {
  const open = lates.filter((one) => one.decision === "open").slice(0, WORDS_MAX);
  const whole = await read(open.map((one) => `/api/quarantine/${one.id}`));
  const found = new Map(
    (whole as (Late | null)[]).filter((one) => one !== null).map((one) => [one.id, one]),
  );
  const names = await namesOf([...found.values()].flatMap((one) => one.operations ?? []));
  return { lates: lates.map((one) => found.get(one.id) ?? one), names };
}

export function Quarantine() {
  const { data, problem, reload } = useLive("quarantine", async () => {
    const [lates, devices] = await Promise.all([
      get<Late[]>("/api/quarantine?all=1"),
      loadDevices(),
    ]);
    return { ...(await withWords(lates.body)), devices };
  });
  const open = data?.lates.filter((one) => one.decision === "open") ?? [];
  const decided = data?.lates.filter((one) => one.decision !== "open") ?? [];
  return (
    <Screen title={t("nav_quarantine")} sub={t("quarantine_sub")} back="#/more">
      {problem && (
        <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />
      )}
      {!data && !problem && <Skeleton />}
      {data && !open.length && (
        <Empty title={t("quarantine_empty")} text={t("quarantine_empty_why")} />
      )}
      {data && open.length > 0 && (
        <div class="main g2 inner">
          {groups(open).map((lates) => (
            <Group key={lates[0].id} lates={lates} devices={data.devices} names={data.names} />
          ))}
        </div>
      )}
      {decided.length > 0 && (
        <Section title={t("decided")} count={decided.length}>
          <div class="card rows">
            {decided.map((one) => (
              <Row key={one.id} late={one} names={data?.names ?? new Map()} />
            ))}
          </div>
        </Section>
      )}
    </Screen>
  );
}

// ---- one of them ----

function Written({ operations, names }: { operations: Operation[]; names: Names }) {
  const first = operations[0];
  const lines = operations.flatMap((one) => linesOf(one, names));
  return (
    <section class="card">
      <div class="cardh">
        <h2>
          <Data text={first.title} />
        </h2>
        <span class="cap ink3">{typeLabel(first.type)}</span>
      </div>
      <dl class="beside">
        {lines.map((line, i) => (
          <div key={i}>
            <dt>
              {line.label}{" "}
              {!line.counts && <span class="tag warn">{t("no_right")}</span>}
            </dt>
            <dd class="ver base">
              <span class="cap ink2">{t("stands_now")}</span>
              <span class="pre">{line.stands ? <Data text={line.stands} /> : "–"}</span>
            </dd>
            <dd class={`ver ${line.counts ? "" : "off"}`}>
              <span class="cap ink2">{t("came_late")}</span>
              <span class="pre">
                {line.wrote ? <Data text={line.wrote} /> : t("cleared")}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function LateChange({ id }: { id: string }) {
  const { data, problem, reload } = useLive(`late ${id}`, async () => {
    const [late, devices] = await Promise.all([
      get<Late>(`/api/quarantine/${id}`),
      loadDevices(),
    ]);
    const names = await namesOf(late.body.operations ?? []);
    return { late: late.body, devices, names };
  });
  const late = data?.late;
  return (
    <Screen
      title={late ? aboutText(late) : t("nav_quarantine")}
      back="#/quarantine"
      sub={
        late &&
        t("late_sub", {
          who: userName(late.user),
          device: deviceName(data.devices, late.device),
          when: late.time ? moment(late.time) : "–",
          where: late.territory,
        })
      }
    >
      {problem && (
        <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />
      )}
      {!data && !problem && <Skeleton />}
      {late && (
        <div class="stack narrow">
          {late.decision !== "open" && (
            <p class="note">
              <Mark name={late.decision === "accepted" ? "done" : "stop"} />
              <span>
                {verdictText(late)}
                {late.reason && (
                  <>
                    {t("colon")}
                    <Data text={late.reason} />
                  </>
                )}
              </span>
            </p>
          )}
          {!late.operations && <p class="note">{t("not_all_here")}</p>}
          {byRecord(late.operations ?? []).map((one) => (
            <Written key={one[0].record} operations={one} names={data.names} />
          ))}
          {late.decision === "open" && (
            <Decide ids={[late.id]} onDone={() => (location.hash = "#/quarantine")} />
          )}
          {late.decision === "rejected" && (
            <p class="small ink2 under">{t("can_still_take_in")}</p>
          )}
        </div>
      )}
    </Screen>
  );
}
