// What was said, by kinds, and what they promised.
import { useEffect, useRef, useState } from "preact/hooks";
import { newId } from "./api";
import type { Draft } from "./draft";
import { fieldOf } from "./schema";
import { Chip } from "./ui";
import { pick, t } from "./words";

// Grows with what is typed.
function Area({
  value,
  onInput,
  label,
  id,
  rows = 3,
}: {
  value: string;
  onInput: (text: string) => void;
  label: string;
  id?: string;
  rows?: number;
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const at = area.current;
    if (!at) return;
    at.style.height = "auto";
    at.style.height = `${at.scrollHeight + 2}px`;
  }, [value]);
  return (
    <textarea
      ref={area}
      id={id}
      class="input area"
      rows={rows}
      aria-label={label}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

export function SaidFields({
  draft,
  change,
}: {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}) {
  const codes = fieldOf("visit_note", "kind")?.codes ?? [];
  const label = (kind: string) => {
    const code = codes.find((one) => one.code === kind);
    return code ? pick(code) : kind;
  };
  const [theirs, setTheirs] = useState(!!draft.theirs);
  const write = (id: string, text: string) =>
    change({
      said: draft.said.map((one) => (one.id === id ? { ...one, text } : one)),
    });
  const add = (kind: string) =>
    change({ said: [...draft.said, { id: newId(), kind, text: "" }] });
  return (
    <div class="field">
      <span class="label">{t("what_was_said")}</span>
      {draft.said.map((one, i) => (
        <div key={one.id} class="said">
          {i > 0 && <span class="label">{label(one.kind)}</span>}
          <Area
            label={i > 0 ? label(one.kind) : t("what_was_said")}
            value={one.text}
            rows={i > 0 ? 2 : 4}
            onInput={(text) => write(one.id, text)}
          />
        </div>
      ))}
      {theirs && (
        <div class="said">
          <span class="label">{t("they_promised")}</span>
          <Area
            label={t("they_promised")}
            value={draft.theirs}
            rows={2}
            onInput={(text) => change({ theirs: text })}
          />
          <label class="inline small ink2">
            {t("due_on")}
            <input
              type="date"
              class="input slim"
              value={draft.theirsDue}
              onInput={(event) =>
                change({ theirsDue: event.currentTarget.value })
              }
            />
          </label>
        </div>
      )}
      <div class="quick">
        {codes
          .filter((code) => code.code !== "fact")
          .map((code) => (
            <Chip key={code.code} onClick={() => add(code.code)}>
              {pick(code)}
            </Chip>
          ))}
        {!theirs && (
          <Chip onClick={() => setTheirs(true)}>{t("they_promised")}</Chip>
        )}
      </div>
    </div>
  );
}
