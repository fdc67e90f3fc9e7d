"""Bulkhead's trace as a picture or for a viewer: `trace.py svg|json|text FILE` reads the lines of `ffa trace --raw`, of a
post-mortem on the Secure console, or of bl33 with trace=dump, among any others.

svg: a sequence diagram. json: trace events that Perfetto (ui.perfetto.dev) and chrome://tracing show, a track for each CPU and
each vCPU. text: a line a record. --since and --until name FF-A calls of the Normal world: from the last --since before the last --until.
Questions to Bulkhead itself (`ffa stat`) are not in the picture.
"""

import argparse
import html
import json
import os
import re
import sys

CALLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../abi/ffa_calls.def")
CONTEXTS = 8  # of a partition, as a vCPU's number counts them
EVENTS = ("starts", "comes on", "", "", "Normal-world interrupt", "deadline", "kick", "timer", "interrupt", "timer register", "abort",
          "trapped instruction", "asynchronous abort", "goes on")
SPMD, CALL, INTERRUPT, ABORT, REGISTERS = 2, 3, 8, 10, 14
RUN, AGAIN = 0, 2
FFA_INTERRUPT, DIRECT_REQ, STAT_ID = 0x84000062, 0x8400006F, 0xBF00
STATUSES = ("SUCCESS", "NOT_SUPPORTED", "INVALID_PARAMETERS", "NO_MEMORY", "BUSY", "INTERRUPTED", "DENIED", "RETRY", "ABORTED", "NO_DATA",
            "NOT_READY")
LINE = re.compile(r"trace (\d+)((?: 0x[0-9a-f]+){7}) (\S+)(?: (.*))?")


class Wrong(Exception):
    pass


def signed(byte):
    return byte - 256 if byte & 128 else byte


class Record:
    """One step: who, whom, what, and why not."""

    def __init__(self, cpu, words, last, reason, names):
        self.cpu, self.time, step, self.x = cpu, words[0], words[1], words[2:]
        self.sequence, self.kind, self.who, self.next, self.then = step & 0xffffffff, step >> 32 & 255, signed(step >> 40 & 255), \
            step >> 48 & 255, signed(step >> 56)
        self.status, self.reason = (int(last), "" if reason in (None, "-") else reason) if self.kind < REGISTERS else (0, "")
        self.names = names

    def is_call(self):
        return self.kind == CALL or (self.kind == SPMD and self.x[0] != FFA_INTERRUPT)

    def is_from_el3(self):
        return self.kind in (0, 1) or (self.kind == SPMD and (self.x[0] == FFA_INTERRUPT or
                                                              (self.x[0] == DIRECT_REQ and self.x[1] >> 16 & 0xffff == 0xffff)))

    def what(self):
        if not self.is_call():
            kind, number = (self.x[3], self.x[4]) if self.kind == SPMD else (self.kind, self.x[2])
            name = EVENTS[kind] if kind < len(EVENTS) else f"event {kind}"
            return name + (f" {number}" if kind == INTERRUPT else f" at {self.x[1]:#x}" if kind == ABORT else "")
        function = self.x[0] & 0xfffeffff
        name = self.names.get(function & 0xff) if function & 0xbfffff00 == 0x84000000 else None
        return name or f"call {function:#x}"

    def is_question(self):
        return self.kind == SPMD and self.x[0] & 0xbfffffff == DIRECT_REQ and self.x[1] & 0xffff == STAT_ID

    def outcome(self):
        if self.status:
            name = STATUSES[-self.status] if -self.status < len(STATUSES) else str(self.status)
            return f"{name}: {self.reason}"
        return self.reason


class Trace:
    def __init__(self, lines):
        with open(CALLS, encoding="utf-8") as file:
            self.names = {int(number, 16): "FFA_" + name for name, number in re.findall(r"^FFA_CALL\((\w+), *(0x\w+)", file.read(), re.M)}
        self.partitions, self.frequency, self.lost = {}, None, False
        found = {}
        for line in lines:
            self._take(line.rstrip(), found)
        self.records = [found[sequence] for sequence in sorted(found)]
        if not self.records:
            raise Wrong("no record in it: lines that begin with 'trace' and a CPU")

    def _take(self, line, found):
        match = LINE.search(line)
        if match:
            cpu, words = int(match[1]), [int(word, 16) for word in match[2].split()]
            record = Record(cpu, words, match[3] if words[1] >> 32 & 255 < REGISTERS else 0, match[4], self.names)
            if record.kind < REGISTERS:
                found[record.sequence] = record
        elif re.match(r"trace lost", line):
            self.lost = True
        elif re.match(r"partition \d+ \S", line):
            _, number, name = line.split(" ", 2)
            self.partitions[int(number)] = name
        elif re.match(r"frequency \d+$", line):
            self.frequency = int(line.split()[1])
        elif "  vCPUs (" in line:
            words = line.split("):", 1)[-1].split()
            self.partitions.update(dict(enumerate(words[::2])))

    def name(self, vcpu):
        if vcpu < 0:
            return "Normal world"
        partition, context = divmod(vcpu, CONTEXTS)
        return f"{self.partitions.get(partition, f'partition {partition}')} {context}"

    def microseconds(self, ticks):
        return ticks * 1e6 / (self.frequency or 1_000_000_000)

    def choose(self, since, until):
        """From the Normal world's last call named `since` before its last one named `until`."""
        end, begin = len(self.records), 0
        if until:
            end = max((i + 1 for i, r in enumerate(self.records) if r.who < 0 and r.what() == until), default=0)
        if since:
            begin = max((i for i, r in enumerate(self.records[:end]) if r.who < 0 and r.what() == since), default=end)
        if begin >= end:
            raise Wrong(f"no call of {since or until}" + (f" before {until}" if since and until else ""))
        self.records = self.records[begin:end]


