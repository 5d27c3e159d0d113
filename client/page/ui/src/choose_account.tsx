// Which account: guessed by today's plan and by whom one saw last, or found by
// two characters.
import { useEffect, useState } from "preact/hooks";
import type { Item, Json, JsonObject } from "./api";
import { get, list, read } from "./api";
import { dayOf, daysAgo, text, time, today } from "./format";
import { Icon } from "./icons";
import { lookUp, type Names } from "./names";
import { accountName } from "./schema";
import { byDay } from "./timeline";
import { Data, Section, Tier } from "./ui";
import { langOf, t } from "./words";

type Hit = { type: string; id: string; record: Item };
type Guess = { account: Item; planned: Item | null; last: string | null };

const RECENT = 40;
const GUESSES = 6;
const FOUND = 20;
const PAUSE_MS = 120;

async function loadGuesses(): Promise<Guess[]> {
  const [planned, recent] = (await read([
    list("visit", { status: "planned", limit: 100 }),
    list("visit", { limit: RECENT }),
  ])) as unknown as (Item[] | null)[];
  const todays = (planned ?? [])
    .filter(
      (visit) =>
        visit.planned_start &&
        dayOf(new Date(text(visit.planned_start))) === today(),
    )
    .sort((a, b) => text(a.planned_start).localeCompare(text(b.planned_start)));
  const last = new Map<string, string>();
  for (const visit of (recent ?? []).sort(byDay)) {
    const id = text(visit.account_id);
    if (visit.status !== "planned" && !last.has(id))
      last.set(id, text(visit.visited_on));
  }
  const ids = [...todays.map((visit) => text(visit.account_id)), ...last.keys()];
  const accounts = await lookUp("account", ids.slice(0, GUESSES * 2));
  return [...new Set(ids)]
    .filter((id) => accounts.has(id))
    .slice(0, GUESSES)
    .map((id) => ({
      account: accounts.get(id)!,
      planned: todays.find((visit) => visit.account_id === id) ?? null,
      last: last.get(id) ?? null,
    }));
}

// Accounts with the words, or with people who have them.
async function search(words: string): Promise<Item[]> {
  const query = new URLSearchParams({ q: words, limit: String(FOUND) });
  const { body } = await get<Hit[]>(`/api/search?${query}`);
  const accounts = new Map<string, Item>();
  for (const hit of body)
    if (hit.type === "account") accounts.set(hit.id, hit.record);
  const theirs: Names = await lookUp(
    "account",
    body
      .filter((hit) => hit.type === "contact")
      .map((hit) => text(hit.record?.account_id))
      .filter((id) => !accounts.has(id)),
  );
  return [...accounts.values(), ...theirs.values()];
}

// The words are marked where they stand.
function Marked({ value, words }: { value: string; words: string }) {
  const at = words ? value.toLowerCase().indexOf(words.toLowerCase()) : -1;
  if (at < 0) return <Data text={value} />;
  return (
    <span lang={langOf(value)}>
      {value.slice(0, at)}
      <span class="hit">{value.slice(at, at + words.length)}</span>
      {value.slice(at + words.length)}
    </span>
  );
}

function Row({
  account,
  words = "",
  end,
  onClick,
}: {
  account: Item;
  words?: string;
  end: Json | undefined;
  onClick: () => void;
}) {
  return (
    <button type="button" class="row two" onClick={onClick}>
      <span>
        <span class="blk cut">
          <b>
            <Marked value={accountName(account)} words={words} />
          </b>{" "}
          <Tier tier={account.tier} />
        </span>
        <span class="d cut blk">
          <Marked value={text(account.legal_name)} words={words} />
        </span>
      </span>
      <span class="e ink3">{end}</span>
    </button>
  );
}

export function ChooseAccount({
  onChoose,
}: {
  onChoose: (account: Item, planned: Item | null) => void;
}) {
  const [guesses, setGuesses] = useState<Guess[] | null>(null);
  const [words, setWords] = useState("");
  const [found, setFound] = useState<{ words: string; accounts: Item[] }>({
    words: "",
    accounts: [],
  });

  useEffect(() => {
    loadGuesses().then(setGuesses, () => setGuesses([]));
  }, []);
  useEffect(() => {
    const typed = words.trim();
    if (!typed) return undefined;
    let there = true;
    const timer = window.setTimeout(() => {
      search(typed).then(
        (accounts) => there && setFound({ words: typed, accounts }),
        () => there && setFound({ words: typed, accounts: [] }),
      );
    }, PAUSE_MS);
    return () => {
      there = false;
      clearTimeout(timer);
    };
  }, [words]);

  const first = guesses?.find((guess) => guess.planned);
  const others = (guesses ?? []).filter((guess) => guess !== first);
  const asked = words.trim();
  return (
    <>
      <label class="input find-input">
        <Icon name="search" />
        <input
          type="search"
          value={words}
          aria-label={t("find_account")}
          placeholder={t("find_account")}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
      </label>
      {!asked && first && (
        <Section
          title={t("seems_here")}
          count={t("todays_plan", { time: time(text(first.planned?.planned_start)) })}
        >
          <button
            type="button"
            class="card row chosen"
            onClick={() => onChoose(first.account, first.planned)}
          >
            <span class="accent">
              <Icon name="flag" />
            </span>
            <span>
              <span class="blk cut">
                <b>
                  <Data text={accountName(first.account)} />
                </b>{" "}
                <Tier tier={first.account.tier} />
              </span>
              <span class="d cut blk">
                <Data text={text(first.planned?.goal as JsonObject | string)} />
              </span>
            </span>
          </button>
        </Section>
      )}
      {!asked && others.length > 0 && (
        <Section title={t("seen_lately")}>
          <div class="card rows">
            {others.map((guess) => (
              <Row
                key={guess.account.id}
                account={guess.account}
                end={
                  guess.planned
                    ? time(text(guess.planned.planned_start))
                    : guess.last
                      ? daysAgo(guess.last)
                      : ""
                }
                onClick={() => onChoose(guess.account, guess.planned)}
              />
            ))}
          </div>
        </Section>
      )}
      {!asked && guesses && !guesses.length && (
        <p class="small ink2">{t("type_to_find")}</p>
      )}
      {asked && found.words === asked && (
        <Section
          title={t("found_for", { words: asked })}
          count={found.accounts.length}
        >
          {found.accounts.length > 0 ? (
            <div class="card rows">
              {found.accounts.map((account) => (
                <Row
                  key={account.id}
                  account={account}
                  words={asked}
                  end=""
                  onClick={() => onChoose(account, null)}
                />
              ))}
            </div>
          ) : (
            <p class="small ink2">
              {t("not_found")}{" "}
              <a class="accent" href="#/account/new">
                {t("add_account")}
              </a>
            </p>
          )}
        </Section>
      )}
    </>
  );
}
