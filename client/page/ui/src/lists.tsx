// Long lists: only what is in sight is asked for, and nothing moves by itself.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Item } from "./api";
import { get, list, Problem } from "./api";
import { daysAgo, text, texts } from "./format";
import { Icon } from "./icons";
import { onChange } from "./live";
import { lookUp, nameIn, type Names } from "./names";
import { codeLabel, fieldOf, places, titleOf, userName } from "./schema";
import { LogButton, Screen } from "./shell";
import { AccountLine, Avatar, Data, Empty, ErrorNote, KeyLevel, News, Skeleton } from "./ui";
import { t } from "./words";

const PAGE = 50;
const ROW = 65; // px: 64 and the line between

type Pages = Map<number, Item[]>;

// The rows of a type, by page, as they come into sight.
function usePages(type: string) {
  const [count, setCount] = useState<number | null>(null);
  const [news, setNews] = useState(0);
  const [pages, setPages] = useState<Pages>(new Map());
  const [problem, setProblem] = useState<Problem | null>(null);
  const asked = useRef(new Set<number>());
  const base = useRef<number | null>(null);

  const fail = (error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    setProblem(error);
  };
  const load = (page: number) => {
    asked.current.add(page);
    get<Item[]>(list(type, { limit: PAGE, offset: page * PAGE })).then(
      ({ body }) => {
        setProblem(null);
        setPages((old) => new Map(old).set(page, body));
      },
      (error: unknown) => {
        asked.current.delete(page);
        fail(error);
      },
    );
  };
  const begin = () => {
    asked.current.clear();
    setNews(0);
    get<{ count: number }>(list(type, { count: 1 })).then(({ body }) => {
      base.current = body.count;
      setCount(body.count);
      setPages(new Map());
      load(0);
    }, fail);
  };
  useEffect(() => {
    begin();
    return onChange(() => {
      get<{ count: number }>(list(type, { count: 1 })).then(({ body }) => {
        if (base.current === null) begin();
        else if (body.count !== base.current)
          setNews(Math.max(1, body.count - base.current));
        // Nothing came or went: what is in sight is shown as it is now.
        else for (const page of [...asked.current]) load(page);
      }, fail);
    });
  }, [type]);
  const need = (from: number, to: number) => {
    for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE); page++)
      if (!asked.current.has(page)) load(page);
  };
  return { count, news, pages, problem, begin, need };
}