# ---- Text ------------------------------------------------------------------------------------------------------------

def ends(trace, record):
    who = "EL3" if record.is_from_el3() else trace.name(record.who)
    if record.then == record.who:
        return who, "Bulkhead"
    return who, trace.name(record.then)


def as_text(trace):
    for record in trace.records:
        who, whom = ends(trace, record)
        yield f"{trace.microseconds(record.time) / 1e6:12.6f}  {record.cpu}  {who:<16} -> {whom:<16}  {record.what()}  {record.outcome()}".rstrip()


# ---- Trace events ----------------------------------------------------------------------------------------------------

CPUS, VCPUS = 1, 2  # process ids of the two groups of tracks


def as_json(trace):
    events, last = [], {}
    end = trace.records[-1].time
    for record in trace.records:
        if record.cpu in last:
            events += slices(trace, last[record.cpu], record.time)
        last[record.cpu] = record
        who, whom = ends(trace, record)
        events.append({"name": record.what(), "cat": "step", "ph": "i", "s": "t", "pid": CPUS, "tid": record.cpu,
                       "ts": trace.microseconds(record.time),
                       "args": {"sequence": record.sequence, "who": who, "whom": whom, "outcome": record.outcome(),
                                **{f"x{i}": f"{x:#x}" for i, x in enumerate(record.x)}}})
    for record in last.values():
        events += slices(trace, record, end)
    names = [(CPUS, "process_name", 0, "CPUs"), (VCPUS, "process_name", 0, "vCPUs")]
    names += [(CPUS, "thread_name", cpu, f"CPU {cpu}") for cpu in sorted(last)]
    names += [(VCPUS, "thread_name", vcpu, trace.name(vcpu)) for vcpu in sorted({r.then for r in trace.records if r.then >= 0})]
    events += [{"name": kind, "ph": "M", "pid": group, "tid": track, "args": {"name": name}} for group, kind, track, name in names]
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ns"}, indent=0) + "\n"


def slices(trace, record, until):
    """Who ran after a step, until the next one of that CPU."""
    slice_ = {"name": trace.name(record.then), "cat": "runs", "ph": "X", "ts": trace.microseconds(record.time),
              "dur": max(trace.microseconds(until - record.time), 0), "args": {"sequence": record.sequence}}
    yield {**slice_, "pid": CPUS, "tid": record.cpu}
    if record.then >= 0:
        yield {**slice_, "name": f"CPU {record.cpu}", "pid": VCPUS, "tid": record.then}


# ---- Picture ---------------------------------------------------------------------------------------------------------

LEFT, TOP, LANE, ROW, HEAD = 96, 28, 190, 30, 44
COLORS = ("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#76b7b2", "#9c755f", "#edc948")
NORMAL, SPMD_LANE, BULKHEAD = 0, 1, 2


