// Where this device dials: head office, and what a person added here.
import { useState } from "preact/hooks";
import { get, post, Problem } from "./api";
import { Icon } from "./icons";
import { useLive } from "./live";
import { ErrorNote, Section, toast } from "./ui";
import { t } from "./words";

type Address = { url: string; own: boolean };

// As it is typed: HOST:PORT is enough.
const whole = (typed: string) =>
  /^[a-z]+:\/\//.test(typed.trim()) ? typed.trim() : `tcp://${typed.trim()}`;

export function Addresses() {
  const { data, problem, reload } = useLive(
    "addresses",
    async () => (await get<Address[]>("/api/address")).body,
  );
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState<Problem | null>(null);
  const change = async (body: { add: string } | { remove: string }) => {
    setRefused(null);
    try {
      await post("/api/address", body);
      if ("add" in body) {
        setTyped("");
        toast({ title: t("address_added"), text: t("address_tried") });
      }
      reload();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setRefused(error);
    }
  };
  return (
    <Section title={t("addresses")} count={data?.length}>
      {problem && (
        <ErrorNote title={t("not_read")} problem={problem} onRetry={reload} />
      )}
      <div class="card rows">
        {data?.map((one) => (
          <div class="row two" key={one.url}>
            <span class="cut">
              {one.url}
              <span class="d blk">{t(one.own ? "added_here" : "head_office")}</span>
            </span>
            {one.own && (
              <button
                type="button"
                class="icon"
                aria-label={t("remove", { what: one.url })}
                onClick={() => void change({ remove: one.url })}
              >
                <Icon name="x" size="s" />
              </button>
            )}
          </div>
        ))}
        <form
          class="editor"
          onSubmit={(event) => {
            event.preventDefault();
            if (typed.trim()) void change({ add: whole(typed) });
          }}
        >
          <div class="field">
            <label for="new-address">{t("new_address")}</label>
            <input
              id="new-address"
              class="input"
              inputMode="url"
              autocomplete="off"
              spellcheck={false}
              placeholder="hub.example:7447"
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </div>
          {refused && (
            <ErrorNote
              title={t("not_saved")}
              problem={refused}
              onClose={() => setRefused(null)}
            />
          )}
          <button type="submit" class="btn small" disabled={!typed.trim()}>
            {t("add")}
          </button>
        </form>
      </div>
      <p class="small ink2 under">{t("addresses_why")}</p>
    </Section>
  );
}
