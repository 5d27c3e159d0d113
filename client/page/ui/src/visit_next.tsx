// The next step and its day.
import { useState } from "preact/hooks";
import type { Draft } from "./draft";
import { addDays, date, dayNumber, weekday } from "./format";
import { Icon } from "./icons";
import { Chip } from "./ui";
import { t, type Word } from "./words";

const STEPS: Word[] = ["step_quote", "step_sample", "step_executive"];

function nextFriday(day: string): string {
  const at = new Date(`${day}T12:00:00`).getDay();
  return addDays(day, at < 5 ? 5 - at : 12 - at);
}

function nextMonday(day: string): string {
  const at = new Date(`${day}T12:00:00`).getDay();
  return addDays(day, at === 0 ? 1 : 8 - at);
}

export function NextStep({
  draft,
  change,
}: {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}) {
  const [own, setOwn] = useState(false);
  const friday = nextFriday(draft.day);
  const days: { label: string; day: string }[] = [
    { label: t("tomorrow"), day: addDays(draft.day, 1) },
    { label: `${weekday(friday)} ${dayNumber(friday)}`, day: friday },
    { label: t("next_week"), day: nextMonday(draft.day) },
  ];
  const words = STEPS.map((step) => t(step));
  const choose = (what: string) =>
    change({
      next: draft.next === what ? "" : what,
      nextDue: draft.next === what ? "" : draft.nextDue || friday,
      result: draft.result || "advanced",
    });
  const typed = own || (!!draft.next && !words.includes(draft.next));
  return (
    <div class="field" role="group" aria-labelledby="next-label">
      <span class="label" id="next-label">
        {t("next_step")}
      </span>
      <div class="chips">
        {words.map((what) => (
          <Chip
            key={what}
            on={draft.next === what}
            onClick={() => {
              setOwn(false);
              choose(what);
            }}
          >
            {what}
          </Chip>
        ))}
        {!typed && (
          <Chip icon="edit" onClick={() => setOwn(true)}>
            {t("step_other")}
          </Chip>
        )}
      </div>
      {typed && (
        <input
          class="input"
          aria-label={t("next_step")}
          value={words.includes(draft.next) ? "" : draft.next}
          onInput={(event) =>
            change({
              next: event.currentTarget.value,
              nextDue: draft.nextDue || friday,
              result: draft.result || "advanced",
            })
          }
        />
      )}
      <div class="chips">
        {days.map((one) => (
          <Chip
            key={one.day}
            on={draft.nextDue === one.day}
            onClick={() =>
              change({ nextDue: draft.nextDue === one.day ? "" : one.day })
            }
          >
            {one.label}
          </Chip>
        ))}
        <label class="chip pickday">
          <Icon name="today" size="s" />
          {draft.nextDue && !days.some((one) => one.day === draft.nextDue)
            ? date(draft.nextDue)
            : t("pick_day")}
          <input
            type="date"
            aria-label={t("pick_day")}
            value={draft.nextDue}
            onInput={(event) => change({ nextDue: event.currentTarget.value })}
          />
        </label>
      </div>
    </div>
  );
}
