"""What becomes of a trace: tools/trace.py's picture, trace events and text; and the replay (tests/replay), which must end as the
target did, refuse a trace with gaps, and notice each fault of planted.txt in core/. TAP.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as tree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import planted  # noqa: E402

TOOL = os.path.join(HERE, "../../tools/trace.py")
SVG = "{http://www.w3.org/2000/svg}"

# A message to vault, one to a dead partition, and an abort; the Normal world's interrupt in between; lines as they come, out of order.
SAMPLE = """[    1.0] something else
partition 0 echo
partition 1 vault
frequency 1000000000
trace 0 0x1000 0x800ff0200000000 0xc400006f 0x8002 0x0 0x1 0x1 0 -
trace 1 0x3000 0xff01ff0200000003 0xc400006f 0x8003 0x0 0x1 0x1 -8 the receiver is dead
trace 0 0x2000 0x800080300000001 0xc4000074 0x50 0x50 0x0 0x0 0 -
trace 0 0x0 0x3000000f00000002 0x1 0x2 0x3 0x4 0x5 0x6
trace 0 0x4000 0xff01080400000004 0x0 0x0 0x0 0x0 0x0 0 -
trace 0 0x5000 0x800ff0200000005 0x8400006d 0x80020000 0x0 0x0 0x0 0 -
trace 0 0x6000 0xff01080a00000006 0x93c08006 0xdead0000 0x0 0x0 0x0 0 a fault that it cannot take
"""


class Tap:
    def __init__(self):
        self.lines, self.count = [], 0

    def check(self, good, name, detail=""):
        self.count += 1
        self.lines.append(("ok" if good else "not ok") + f" {self.count} - {name}" + ("" if good else f"\n# {detail}"))

    def remark(self, text):
        self.lines.append(f"# {text}")

    def print(self):
        print(f"1..{self.count}")
        print("\n".join(self.lines))


def tool(text, *arguments):
    return subprocess.run([sys.executable, TOOL, arguments[0], "-", *arguments[1:]], input=text, capture_output=True, text=True, check=False)


def check_text(tap):
    lines = tool(SAMPLE, "text").stdout.splitlines()
    tap.check(len(lines) == 6, "text has a line for each step, and none for what belongs to one", lines)
    tap.check(re.search(r"0  Normal world +-> vault 0 +FFA_MSG_SEND_DIRECT_REQ$", lines[0]), "a message has its ends by their names", lines[0])
    tap.check(re.search(r"vault 0 +-> Bulkhead +FFA_MEM_RETRIEVE_REQ$", lines[1]), "a call that is answered in place goes to Bulkhead", lines[1])
    tap.check(lines[2].endswith("ABORTED: the receiver is dead"), "a refusal has its status and reason", lines[2])
    tap.check(lines[5].endswith("abort at 0xdead0000  a fault that it cannot take"), "a death has its reason", lines[5])


def check_json(tap):
    events = json.loads(tool(SAMPLE, "json").stdout)["traceEvents"]
    steps = [e for e in events if e.get("cat") == "step"]
    runs = [e for e in events if e["ph"] == "X" and e["pid"] == 2]
    tap.check(len(steps) == 6 and all({"name", "ph", "ts", "pid", "tid"} <= set(e) for e in steps), "trace events have an instant for each step", steps)
    tap.check([e["ts"] for e in steps] == sorted(e["ts"] for e in steps), "in the order of their times", steps)
    tap.check({(e["tid"], e["ts"], e["dur"]) for e in runs} == {(8, 4.096, 4.096), (8, 8.192, 8.192), (8, 20.48, 4.096)},
              "and slices of who ran how long", runs)
    names = {e["args"]["name"] for e in events if e["ph"] == "M"}
    tap.check({"CPUs", "vCPUs", "CPU 0", "CPU 1", "vault 0"} <= names, "tracks have names", names)


def check_picture(tap):
    root = tree.fromstring(tool(SAMPLE, "svg", "--title", "a <title> & more").stdout)
    texts = ["".join(node.itertext()) for node in root.iter(SVG + "text")]
    for text in ("a <title> & more", "Normal world", "pKVM, SPMD", "Bulkhead", "vault 0", "FFA_MSG_SEND_DIRECT_REQ", "FFA_RUN",
                 "Normal-world interrupt", "ABORTED: the receiver is dead"):
        tap.check(text in texts, f"the picture shows '{text}'", texts)
    tap.check("echo 0" not in texts, "who has no part in it has no lane", texts)
    part = tree.fromstring(tool(SAMPLE, "svg", "--since", "FFA_RUN").stdout)
    texts = ["".join(node.itertext()) for node in part.iter(SVG + "text")]
    tap.check("FFA_RUN" in texts and "FFA_MSG_SEND_DIRECT_REQ" not in texts, "a part of it begins with a call", texts)


def check_misuse(tap):
    for name, done in (("nothing", tool("nothing\n", "svg")), ("a call that is not there", tool(SAMPLE, "svg", "--since", "FFA_YIELD"))):
        tap.check(done.returncode == 1 and done.stderr.startswith("trace: ") and not done.stdout, f"{name} is refused with a reason", done.stderr)


class Replay:
    def __init__(self, options):
        self.options = options
        self.image = [os.path.join(options.image, name) for name in ["spmc-manifest.dtb", *sorted(f for f in os.listdir(options.image) if f.endswith(".pkg"))]]

    def run(self, program, text):
        path = os.path.join(self.options.work, "trace")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return subprocess.run([program, path, *self.image], capture_output=True, text=True, timeout=600, check=False)


def check_replay(tap, replay, text):
    lines = text.splitlines(keepends=True)
    records = [i for i, line in enumerate(lines) if line.startswith("trace ")]
    done = replay.run(replay.options.replay, text)
    tap.check(done.returncode == 0 and re.search(r"all decided alike, \d{3} digests of the state alike", done.stdout),
              "a boot's trace is made again, and ends in the same state", done.stdout)
    tap.remark(f"{len(records)} records made again")
    middle = records[len(records) // 2]
    done = replay.run(replay.options.replay, "".join(lines[:middle] + lines[middle + 1:]))
    tap.check(done.returncode == 2 and "a trace with gaps cannot be made again" in done.stdout, "a trace with a gap is refused", done.stdout)
    done = replay.run(replay.options.replay, "trace lost\n" + text)
    tap.check(done.returncode == 2 and "records were lost" in done.stdout, "so is one that says so itself", done.stdout)
    last = next(line for line in reversed(lines) if line.startswith("state "))
    done = replay.run(replay.options.replay, text.replace(last, last[:-2] + ("0" if last[-2] != "0" else "1") + "\n"))
    tap.check(done.returncode == 1 and "is not as it was" in done.stdout, "another state at the end is noticed", done.stdout)


def plant(options, fault):
    """The replay with this fault in its core, or why there is none: what is changed comes before the rest."""
    work = os.path.join(options.work, "core")
    os.makedirs(work, exist_ok=True)
    for name in os.listdir(work):
        os.remove(os.path.join(work, name))
    text = planted.text_with(fault)
    if text is None:
        return None, planted.AMBIGUOUS
    changed = os.path.join(options.work, fault["file"])
    with open(changed, "w", encoding="utf-8") as file:
        file.write(text)
    sources = [fault["file"]] if changed.endswith(".c") else sorted(os.path.join("core", name) for name in os.listdir("core") if name.endswith(".c"))
    objects = {source: os.path.join(options.work, source.replace("/", "_") + ".o") for source in sources}
    compiler = shlex.split(options.compile)
    for source, out in objects.items():
        source = changed if source == fault["file"] else source
        done = subprocess.run([compiler[0], "-I" + options.work, *compiler[1:], "-w", "-c", source, "-o", out], capture_output=True, text=True, check=False)
        if done.returncode:
            return None, done.stderr
    others = [o for o in options.objects.split() if not any(o.endswith(source + ".o") for source in sources)]
    program = os.path.join(options.work, "replay")
    done = subprocess.run([*shlex.split(options.link), "-o", program, *objects.values(), *others], capture_output=True, text=True, check=False)
    return (None, done.stderr) if done.returncode else (program, "")


def check_planted(tap, replay, text):
    for fault in planted.faults(os.path.join(HERE, "planted.txt")):
        program, why = plant(replay.options, fault)
        done = replay.run(program, text) if program else None
        tap.check(done and done.returncode == 1, f"the replay notices: {fault['bug']}", done.stdout if done else why)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("dump", "image", "replay", "work", "compile", "link", "objects"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    tap, replay = Tap(), Replay(options)
    for check in (check_text, check_json, check_picture, check_misuse):
        check(tap)
    with open(options.dump, encoding="utf-8", errors="replace") as file:
        text = file.read()
    check_replay(tap, replay, text)
    check_planted(tap, replay, text)
    tap.print()


if __name__ == "__main__":
    main()
