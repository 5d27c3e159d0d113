// What somebody needs to know who takes an account over, or goes there: the
// sections of `roadbook account brief`, in the order in which they are needed.
import type { JsonObject } from "./api";
import { date, due as dueWords } from "./format";
import { codeLabel, fieldOf, label, userName } from "./schema";
import { Avatar, Data, KeyLevel, Section } from "./ui";
import { t } from "./words";

type Rated = {
  level: string;
  counts_as: string | null;
  unconfirmed: boolean;
  rated_by: string;
  rated_on: string | null;
};
type Person = {
  id: string;
  name: string;
  title: string;
  key: Rated | null;
  attitude: Rated | null;
  held_by: string[];
};
type Visit = {
  id: string;
  on: string | null;
  type: string;
  goal: string;
  result: string;
  contacts: string[];
  us: string[];
  notes: { id: string; kind: string; text: string }[];
};
type Promised = JsonObject & {
  kind: string;
  on: string | null;
  title?: string;
  owed_by?: string | null;
  owner?: string | null;
};
export type Brief = {
  people: Person[];
  chain: { id: string; from: string; kind: string; to: string; formal: boolean }[];
  visits: Visit[];
  promises: Promised[];
  conflicts: { id: string; type: string; field: string; undecided: boolean }[];
  unconfirmed: (Rated & { contact: string | null; scale: string })[];
  exit_note: { text: string }[];
  intel: { category: string; text: string; observed_on: string | null }[];
};

function PersonLine({ who }: { who: Person }) {
  // Unconfirmed it counts one lower, the lowest not at all.
  const level = who.key?.unconfirmed ? who.key.counts_as : who.key?.level;
  return (
    <a class="row" href={`#/contact/${who.id}`}>
      <Avatar name={who.name} attitude={who.attitude?.counts_as ?? who.attitude?.level} />
      <div>
        <div class="cut">
          <b>
            <Data text={who.name} />
          </b>{" "}
          <Data text={who.title} class="ink2" />
        </div>
        {who.key?.unconfirmed && (
          <div class="d">
            {t(level ? "rated_before" : "rated_before_none", {
              level: who.key.level,
              now: level ?? "",
            })}
          </div>
        )}
      </div>
      <div class="e">{level && <KeyLevel level={level} />}</div>
    </a>
  );
}

function VisitLine({ visit }: { visit: Visit }) {
  const who = [...visit.contacts, ...visit.us.map(userName)].join(t("list_comma"));
  return (
    <div class="words">
      <div class="small ink2">
        {visit.on ? date(visit.on) : "–"}
        {visit.result && ` · ${codeLabel(fieldOf("visit", "result"), visit.result)}`}
        {who && " · "}
        <Data text={who} />
      </div>
      {visit.goal && (
        <p>
          <Data text={visit.goal} />
        </p>
      )}
      {visit.notes.map((note) => (
        <p key={note.id}>
          <span class="tag soft">
            {codeLabel(fieldOf("visit_note", "kind"), note.kind)}
          </span>{" "}
          <Data text={note.text} class="pre" />
        </p>
      ))}
    </div>
  );
}

function PromiseLine({ one }: { one: Promised }) {
  const ours = one.owed_by === "us";
  const due = one.on ? dueWords(one.on) : null;
  const side =
    one.owed_by === "us"
      ? t("we_owe")
      : one.owed_by
        ? t("they_owe")
        : t("next_step");
  return (
    <div class="row two">
      <div>
        <b class="pre">
          <Data text={String(one.title ?? "")} />
        </b>
        <div class="d">
          <span class={ours ? "bad" : ""}>{side}</span>
          {one.owner && (
            <>
              {" · "}
              <Data text={userName(String(one.owner))} />
            </>
          )}
        </div>
      </div>
      {due && <span class={`e ${due.late ? "bad" : "ink2"}`}>{due.text}</span>}
    </div>
  );
}

function Words({ title, lines }: { title: string; lines: string[] }) {
  if (!lines.length) return null;
  return (
    <Section title={title} count={lines.length}>
      <div class="card rows">
        {lines.map((line, i) => (
          <p class="words pre" key={i}>
            <Data text={line} />
          </p>
        ))}
      </div>
    </Section>
  );
}

export function BriefSections({ brief }: { brief: Brief }) {
  const chain = brief.chain.map(
    (link) =>
      `${link.from} → ${link.to} · ${codeLabel(fieldOf("contact_link", "kind"), link.kind)}`,
  );
  const conflicts = brief.conflicts.map((one) => label(one.type, one.field));
  const again = new Map<string, string[]>();
  for (const one of brief.unconfirmed) {
    const who = `${one.contact ?? t("the_account")}${t("colon")}${userName(one.rated_by)}`;
    const now = one.counts_as ?? t("not_counted");
    again.set(who, [...(again.get(who) ?? []), `${one.level} → ${now}`]);
  }
  const unconfirmed = [...again].map(([who, levels]) => `${who} ${levels.join(t("list_comma"))}`);
  return (
    <>
      <Section title={t("promises")} count={brief.promises.length}>
        <div class="card rows">
          {brief.promises.map((one, i) => (
            <PromiseLine key={i} one={one} />
          ))}
          {!brief.promises.length && (
            <p class="row two small ink2">{t("nothing_promised")}</p>
          )}
        </div>
      </Section>
      <Section title={t("people")} count={brief.people.length}>
        <div class="card rows">
          {brief.people.map((who) => (
            <PersonLine key={who.id} who={who} />
          ))}
          {!brief.people.length && <p class="row two small ink2">{t("no_contacts")}</p>}
        </div>
      </Section>
      <Words title={t("rate_again")} lines={unconfirmed} />
      <Words title={t("decision_chain")} lines={chain} />
      <Section title={t("last_visits")} count={brief.visits.length}>
        <div class="card rows">
          {brief.visits.map((visit) => (
            <VisitLine key={visit.id} visit={visit} />
          ))}
          {!brief.visits.length && <p class="row two small ink2">{t("no_visits_yet")}</p>}
        </div>
      </Section>
      <Words title={t("two_values")} lines={conflicts} />
      <Words title={t("exit_note")} lines={brief.exit_note.map((one) => one.text)} />
      <Words
        title={t("heard")}
        lines={brief.intel.map((one) =>
          [one.observed_on ? date(one.observed_on) : "", one.text].filter(Boolean).join(" · "),
        )}
      />
    </>
  );
}
