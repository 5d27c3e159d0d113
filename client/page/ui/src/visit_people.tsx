// Who was there: people of the account, and whoever is new.
import { useEffect, useState } from "preact/hooks";
import type { BriefFacts } from "./account_data";
import type { Item } from "./api";
import { list, newId, read } from "./api";
import type { Draft } from "./draft";
import type { Relation } from "./lists";
import { titleOf } from "./schema";
import { Chip, Data } from "./ui";
import { t } from "./words";

// Those who are met before those who are not, the latest first.
function lastMetFirst(people: Item[], told: Relation[]): Item[] {
  const met = new Map(told.map((one) => [one.id, one.met ?? ""]));
  const of = (one: Item) => met.get(one.id) ?? "";
  return people
    .filter((one) => one.status !== "left" && one.status !== "retired")
    .sort((a, b) => of(b).localeCompare(of(a)));
}

export function PeopleField({
  draft,
  change,
}: {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}) {
  const [contacts, setContacts] = useState<Item[] | null>(null);
  const [attitudes, setAttitudes] = useState<Map<string, string | null | undefined>>(
    new Map(),
  );
  const [adding, setAdding] = useState(false);
  const [name, setName] = useState("");
  const account = draft.account!.id;

  useEffect(() => {
    let there = true;
    read([
      list("contact", { account_id: account, limit: 50 }),
      `/api/account/${account}/brief`,
    ]).then(
      ([people, brief]) => {
        if (!there) return;
        const told = (brief as unknown as BriefFacts | null)?.people ?? [];
        setAttitudes(new Map(told.map((one) => [one.id, one.attitude?.counts_as])));
        setContacts(lastMetFirst((people ?? []) as Item[], told));
      },
      () => there && setContacts([]),
    );
    return () => {
      there = false;
    };
  }, [account]);

  const toggle = (id: string) =>
    change({
      people: draft.people.includes(id)
        ? draft.people.filter((one) => one !== id)
        : [...draft.people, id],
    });
  const add = () => {
    const typed = name.trim();
    setAdding(false);
    setName("");
    if (!typed) return;
    const id = newId();
    change({
      added: [...draft.added, { id, name: typed }],
      people: [...draft.people, id],
    });
  };
  const known = [
    ...(contacts ?? []).map((one) => ({ id: one.id, name: titleOf("contact", one) })),
    ...draft.added.filter((one) => !contacts?.some((c) => c.id === one.id)),
  ];
  return (
    <div class="field" role="group" aria-labelledby="who-label">
      <span class="label" id="who-label">
        {t("who_was_there")}
      </span>
      {contacts && !known.length && (
        <p class="small ink2">{t("no_contacts_yet")}</p>
      )}
      <div class="chips">
        {known.map((one) => (
          <Chip
            key={one.id}
            person={one.name}
            attitude={attitudes.get(one.id)}
            on={draft.people.includes(one.id)}
            onClick={() => toggle(one.id)}
          >
            <Data text={one.name} />
          </Chip>
        ))}
        {!adding && (
          <Chip icon="plus" onClick={() => setAdding(true)}>
            {t("somebody_else")}
          </Chip>
        )}
      </div>
      {adding && (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            class="input"
            autofocus
            ref={(input) => input?.focus()}
            value={name}
            aria-label={t("their_name")}
            placeholder={t("their_name")}
            onInput={(event) => setName(event.currentTarget.value)}
            onBlur={add}
          />
        </form>
      )}
    </div>
  );
}
