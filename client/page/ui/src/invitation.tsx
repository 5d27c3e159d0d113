// Letting another device of one's own in: head office is asked for a token,
// and the new device scans it.
import { useEffect, useState } from "preact/hooks";
import { post, Problem } from "./api";
import { Icon } from "./icons";
import { ErrorNote } from "./ui";
import { t } from "./words";

type Invitation = { token: string; expires: string; qr: string[] };

const QUIET = 4; // modules of white that readers need around it

// Runs of black, row by row, as one path.
function Code({ rows }: { rows: string[] }) {
  const size = rows.length + 2 * QUIET;
  const path = rows
    .flatMap((row, y) =>
      [...row.matchAll(/1+/g)].map(
        (run) => `M${run.index + QUIET} ${y + QUIET}h${run[0].length}v1h-${run[0].length}z`,
      ),
    )
    .join("");
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={t("qr_label")}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

// How long it is still good, told every second.
function useLeft(expires: string | undefined): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return expires ? Math.max(0, Math.floor((Date.parse(expires) - now) / 1000)) : 0;
}

// `mine`: the devices of one's own, in any order.
export function Invite({ mine }: { mine: { device: string; name: string }[] }) {
  const [made, setMade] = useState<{ one: Invitation; known: string[] } | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [over, setOver] = useState(false); // it was taken back
  const left = useLeft(made?.one.expires);
  const came = made && mine.find((one) => !made.known.includes(one.device));
  const waits = made && left > 0 && !came ? made.one : null;
  const tell = async (what: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await what();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    }
    setBusy(false);
  };
  // Whoever has the code gets in by it until then.
  const takeBack = async () => {
    if (waits) await post(`/api/invitation/${waits.token}`, {});
    setMade(null);
    setOver(true);
  };
  const ask = () =>
    tell(async () => {
      const known = mine.map((one) => one.device);
      if (waits) await takeBack(); // one at a time
      const { body } = await post<Invitation>("/api/invitation", {});
      setMade({ one: body, known });
      setOver(false);
    });
  return (
    <section class="card enrol" aria-label={t("add_device")}>
      <div>
        <h2 class="lead">{t("add_device")}</h2>
        <div class="small ink2" role="status">
          {came
            ? t("device_came", { name: came.name })
            : made
              ? left
                ? t("good_for", { m: Math.floor(left / 60), s: left % 60 })
                : t("code_over")
              : over
                ? t("code_taken_back")
                : t("add_device_why")}
        </div>
      </div>
      {problem && (
        <ErrorNote
          title={t(waits ? "code_still_good" : "no_code")}
          problem={problem}
          onClose={() => setProblem(null)}
          onRetry={waits ? undefined : () => void ask()}
        />
      )}
      {waits && (
        <>
          <Code rows={waits.qr} />
          <div class="both">
            <button
              type="button"
              class="link small"
              onClick={() => void navigator.clipboard?.writeText(waits.token)}
            >
              <Icon name="copy" size="s" /> {t("copy_code")}
            </button>
            <button
              type="button"
              class="link small"
              disabled={busy}
              onClick={() => void tell(takeBack)}
            >
              <Icon name="x" size="s" /> {t("take_code_back")}
            </button>
          </div>
          <ol>
            <li>
              <b>1</b>
              <span>{t("enrol_step_1")}</span>
            </li>
            <li>
              <b>2</b>
              <span>
                {t("enrol_step_2")} <code>roadbook init rb1-…</code>
              </span>
            </li>
            <li>
              <b>3</b>
              <span>{t("enrol_step_3")}</span>
            </li>
          </ol>
          <p class="small ink2">{t("waiting_scan")}</p>
        </>
      )}
      <button type="button" class="btn mid" disabled={busy} onClick={() => void ask()}>
        {busy ? t("asking") : made ? t("another_code") : t("make_code")}
      </button>
    </section>
  );
}
