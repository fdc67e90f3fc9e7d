"""docs/memory.svg: what memory transactions cost, by how many are in flight and by how many ranges each has."""

import re

WIDTH, HEIGHT, LEFT, TOP, GAP = 360, 200, 70, 40, 110
FONT = 'font-family="sans-serif" font-size="12"'


def text(x, y, what, anchor="middle"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{what}</text>'


def panel(left, title, across, points, top):
    """A line through points, with their figures, in axes that begin at zero."""
    right = max(x for x, _ in points)
    places = [(left + x / right * WIDTH, TOP + HEIGHT - y / top * HEIGHT) for x, y in points]
    yield text(left + WIDTH / 2, TOP - 20, title)
    yield f'<path d="M{left},{TOP} V{TOP + HEIGHT} H{left + WIDTH}" fill="none" stroke="#888"/>'
    yield text(left + WIDTH / 2, TOP + HEIGHT + 36, across)
    yield text(left - 6, TOP + 4, f"{top:,}", "end")
    yield text(left - 6, TOP + HEIGHT + 4, "0", "end")
    yield '<polyline fill="none" stroke="#06c" stroke-width="2" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in places) + '"/>'
    for (x, y), (value, count) in zip(places, points):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#06c"><title>{count:,}</title></circle>'
        yield text(x, TOP + HEIGHT + 18, value)


def memory(figures):
    """The drawing, from instructions at S-EL2 by operation."""
    in_flight = [(0, figures["memory_1_page"])]
    in_flight += [(int(name[14:]), count) for name, count in figures.items() if re.fullmatch(r"memory_1_page_\d+", name)]
    ranges = [(1, figures["memory_1_page"]), (64, figures["memory_64_ranges"]), (200, figures["memory_200_ranges"])]
    second = LEFT + WIDTH + GAP
    lines = [*panel(LEFT, f"share, retrieve, relinquish, reclaim one page: {in_flight[0][1]:,} to {in_flight[-1][1]:,} instructions",
                    "other transactions in flight", in_flight, 8000),
             *panel(second, "the same for ranges of a page each: " + ", ".join(f"{count:,}" for _, count in ranges),
                    "ranges of the transaction", ranges, 130000)]
    size = f'width="{second + WIDTH + 30}" height="{TOP + HEIGHT + 50}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} {FONT}>',
                      "<title>Instructions at S-EL2, counted by make bench PLOT=docs/memory.svg</title>", '<rect width="100%" height="100%" fill="#fff"/>',
                      *lines, "</svg>", ""])