function Rows({
  type,
  render,
  empty,
}: {
  type: string;
  render: (item: Item) => preact.JSX.Element;
  empty: preact.JSX.Element;
}) {
  const { count, news, pages, problem, begin, need } = usePages(type);
  const box = useRef<HTMLDivElement>(null);
  const [span, setSpan] = useState({ from: 0, to: 30 });

  useEffect(() => {
    const look = () => {
      if (!box.current) return;
      const top = -box.current.getBoundingClientRect().top;
      const from = Math.max(0, Math.floor(top / ROW) - 15);
      const to = Math.ceil((top + window.innerHeight) / ROW) + 15;
      setSpan((old) => (old.from === from && old.to === to ? old : { from, to }));
    };
    look();
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [count]);
  const to = Math.min(span.to, (count ?? 0) - 1);
  useEffect(() => {
    if (count) need(span.from, to);
  }, [span.from, to, count]);

  if (problem)
    return <ErrorNote title={t("not_read")} problem={problem} onRetry={begin} />;
  if (count === null) return <Skeleton rows={6} />;
  if (count === 0) return empty;
  const rows = [];
  for (let at = span.from; at <= to; at++) {
    const item = pages.get(Math.floor(at / PAGE))?.[at % PAGE];
    rows.push(
      <div
        class="slot"
        key={item?.id ?? at}
        style={{ transform: `translateY(${at * ROW}px)` }}
      >
        {item ? render(item) : <div class="row two skel"><div><i class="w1" /></div></div>}
      </div>,
    );
  }
  return (
    <>
      <News count={news} onShow={begin} />
      <div class="sec">
        <p class="small ink2 counted">{t("records_n", { n: count })}</p>
        <div class="card window" ref={box} style={{ height: `${count * ROW}px` }}>
          {rows}
        </div>
      </div>
      <div class="ph center">
        <AddButton type={type} />
      </div>
    </>
  );
}

function AddButton({ type }: { type: string }) {
  return (
    <a class="btn small" href={`#/${type}/new`}>
      <Icon name="plus" size="s" />
      {t(type === "account" ? "add_account" : "add_contact")}
    </a>
  );
}

// The field that looks like one and leads to the search.
function FindLink() {
  return (
    <a class="input find-input ph" href="#/search">
      <Icon name="search" />
      <span class="ink3">{t("find")}</span>
    </a>
  );
}

export function AccountList() {
  const here = places.map((place) => place.territory).join(t("list_comma"));
  return (
    <Screen
      title={t("nav_accounts")}
      sub={t("territory_is", { where: here })}
      tools={
        <>
          <AddButton type="account" />
          <LogButton />
        </>
      }
    >
      <FindLink />
      <Rows
        type="account"
        render={(item) => (
          <a class="row two" href={`#/account/${item.id}`}>
            <div>
              <AccountLine account={item} />
              <div class="d cut">
                <Data text={text(item.legal_name)} />
              </div>
            </div>
            {item.conflicts ? <span class="tag bad">{t("two_values")}</span> : null}
          </a>
        )}
        empty={
          <Empty title={t("no_accounts")} text={t("no_accounts_why", { where: here })}>
            <a class="btn go" href="#/account/new">
              <Icon name="plus" />
              {t("add_first_account")}
            </a>
          </Empty>
        }
      />
    </Screen>
  );
}

export function ContactList() {
  const [names, setNames] = useState<Names>(new Map());
  const wanted = useRef(new Set<string>());
  // Names of accounts, asked for together after what was rendered.
  useEffect(() => {
    const missing = [...wanted.current].filter((id) => !names.has(id));
    wanted.current.clear();
    if (!missing.length) return;
    void lookUp("account", missing).then((found) => {
      if (found.size) setNames((old) => new Map([...old, ...found]));
    });
  });
  return (
    <Screen
      title={t("nav_contacts")}
      tools={
        <>
          <AddButton type="contact" />
          <LogButton />
        </>
      }
    >
      <FindLink />
      <Rows
        type="contact"
        render={(item) => {
          const account = text(item.account_id);
          if (account && !names.has(account)) wanted.current.add(account);
          return <PersonRow person={item} second={nameIn(names, "account", account)} />;
        }}
        empty={
          <Empty title={t("no_contacts")} text={t("no_contacts_why")}>
            <a class="btn go" href="#/contact/new">
              <Icon name="plus" />
              {t("add_contact")}
            </a>
          </Empty>
        }
      />
    </Screen>
  );
}

// The number to call: the first that there is.
export function numberOf(person: Item): string {
  const of = (name: string) =>
    (Array.isArray(person[name]) ? person[name] : [])
      .map((one) =>
        one && typeof one === "object" && !Array.isArray(one)
          ? text(one.value)
          : text(one),
      )
      .find(Boolean);
  return text(person.primary_phone) || of("mobiles") || of("phones") || "";
}

export type Rated = {
  level: string;
  counts_as: string | null; // lower while it is stale or unconfirmed
  rated_on: string | null;
  rated_by: string;
  stale: boolean;
  unconfirmed: boolean;
};

// What is known of the relation to a person, as the brief tells it.
export type Relation = {
  id: string;
  key: Rated | null;
  attitude: Rated | null;
  target?: string | null;
  met: string | null;
  held_by: string[];
};

function relationText(relation: Relation): string {
  return [
    relation.held_by.length
      ? t("held_by", {
          who: relation.held_by.map(userName).join(t("list_comma")),
        })
      : t("held_by_nobody"),
    relation.met ? daysAgo(relation.met) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

export function PersonRow({
  person,
  second,
  relation,
}: {
  person: Item;
  second?: string;
  relation?: Relation;
}) {
  const name = titleOf("contact", person);
  const number = numberOf(person);
  const left = person.status === "left" || person.status === "retired";
  return (
    <div class={`row pr ${left ? "gone" : ""}`}>
      <Avatar name={name} attitude={relation?.attitude?.counts_as} />
      <a href={`#/contact/${person.id}`} class="grow">
        <div class="cut">
          <b>
            <Data text={name} />
          </b>{" "}
          <Data text={text(person.title)} />
          {left && (
            <span class="tag">
              {codeLabel(fieldOf("contact", "status"), text(person.status))}
            </span>
          )}
          {relation?.key?.unconfirmed && (
            <span class="tag warn">{t("unconfirmed")}</span>
          )}
        </div>
        <div class="d cut">
          <Data
            text={
              relation
                ? relationText(relation)
                : [second, ...texts([person.department ?? null])]
                    .filter(Boolean)
                    .join(" · ")
            }
          />
        </div>
      </a>
      <span class="small">
        {relation?.key?.counts_as && (
          <KeyLevel
            level={relation.key.counts_as}
            goal={relation.target}
            before={relation.key.level}
          />
        )}
      </span>
      {number ? (
        <a class="icon" href={`tel:${number}`} aria-label={t("call_whom", { name })}>
          <Icon name="phone" />
        </a>
      ) : (
        <span />
      )}
    </div>
  );
}
