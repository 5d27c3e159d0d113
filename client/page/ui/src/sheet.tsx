// What to know before going there, on one sheet: read on the way, or printed.
import { useState } from "preact/hooks";
import { type BriefFacts, loadAccount } from "./account_data";
import { Chain } from "./chain";
import { date, daysAgo, due, text, today } from "./format";
import { Icon } from "./icons";
import { Brief } from "./last_words";
import { useLive } from "./live";
import { accountName, codeLabel, fieldOf, label, userName } from "./schema";
import { LogButton, Screen } from "./shell";
import { Attitude, Data, KeyLevel, Section, Skeleton, Tier } from "./ui";
import { Unreadable } from "./unreadable";
import { t } from "./words";

const VISITS = 20;
const TOLD = 3; // visits that one sheet has room for
const PEOPLE = 8;

function Who({ brief }: { brief: BriefFacts }) {
  const role = (code: string) => codeLabel(fieldOf("contact", "key_role"), code);
  if (!brief.people.length)
    return (
      <Section title={t("people")} count={0}>
        <p class="small ink2">{t("no_contacts_yet")}</p>
      </Section>
    );
  return (
    <Section title={t("people")} count={brief.people.length}>
      <div class="card" role="group" aria-label={t("people")} tabIndex={0}>
        <table class="tbl">
          <thead>
            <tr>
              <th>{label("contact", "name")}</th>
              <th>{label("contact", "key_role")}</th>
              <th>{t("kind_relations")}</th>
              <th class="num">{t("key_relations")}</th>
              <th class="num">{t("seen_at")}</th>
            </tr>
          </thead>
          <tbody>
            {brief.people.slice(0, PEOPLE).map((one) => (
              <tr key={one.id}>
                <td>
                  <b>
                    <Data text={one.name} />
                  </b>{" "}
                  <span class="ink2">
                    <Data text={one.title} />
                  </span>
                </td>
                <td title={one.key_role ? role(one.key_role) : ""}>
                  <span class="tight">{one.key_role ?? "–"}</span>
                  <span class="wide">{one.key_role ? role(one.key_role) : "–"}</span>
                </td>
                <td class="att">
                  {one.attitude?.counts_as ? (
                    <Attitude level={one.attitude.counts_as} />
                  ) : (
                    "–"
                  )}
                  {one.rival && <Data text={` · ${one.rival}`} />}
                </td>
                <td class="num">
                  {one.key?.counts_as ? (
                    <KeyLevel
                      level={one.key.counts_as}
                      goal={one.target}
                      before={one.key.level}
                    />
                  ) : (
                    "–"
                  )}
                </td>
                <td class="num">{one.met ? daysAgo(one.met) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Visits({ brief }: { brief: BriefFacts }) {
  if (!brief.visits.length) return null;
  return (
    <Section title={t("last_visits")}>
      <ol class="card rows sheet-list">
        {brief.visits.slice(0, TOLD).map((one) => (
          <li key={one.id}>
            <div class="small ink2">
              {date(one.on)}
              {one.result && ` · ${codeLabel(fieldOf("visit", "result"), one.result)}`}
              {" · "}
              <Data
                text={[
                  one.contacts.join(t("list_comma")),
                  one.us.map(userName).join(t("list_comma")),
                ]
                  .filter(Boolean)
                  .join(" · ")}
              />
            </div>
            {one.goal && <Data text={one.goal} class="blk ink2" />}
            {one.notes.map((note) => (
              <p key={note.id} class="pre">
                <Data text={note.kind === "quote" ? `“${note.text}”` : note.text} />
              </p>
            ))}
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Promised({ brief }: { brief: BriefFacts }) {
  if (brief.promises.length < 2) return null; // that one stands above
  const whose: Record<string, string> = { us: t("we_owe"), customer: t("they_owe") };
  return (
    <Section title={t("promises")} count={brief.promises.length}>
      <ul class="card rows sheet-list">
        {brief.promises.map((one, i) => (
          <li key={i} class="inline">
            <span class="small ink2 nw">{whose[one.owed_by ?? ""] ?? t("next_step")}</span>
            <span class="grow">
              <Data text={one.title} />
            </span>
            {one.on && (
              <span class={`small nw ${due(one.on).late ? "bad" : "ink2"}`}>
                {due(one.on).text}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

// What nobody stands behind, what two said, what was heard.
function Beware({ brief }: { brief: BriefFacts }) {
  const lines = [
    ...brief.conflicts.map((one) =>
      t("two_values_of", { what: label(one.type, one.field) }),
    ),
    ...brief.unconfirmed.map((one) =>
      t("unconfirmed_of", {
        who: one.contact ?? "",
        level: one.level,
        by: userName(one.rated_by),
      }),
    ),
    ...[...brief.exit_note, ...brief.intel].map(
      (one) => `${codeLabel(fieldOf("intel", "category"), one.category)}: ${one.text}`,
    ),
  ];
  if (!lines.length) return null;
  return (
    <Section title={t("watch_out")} count={lines.length}>
      <ul class="card rows sheet-list">
        {lines.map((line, i) => (
          <li key={i}>
            <Data text={line} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function BriefScreen({ id }: { id: string }) {
  const { data: whole, problem, reload } = useLive(`brief ${id}`, () =>
    loadAccount(id, VISITS),
  );
  const [asked] = useState(today());
  const record = whole?.record;
  const name = accountName(record);
  const legal = text(record?.legal_name);
  const brief = whole?.brief;
  return (
    <Screen
      title={name || "…"}
      back={`#/account/${id}`}
      sub={
        record && (
          <>
            <Tier tier={record.tier} /> {t("brief")} · {date(asked)}
            {legal && legal !== name && (
              <>
                {" · "}
                <Data text={legal} />
              </>
            )}
          </>
        )
      }
      tools={
        <>
          <button type="button" class="btn small" onClick={() => window.print()}>
            <Icon name="print" size="s" />
            {t("print")}
          </button>
          <LogButton account={id} />
        </>
      }
    >
      {problem && <Unreadable problem={problem} onRetry={reload} />}
      {!whole && !problem && <Skeleton />}
      {whole && (
        <div class="sheet-brief">
          <Brief whole={whole} />
          {brief ? (
            <>
              <Promised brief={brief} />
              <Chain
                account={id}
                people={brief.people}
                links={brief.chain}
                missing={brief.account.missing_roles}
                busFactor={brief.account.bus_factor}
                still
              />
              <Who brief={brief} />
              <Visits brief={brief} />
              <Beware brief={brief} />
            </>
          ) : (
            <p class="small ink2">{t("is_archived")}</p>
          )}
          <button type="button" class="btn ph" onClick={() => window.print()}>
            <Icon name="print" />
            {t("print")}
          </button>
        </div>
      )}
    </Screen>
  );
}
