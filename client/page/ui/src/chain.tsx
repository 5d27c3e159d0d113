// Who decides, who has whose ear, and who is not known yet: a picture that is
// a list as well, so that it can be read, heard and reached by keys.
import { useState } from "preact/hooks";
import { ChainForm, Links } from "./chain_links";
import {
  CANVAS,
  COLUMNS,
  type Level,
  type Link,
  place,
  type Spot,
  wires,
} from "./chain_layout";
import type { Relation } from "./lists";
import { codeLabel, fieldOf } from "./schema";
import { Attitude, attitudes, Avatar, Data, KeyLevel } from "./ui";
import { t, type Word } from "./words";

export type Person = Relation & {
  name: string;
  title: string;
  department: string;
  key_role: string | null;
  level: string | null;
  target: string | null;
  rival: string | null;
};

const ROLE = 5; // letters that fit below a face

type Node = { id: string; level: Level; person: Person };
type Ghost = { level: Level; role: string };

// Where somebody of a role usually stands.
const usual: Record<string, Level> = { KDM: "exec", KI: "mgmt", KU: "working" };
const names: Record<Level, Word> = {
  exec: "level_exec",
  mgmt: "level_mgmt",
  working: "level_working",
  "": "level_unknown",
};

const levelOf = (person: Person): Level =>
  person.level === "exec" || person.level === "mgmt" || person.level === "working"
    ? person.level
    : "";

// Those of whom something is known that belongs here.
function inChain(people: Person[], links: Link[]): Person[] {
  const linked = new Set(links.flatMap((link) => [link.from_id, link.to_id]));
  return people.filter(
    (one) =>
      one.key_role || one.level || one.attitude || one.key || linked.has(one.id),
  );
}

const roleLabel = (role: string) => codeLabel(fieldOf("contact", "key_role"), role);
const kindLabel = (kind: string) => codeLabel(fieldOf("contact_link", "kind"), kind);

function relations(person: Person, links: Link[]): string {
  return links
    .filter((link) => link.from_id === person.id)
    .map((link) => `${kindLabel(link.kind)} ${link.to}`)
    .join(t("list_comma"));
}

function at(spot: Spot, first: number) {
  return { gridColumn: spot.column + 1, gridRow: spot.line - first + 1 };
}

function Box({ person, links }: { person: Person; links: Link[] }) {
  const attitude = person.attitude?.counts_as;
  const said = relations(person, links);
  return (
    <a class="node" href={`#/contact/${person.id}`}>
      <span class="who">
        <Avatar name={person.name} small attitude={attitude} />
        <span class="cap ink2" title={person.key_role ? roleLabel(person.key_role) : ""}>
          {person.key_role?.slice(0, ROLE) ?? ""}
        </span>
      </span>
      <span class="what">
        <b class="cut">
          <Data text={person.name} />
        </b>
        <span class="cap ink2 cut">
          {person.rival && (
            <span class="warn">
              <Data text={person.rival} />
              {person.title && " · "}
            </span>
          )}
          <Data text={person.title || person.department} />
        </span>
        {person.key?.counts_as && (
          <span class="cap cut">
            <KeyLevel
              level={person.key.counts_as}
              goal={person.target}
              before={person.key.level}
            />
          </span>
        )}
      </span>
      {person.key_role && <span class="sr">{roleLabel(person.key_role)}</span>}
      {said && <span class="sr">{said}</span>}
    </a>
  );
}

function Ghosted({ ghost, account }: { ghost: Ghost; account: string }) {
  return (
    <a
      class="node ghost"
      href={`#/contact/new/${account}/${ghost.role}-${ghost.level}`}
    >
      <span class="small ink2">{roleLabel(ghost.role)}</span>
      <span class="cap warn">{t("not_known_yet")}</span>
    </a>
  );
}