def shown(text, x, y, anchor="middle", more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{more}>{html.escape(text, quote=False)}</text>'


class Picture:
    def __init__(self, trace, title):
        trace.records = [record for record in trace.records if not record.is_question()]
        self.trace, self.title = trace, title
        vcpus = {v for r in trace.records for v in (r.who, r.then) if v >= 0}
        first = {v: next(i for i, r in enumerate(trace.records) if v in (r.who, r.then)) for v in vcpus}
        self.lanes = ["Normal world", "pKVM, SPMD", "Bulkhead"] + [trace.name(v) for v in sorted(vcpus, key=first.get)]
        self.place = {v: 3 + i for i, v in enumerate(sorted(vcpus, key=first.get))}
        self.rows = sum(2 if self.is_answered(r) else 1 for r in trace.records)
        self.bottom = TOP + HEAD + (self.rows + 1) * ROW
        self.parts, self.running = [], {}

    @staticmethod
    def is_answered(record):
        return record.then == record.who

    def x(self, lane):
        return LEFT + LANE / 2 + lane * LANE

    def lane(self, vcpu, record=None):
        if vcpu >= 0:
            return self.place[vcpu]
        return SPMD_LANE if record and record.is_from_el3() else NORMAL

    def arrow(self, begin, end, y, label, kind=""):
        x0, x1 = self.x(begin), self.x(end)
        inset = 7 if x1 > x0 else -7
        style = {"": 'stroke="#333"', "back": 'stroke="#333" stroke-dasharray="5 4"', "no": 'stroke="#c00" stroke-dasharray="5 4"'}[kind]
        mark = "no" if kind == "no" else "tip"
        self.parts.append(f'<path d="M{x0:.0f},{y} H{x1 - inset:.0f}" {style} marker-end="url(#{mark})" fill="none"/>')
        for between in range(min(begin, end) + 1, max(begin, end)):
            if between in (SPMD_LANE, BULKHEAD):
                self.parts.append(f'<circle cx="{self.x(between):.0f}" cy="{y}" r="3.5" fill="#fff" stroke="#333"/>')
        if label:
            color = ' fill="#c00"' if kind == "no" else ""
            self.parts.append(f'<g paint-order="stroke" stroke="#fff" stroke-width="4" stroke-linejoin="round">{shown(label, (x0 + x1) / 2, y - 6, "middle", color)}</g>')

    def run(self, record, y):
        """The lane that a CPU is on from here, and the bar of the one it leaves."""
        before = self.running.get(record.cpu)
        if before and before[0] == record.then:
            return
        self.stop(record.cpu, y)
        self.running[record.cpu] = (record.then, y)

    def stop(self, cpu, y):
        vcpu, since = self.running.pop(cpu, (-1, y))
        if vcpu >= 0:
            color = COLORS[(self.place[vcpu] - 3) % len(COLORS)]
            self.parts.insert(0, f'<rect x="{self.x(self.place[vcpu]) - 6:.0f}" y="{since}" width="12" height="{y - since}" fill="{color}" opacity="0.55"/>')

    def draw(self):
        y = TOP + HEAD + ROW
        for record in self.trace.records:
            micros = self.trace.microseconds(record.time - self.trace.records[0].time)
            self.parts.append(shown(f"{micros:,.1f} µs", LEFT - 12, y + 4, "end", ' fill="#777" font-size="11"'))
            if record.who >= 0 and record.cpu not in self.running:
                self.running[record.cpu] = (record.who, y - ROW // 2)
            begin = self.lane(record.who, record)
            if self.is_answered(record):
                self.arrow(begin, BULKHEAD, y, record.what())
                y += ROW
                self.arrow(BULKHEAD, begin, y, record.outcome(), "no" if record.status else "back")
            else:
                self.arrow(begin, self.lane(record.then), y, record.what() + (f": {record.outcome()}" if record.outcome() else ""),
                           "no" if record.outcome() else "")
            self.run(record, y)
            y += ROW
        for cpu in list(self.running):
            self.stop(cpu, y - ROW // 2)

    def text(self):
        self.draw()
        width = LEFT + LANE * len(self.lanes) + 10
        tip = '<marker id="{}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{}"/></marker>'
        lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{self.bottom + 14}" viewBox="0 0 {width} {self.bottom + 14}" '
                 'font-family="sans-serif" font-size="12">', f"<title>{html.escape(self.title, quote=False)}</title>",
                 "<defs>" + tip.format("tip", "#333") + tip.format("no", "#c00") + "</defs>", '<rect width="100%" height="100%" fill="#fff"/>',
                 shown(self.title, 14, 20, "start", ' font-size="13" fill="#555"')]
        for lane, name in enumerate(self.lanes):
            x = self.x(lane)
            color = "#e8e8e8" if lane < 3 else COLORS[(lane - 3) % len(COLORS)] + "33"
            lines += [f'<path d="M{x:.0f},{TOP + HEAD} V{self.bottom}" stroke="#bbb" stroke-dasharray="{"" if lane == BULKHEAD else "2 3"}"/>',
                      f'<rect x="{x - LANE / 2 + 12:.0f}" y="{TOP + 6}" width="{LANE - 24}" height="{HEAD - 14}" rx="6" fill="{color}" stroke="#999"/>',
                      shown(name, x, TOP + 26, "middle", ' font-weight="bold"')]
        return "\n".join([*lines, *self.parts, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("form", choices=("svg", "json", "text"))
    parser.add_argument("file", help="- for the standard input")
    parser.add_argument("--since", help="an FF-A call, as FFA_MEM_LEND")
    parser.add_argument("--until", help="the same")
    parser.add_argument("--title", default="Bulkhead's trace")
    options = parser.parse_args()
    try:
        with (sys.stdin if options.file == "-" else open(options.file, encoding="utf-8", errors="replace")) as file:
            trace = Trace(file)
        trace.choose(options.since, options.until)
    except (Wrong, OSError) as error:
        sys.exit(f"trace: {options.file}: {error}")
    if options.form == "text":
        print("\n".join(as_text(trace)))
    else:
        sys.stdout.write(as_json(trace) if options.form == "json" else Picture(trace, options.title).text())


if __name__ == "__main__":
    main()
