// Last words, what we owe, what they owe: the card that an account opens with.
import { lastWords, ourWords, type Whole } from "./account_data";
import { date, due } from "./format";
import { Data } from "./ui";
import { t } from "./words";

function Owed({ what }: { what: { what: string; due: string | null } }) {
  const when = what.due ? due(what.due) : null;
  return (
    <>
      <Data text={what.what} />{" "}
      {when &&
        (when.late ? (
          <b class="bad nw">{when.text}</b>
        ) : (
          <span class="ink3 small nw">{when.text}</span>
        ))}
    </>
  );
}

export function Brief({ whole }: { whole: Whole }) {
  const last = lastWords(whole.visits);
  const ours = ourWords(whole);
  const theirs = whole.promised.find((one) => !one.ours);
  if (!last && !ours && !theirs) return null;
  return (
    <section class="card" aria-label={t("brief")}>
      <dl class="brief">
        {last && (
          <div>
            <dt>{t("last_time")}</dt>
            <dd>
              <Data text={last.words} />{" "}
              <span class="ink3 small nw">{last.day && date(last.day)}</span>
            </dd>
          </div>
        )}
        {ours && (
          <div>
            <dt>{t("we_owe")}</dt>
            <dd>
              <Owed what={ours} />
            </dd>
          </div>
        )}
        {theirs && (
          <div>
            <dt>{t("they_owe")}</dt>
            <dd>
              <Owed what={theirs} />
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}