function Picture({
  people,
  links,
  missing,
  account,
}: {
  people: Person[];
  links: Link[];
  missing: string[];
  account: string;
}) {
  const nodes: Node[] = people.map((person) => ({
    id: person.id,
    level: levelOf(person),
    person,
  }));
  const ghosts: Ghost[] = missing.map((role) => ({ role, level: usual[role] ?? "" }));
  const { rows, spots, height } = place(nodes, links, ghosts);
  const drawn = wires(links, spots);
  return (
    <div class="chain" style={{ height: `${height}px` }}>
      <svg
        class="wires"
        viewBox={`0 0 ${CANVAS} ${height}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {drawn.map((wire) => (
          <path
            key={wire.id}
            d={wire.path}
            class={`wire ${wire.formal ? "" : "informal"} ${wire.kind}`}
          />
        ))}
      </svg>
      {drawn.map(
        (wire) =>
          wire.head && (
            <svg
              key={wire.id}
              class={`arrowhead ${wire.formal ? "" : "informal"} ${wire.kind}`}
              viewBox="0 0 10 8"
              aria-hidden="true"
              style={{
                left: `${wire.head.left}%`,
                top: `${wire.head.top - (wire.head.down ? 8 : 0)}px`,
              }}
            >
              <path d={wire.head.down ? "M1 1 5 7 9 1" : "M1 7 5 1 9 7"} />
            </svg>
          ),
      )}
      <ol aria-label={t("decision_chain")}>
        {rows.map((row) => (
          <li key={row.level} class="level">
            <span class="cap ink3 level-name">{t(names[row.level])}</span>
            <ul class="nodes" style={{ gridTemplateColumns: `repeat(${COLUMNS}, minmax(0, 1fr))` }}>
              {row.people.map(({ person, spot }) => (
                <li key={person.id} style={at(spot, row.first)}>
                  <Box person={person.person} links={links} />
                </li>
              ))}
              {row.ghosts.map(({ ghost, spot }) => (
                <li key={ghost.role} style={at(spot, row.first)}>
                  <Ghosted ghost={ghost} account={account} />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Legend({ people, links }: { people: Person[]; links: Link[] }) {
  const seen = attitudes.filter((level) =>
    people.some((one) => one.attitude?.counts_as === level),
  );
  if (!seen.length && !links.length) return null;
  return (
    <div class="lg cap ink2">
      {seen.map((level) => (
        <Attitude key={level} level={level} />
      ))}
      {links.some((link) => link.formal) && (
        <span>
          <i class="dash solid" />
          {t("formal")}
        </span>
      )}
      {links.some((link) => !link.formal) && (
        <span>
          <i class="dash" />
          {t("informal")}
        </span>
      )}
    </div>
  );
}

export function Chain({
  account,
  people: all,
  links,
  missing,
  busFactor,
  still,
}: {
  account: string;
  people: Person[];
  links: Link[];
  missing: string[];
  busFactor: number | null;
  still?: boolean; // for reading only
}) {
  const [adding, setAdding] = useState(false);
  const people = inChain(all, links);
  const others = all.length - people.length;
  return (
    <section class="card chaincard" aria-label={t("decision_chain")}>
      <div class="cardh">
        <h2>{t("decision_chain")}</h2>
        {busFactor !== null && people.length > 0 && (
          <span class="cap ink3">
            {busFactor ? t("held_up_by", { n: busFactor }) : t("held_up_by_nobody")}
          </span>
        )}
        {!adding && !still && all.length > 1 && (
          <button type="button" class="act" onClick={() => setAdding(true)}>
            {t("add_link")}
          </button>
        )}
      </div>
      <Picture people={people} links={links} missing={missing} account={account} />
      <Legend people={people} links={links} />
      {adding && <ChainForm people={all} onDone={() => setAdding(false)} />}
      {!still && (
        <div class="chain-foot">
          <Links links={links} />
          {others > 0 && (
            <a class="small ink2" href={`#/account/${account}/people`}>
              {t("others_no_role", { n: others })}
            </a>
          )}
        </div>
      )}
    </section>
  );
}
