// Screens that are no part of the first file. They are asked for as soon as that
// one stands, so that a tap rarely waits for one.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem } from "./api";
import { ErrorNote, Skeleton } from "./ui";
import { t } from "./words";

const all: (() => Promise<unknown>)[] = [];

export function later<P extends object>(
  load: () => Promise<ComponentType<P>>,
): ComponentType<P> {
  let here: ComponentType<P> | null = null;
  const fetched = async () => {
    here ??= await load();
    return here;
  };
  all.push(fetched);
  return function Later(props: P) {
    const [, arrived] = useState(false);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (failed) return;
      // Also when it came between this rendering and now.
      fetched().then(
        () => arrived(true),
        () => setFailed(true),
      );
    }, [failed]);
    const Screen = here;
    if (Screen) return <Screen {...props} />;
    return (
      <main class="main broken">
        {failed ? (
          <ErrorNote
            title={t("away_title")}
            problem={new Problem(0, "")}
            onRetry={() => setFailed(false)}
          />
        ) : (
          <Skeleton />
        )}
      </main>
    );
  };
}

// One after the other, behind what is waited for.
export async function loadLater(): Promise<void> {
  for (const one of all) await one().catch(() => undefined);
}
