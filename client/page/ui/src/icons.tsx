// Line icons on a grid of 24, and the marks that tell where a record is.

const paths = {
  road: "M8.5 3.5 4 20.5M15.5 3.5 20 20.5M12 4v3M12 10.5v3M12 17v3.5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3 20 20",
  today:
    "M4 7.5A2.5 2.5 0 0 1 6.5 5h11A2.5 2.5 0 0 1 20 7.5v10a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 17.5zM4 10h16M8.5 3v4M15.5 3v4M8 14h3",
  account:
    "M4 20V6.5L12 4v16M12 9l8 2v9M3 20h18M7 9.5h2M7 13h2M7 16.5h2M15.5 14.5h1M15.5 17.5h1",
  people:
    "M9 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 9 11zM3 19.5c.4-3.6 2.8-5.4 6-5.4s5.6 1.8 6 5.4M16 4.9a3.2 3.2 0 0 1 0 5.9M17.5 14.5c2 .6 3.2 2.3 3.5 5",
  person:
    "M12 11.5a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2zM5 20c.5-3.9 3.3-5.8 7-5.8s6.5 1.9 7 5.8",
  sync: "M4.5 11a7.6 7.6 0 0 1 13.3-4L20 9.2M20 4.5v4.7h-4.7M19.5 13a7.6 7.6 0 0 1-13.3 4L4 14.8M4 19.5v-4.7h4.7",
  device:
    "M8 3.5h8A1.5 1.5 0 0 1 17.5 5v14a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 19V5A1.5 1.5 0 0 1 8 3.5zM11 17.5h2",
  hub: "M4.5 5h15v5.5h-15zM4.5 13.5h15V19h-15zM8 7.7h.01M8 16.3h.01",
  settings: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4M4 12h5M13 12h7M11 10v4",
  hand: "M4 8.5h13M13.5 5 17 8.5 13.5 12M20 15.5H7M10.5 12 7 15.5l3.5 3.5",
  box: "M4.5 8 12 4l7.5 4v8L12 20l-7.5-4zM4.5 8l7.5 4 7.5-4M12 12v8",
  lock: "M6 11h12v8.5H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  left: "M14.5 5.5 8 12l6.5 6.5",
  right: "M9.5 5.5 16 12l-6.5 6.5",
  plus: "M12 5v14M5 12h14",
  x: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5 10 17.5 19.5 7",
  arrow: "M5 12h14M13 6l6 6-6 6",
  inn: "M19 12H5M11 6l-6 6 6 6",
  phone:
    "M6.5 4h3l1.5 4-2 1.5a11 11 0 0 0 5.5 5.5l1.5-2 4 1.5v3a2 2 0 0 1-2.2 2A16 16 0 0 1 4.5 6.2 2 2 0 0 1 6.5 4z",
  flag: "M6 21V4M6 5h11.5l-2.5 4 2.5 4H6",
  alert: "M12 4 2.8 19.5h18.4zM12 10v4.2M12 17h.01",
  doc: "M7 3.5h7l4 4V19a1.5 1.5 0 0 1-1.5 1.5h-9.5A1.5 1.5 0 0 1 5.5 19V5A1.5 1.5 0 0 1 7 3.5zM13.5 3.5V8H18M9 12.5h6M9 16h4",
  edit: "M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5zM13.5 7l3.5 3.5",
  copy: "M9 9h10v11H9zM15 9V4.5H5V15h4",
  more: "M4.2 12a1.3 1.3 0 1 0 2.6 0 1.3 1.3 0 1 0-2.6 0M10.7 12a1.3 1.3 0 1 0 2.6 0 1.3 1.3 0 1 0-2.6 0M17.2 12a1.3 1.3 0 1 0 2.6 0 1.3 1.3 0 1 0-2.6 0",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = "" }: { name: IconName; size?: "s" | "l" | "" }) {
  return (
    <svg class={`i ${size}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

// ring: only here · half: with a colleague · none: not heard from · stop:
// refused · yours: a person has to decide · done: all is well
export type MarkName = "ring" | "half" | "none" | "stop" | "yours" | "done";

export function Mark({ name }: { name: MarkName }) {
  const warn = "var(--warn-mark)";
  const grey = "var(--line-strong)";
  return (
    <svg class="mk" viewBox="0 0 12 12" aria-hidden="true" fill="none">
      {name === "ring" && (
        <circle cx="6" cy="6" r="4.5" stroke={warn} stroke-width="2" />
      )}
      {name === "half" && (
        <>
          <circle cx="6" cy="6" r="4.5" stroke={grey} stroke-width="2" />
          <path d="M6 1.5a4.5 4.5 0 0 0 0 9z" fill={grey} />
        </>
      )}
      {name === "none" && (
        <circle
          cx="6"
          cy="6"
          r="4.5"
          stroke={grey}
          stroke-width="1.5"
          stroke-dasharray="2 2"
        />
      )}
      {name === "stop" && (
        <path
          d="M3.8.8h4.4l3 3v4.4l-3 3H3.8l-3-3V3.8zM3.5 6h5"
          stroke="var(--bad-mark)"
          stroke-width="1.6"
        />
      )}
      {name === "yours" && (
        <>
          <path d="M6 .5 11.5 6 6 11.5.5 6z" fill="var(--bad-mark)" />
          <path d="M6 3.4v3M6 8.2v.2" stroke="var(--surface)" stroke-width="1.4" />
        </>
      )}
      {name === "done" && (
        <>
          <circle cx="6" cy="6" r="5.2" fill="var(--c2)" />
          <path
            d="M3.5 6.2 5.3 8l3.2-3.7"
            stroke="var(--surface)"
            stroke-width="1.5"
          />
        </>
      )}
    </svg>
  );
}
