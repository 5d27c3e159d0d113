// Search over everything that was written.
import { useEffect, useState } from "preact/hooks";
import type { Item } from "./api";
import { get, Problem } from "./api";
import { text } from "./format";
import { Icon } from "./icons";
import { lookUp, nameIn, type Names } from "./names";
import { label, typeOf } from "./schema";
import { LogButton, Screen } from "./shell";
import { Data, ErrorNote, Section } from "./ui";
import { WhyNot } from "./unreadable";
import { pick, t } from "./words";

type Hit = {
  type: string;
  id: string;
  title: string;
  field: string;
  excerpt: string;
  record: Item;
};

const LIMIT = 60;
const PAUSE_MS = 150;

// The screen that a hit belongs to.
function whereOf(hit: Hit, visits: Names): string {
  if (hit.type === "account" || hit.type === "contact")
    return `#/${hit.type}/${hit.id}`;
  const account =
    text(hit.record?.account_id) ||
    text(visits.get(text(hit.record?.visit_id))?.account_id);
  return account ? `#/account/${account}/timeline` : "#/search";
}

// What was asked stays over a look at one of the hits.
let asked = "";

export function Search() {
  const [words, setWords] = useState(asked);
  const [found, setFound] = useState<{ words: string; hits: Hit[] } | null>(null);
  const [visits, setVisits] = useState<Names>(new Map());
  const [accounts, setAccounts] = useState<Names>(new Map());
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    asked = words;
    const typed = words.trim();
    if (!typed) {
      setFound(null);
      return undefined;
    }
    let there = true;
    const timer = window.setTimeout(async () => {
      try {
        const query = new URLSearchParams({ q: typed, limit: String(LIMIT) });
        const { body } = await get<Hit[]>(`/api/search?${query}`);
        if (!there) return;
        setProblem(null);
        setFound({ words: typed, hits: body });
        const of = await lookUp(
          "visit",
          body.map((hit) => text(hit.record?.visit_id)),
        );
        const names = await lookUp(
          "account",
          [...body.map((hit) => hit.record), ...of.values()].map((one) =>
            text(one?.account_id),
          ),
        );
        if (!there) return;
        setVisits(of);
        setAccounts(names);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (there) setProblem(error);
      }
    }, PAUSE_MS);
    return () => {
      there = false;
      clearTimeout(timer);
    };
  }, [words]);

  const types = [...new Set(found?.hits.map((hit) => hit.type) ?? [])];
  const accountOf = (hit: Hit) =>
    nameIn(
      accounts,
      "account",
      text(hit.record?.account_id) ||
        text(visits.get(text(hit.record?.visit_id))?.account_id),
    );
  return (
    <Screen title={t("search")} back="#/today" tools={<LogButton />}>
      <label class="input find-input">
        <Icon name="search" />
        <input
          type="search"
          ref={(input) => {
            if (input && document.activeElement === document.body) input.focus();
          }}
          value={words}
          aria-label={t("find")}
          placeholder={t("find")}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
      </label>
      {problem && <ErrorNote title={t("not_read")} problem={problem} />}
      {!found && !problem && <p class="small ink2">{t("search_hint")}</p>}
      {found && !found.hits.length && (
        <p class="small ink2" role="status">
          {t("nothing_found", { words: found.words })}
        </p>
      )}
      {found && !found.hits.length && <WhyNot />}
      {types.map((type) => {
        const hits = found!.hits.filter((hit) => hit.type === type);
        const schema = typeOf(type);
        return (
          <Section key={type} title={schema ? pick(schema) : type} count={hits.length}>
            <div class="card rows">
              {hits.map((hit) => (
                <a class="row two" key={hit.id} href={whereOf(hit, visits)}>
                  <div>
                    <div class="cut">
                      <b>
                        <Data text={hit.title} />
                      </b>
                    </div>
                    <div class="d cut">
                      {hit.excerpt !== hit.title && (
                        <>
                          {label(type, hit.field)}{t("colon")}
                          <Data text={hit.excerpt} />
                        </>
                      )}
                    </div>
                  </div>
                  <div class="e ink3 cut">
                    <Data text={accountOf(hit)} />
                  </div>
                </a>
              ))}
            </div>
          </Section>
        );
      })}
      {found && found.hits.length === LIMIT && (
        <p class="small ink2">{t("only_first", { n: LIMIT })}</p>
      )}
    </Screen>
  );
}
