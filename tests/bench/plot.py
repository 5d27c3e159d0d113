"""Draws what a record costs, from 10,000 records to 5,000,000, as SVG.

Two panels, insert and apply, each with Roadbook's line and raw SQLite's. Text
and lines take the reader's scheme, light or dark; the lines also differ in
stroke and carry their names, so that no colour is needed to tell them apart.
"""
import html
import math

WIDTH, HEIGHT = 760, 340
LEFT, TOP, BOTTOM, GAP = 56, 64, 52, 40
PANEL = (WIDTH - LEFT - GAP - 16) / 2
NAME_WIDTH = 84  # of the longer name beside a line, in px
SCALES = (10_000, 100_000, 1_000_000, 5_000_000)
NAMES = {10_000: "10 k", 100_000: "100 k", 1_000_000: "1 M", 5_000_000: "5 M"}
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .small { font-size: 12px; fill: #57606a }
  .title { font-size: 15px; font-weight: 600 }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .ours { stroke: #0a58ca; fill: #0a58ca }
  .raw { stroke: #8a5a00; fill: #8a5a00 }
  polyline { fill: none !important; stroke-width: 2.5 }
  polyline.raw { stroke-dasharray: 6 4 }
  text.ours, text.raw { stroke: none; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9da7b3 }
    .grid { stroke: #3d444d }
    .ours { stroke: #6cb6ff; fill: #6cb6ff }
    .raw { stroke: #e3b341; fill: #e3b341 }
  }
"""


def step_for(top):
    """The distance of the grid's lines: about five of them."""
    rough = top / 5
    power = 10 ** math.floor(math.log10(rough))
    return next(power * k for k in (1, 2, 5, 10) if power * k >= rough)


def panel(left, title, lines, top):
    """`lines`: {class: (name, {records: µs})}."""
    height = HEIGHT - TOP - BOTTOM
    low, high = math.log10(SCALES[0]), math.log10(SCALES[-1])

    def x(records):
        return left + (math.log10(records) - low) / (high - low) * PANEL

    def y(cost):
        return TOP + height * (1 - cost / top)

    yield (f'<text class="title" x="{left:.0f}" y="{TOP - 14}">'
           f'{html.escape(title)}</text>')
    step = step_for(top)
    for k in range(int(top / step) + 1):
        at = y(k * step)
        yield (f'<line class="grid" x1="{left:.1f}" y1="{at:.1f}" '
               f'x2="{left + PANEL:.1f}" y2="{at:.1f}"/>')
        yield (f'<text class="small" x="{left - 6:.1f}" y="{at + 4:.1f}" '
               f'text-anchor="end">{k * step:g}</text>')
    for records in SCALES:
        yield (f'<text class="small" x="{x(records):.1f}" '
               f'y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">'
               f'{NAMES[records]}</text>')
    yield from labelled(lines, x, y)


def labelled(lines, x, y):
    """The lines with their dots, and a name over, or under, the last one."""
    ends = {name: points[max(points)]
            for name, (_, points) in lines.items() if points}
    for name, (label, points) in lines.items():
        if not points:
            continue
        places = [(x(r), y(points[r])) for r in sorted(points)]
        dots = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        yield f'<polyline class="{name}" points="{dots}"/>'
        for a, b in places:
            yield f'<circle class="{name}" cx="{a:.1f}" cy="{b:.1f}" r="3.5"/>'
        above = ends[name] == max(ends.values())
        at = places[-1][0]
        anchor = "end" if at > places[0][0] else "start"
        # Clear of the line wherever the name reaches along it.
        beside = [b for a, b in places if at - a < NAME_WIDTH]
        down = min(beside) - 12 if above else max(beside) + 18
        yield (f'<text class="{name}" x="{at:.1f}" y="{down:.1f}" '
               f'text-anchor="{anchor}">{html.escape(label)}</text>')


def draw(costs):
    """`costs`: {(what, who): {records: µs}}; the whole document."""
    highest = max((cost for points in costs.values()
                   for cost in points.values()), default=1)
    step = step_for(highest * 1.15)
    top = math.ceil(highest * 1.15 / step) * step
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Cost of a record, by how many there are</title>",
        f"<style>{STYLE}</style>",
        '<text class="small" x="8" y="20">µs a record; smaller is better'
        "</text>"]
    for k, (what, title) in enumerate((
            ("insert", "insert, 1,000 a transaction"),
            ("apply", "extract + apply; raw: one transaction"))):
        parts += panel(LEFT + k * (PANEL + GAP), title, {
            "ours": ("Roadbook", costs.get((what, "Roadbook"), {})),
            "raw": ("raw SQLite", costs.get((what, "raw SQLite"), {}))}, top)
    parts.append(f'<text class="small" x="{LEFT + PANEL + GAP / 2:.0f}" '
                 f'y="{HEIGHT - 10}" text-anchor="middle">records</text>')
    return "\n".join(parts) + "\n</svg>\n"
