// Where people and lines of the decision chain stand. The same people and
// links give the same picture. Who is new takes a place that is free: people
// are placed in the order of their ids, which is that of their making, so
// nobody who stood there before moves.

export const COLUMNS = 3;
const NODE = 66; // px: a person's height
const PITCH = 102; // px: from one line to the next
const TOP = 22; // px: above a line, for the name of its level
const UNIT = 100; // of a column's width, in the drawing
const LANE = 14; // units that a second line stands beside the middle

export const LEVELS = ["exec", "mgmt", "working", ""] as const; // "": not known
export type Level = (typeof LEVELS)[number];

export type Link = {
  id: string;
  from_id: string;
  to_id: string;
  from: string;
  to: string;
  kind: string;
  formal: boolean;
  confidence: string;
};

export type Spot = { column: number; line: number };
export type Standing = { id: string; level: Level };
export type Row<P, G> = {
  level: Level;
  first: number; // its first line
  lines: number;
  people: { person: P; spot: Spot }[];
  ghosts: { ghost: G; spot: Spot }[];
};

// The free place that is nearest to a column, line by line.
function nearest(taken: Set<string>, column: number): Spot {
  for (let line = 0; ; line++) {
    const free = Array.from({ length: COLUMNS }, (_, at) => at)
      .filter((at) => !taken.has(`${line} ${at}`))
      .sort((a, b) => Math.abs(a - column) - Math.abs(b - column) || a - b);
    if (free.length) return { line, column: free[0] };
  }
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

// Whom each reports to: of several the link that was made first.
function bosses(links: Link[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const link of [...links].sort(byId))
    if (link.kind === "reports_to" && !found.has(link.from_id))
      found.set(link.from_id, link.to_id);
  return found;
}

export function place<P extends Standing, G extends { level: Level }>(
  people: P[],
  links: Link[],
  ghosts: G[],
): { rows: Row<P, G>[]; spots: Map<string, Spot>; height: number } {
  const boss = bosses(links);
  const spots = new Map<string, Spot>();
  const rows: Row<P, G>[] = [];
  let first = 0;
  for (const level of LEVELS) {
    const taken = new Set<string>();
    const take = (column: number): Spot => {
      const free = nearest(taken, column);
      taken.add(`${free.line} ${free.column}`);
      return { line: first + free.line, column: free.column };
    };
    const here = people.filter((one) => one.level === level).sort(byId);
    const placed = here.map((person) => {
      const above = spots.get(boss.get(person.id) ?? "");
      const spot = take(above ? above.column : Math.floor(COLUMNS / 2));
      spots.set(person.id, spot);
      return { person, spot };
    });
    // Whoever is known comes before who is not.
    const missing = ghosts
      .filter((one) => one.level === level)
      .map((ghost) => ({ ghost, spot: take(COLUMNS - 1) }));
    const lines = [...placed, ...missing].reduce(
      (most, one) => Math.max(most, one.spot.line - first + 1),
      0,
    );
    if (lines) rows.push({ level, first, lines, people: placed, ghosts: missing });
    first += lines;
  }
  return { rows, spots, height: first ? TOP + first * PITCH - (PITCH - NODE) : 0 };
}

export type Wire = {
  id: string;
  kind: string;
  formal: boolean;
  path: string;
  // Where its arrow stands: % of the width, px from above; null: it has none.
  head: { left: number; top: number; down: boolean } | null;
};

const WIDTH = COLUMNS * UNIT;
const middle = (spot: Spot) => (spot.column + 0.5) * UNIT;
const above = (spot: Spot) => TOP + spot.line * PITCH;
const beneath = (spot: Spot) => above(spot) + NODE;

// From the lower one up to the upper one, in the gaps between the nodes.
function steps(low: Spot, high: Spot, at: number, to: number): string {
  const turn = beneath(high) + 10 + high.column * 8; // no two share a height
  if (low.line - high.line === 1)
    return `M${at} ${above(low)}V${turn}H${to}V${beneath(high)}`;
  // Past the lines between, where no node stands.
  const right = high.column < COLUMNS - 1 && low.column >= high.column;
  const gutter = (high.column + (right ? 1 : high.column ? 0 : 1)) * UNIT;
  return (
    `M${at} ${above(low)}V${above(low) - 12}H${gutter}` +
    `V${turn}H${to}V${beneath(high)}`
  );
}

function curve(low: Spot, high: Spot, at: number, to: number): string {
  const [y1, y2] = [above(low), beneath(high)];
  return `M${at} ${y1}C${at} ${y1 - 30} ${to} ${y2 + 30} ${to} ${y2}`;
}

// Over the heads of those who stand on one line.
function over(from: Spot, at: number, to: number): string {
  const y = above(from);
  return `M${at} ${y}C${at} ${y - 22} ${to} ${y - 22} ${to} ${y}`;
}

export function wires(links: Link[], spots: Map<string, Spot>): Wire[] {
  return [...links].sort(byId).flatMap((link) => {
    const from = spots.get(link.from_id);
    const to = spots.get(link.to_id);
    if (!from || !to || link.from_id === link.to_id) return [];
    const plain = link.formal && link.kind === "reports_to";
    // What is no plain reporting line stands beside the middle.
    const side = plain ? 0 : middle(to) > middle(from) ? LANE : -LANE;
    const at = middle(from) + side;
    const end = middle(to) - (from.column === to.column ? -side : side);
    let path: string;
    if (from.line === to.line) path = over(from, at, end);
    else {
      const [low, high] = from.line > to.line ? [from, to] : [to, from];
      const [x1, x2] = low === from ? [at, end] : [end, at];
      const near = low.line - high.line === 1;
      path = !plain && near ? curve(low, high, x1, x2) : steps(low, high, x1, x2);
    }
    const upward = from.line > to.line;
    // Who stands above is whom one reports to: that needs no arrow.
    const headed = link.kind !== "ally" && !(plain && upward);
    return [
      {
        id: link.id,
        kind: link.kind,
        formal: link.formal,
        path,
        head: headed
          ? {
              left: (end / WIDTH) * 100,
              top: upward ? beneath(to) : above(to),
              down: !upward,
            }
          : null,
      },
    ];
  });
}

export const CANVAS = WIDTH;
