"""Run the proofs of tests/prove with CBMC, two at a time, or the faults that they must find. Output is TAP.

    prove.py run BUILD CBMC LIBFDT [NAME…]    each proof, or those named; what they took goes to BUILD/prove/times.json
    prove.py planted BUILD CBMC LIBFDT [NAME…]      each fault of tests/prove/planted.txt must make its proof fail
    prove.py docs BUILD                       the table in docs/VERIFICATION.md, from the harnesses and the times
    prove.py check                            whether that table lists the harnesses as they are

A harness tests/prove/prove_NAME.c begins with a comment of four parts: `Proves:`, `Bounds:`, `libfdt:` (where it is
used) and `Options:`, further options of CBMC.
"""

import concurrent.futures
import glob
import json
import os
import re
import resource
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests"))
import planted as faults  # noqa: E402

FOLDER = "tests/prove"
DOCUMENT = "docs/VERIFICATION.md"
BEGIN, END = "<!-- proofs: begin (make prove-docs) -->\n", "<!-- proofs: end -->\n"
JOBS = int(os.environ.get("PROVE_JOBS", "2"))
SECONDS_MAX = 300  # of a processor, for CBMC and its solver each
CHECKS = ("--unwinding-assertions --bounds-check --pointer-check --pointer-overflow-check --pointer-primitive-check "
          "--signed-overflow-check --undefined-shift-check --div-by-zero-check --drop-unused-functions --object-bits 10 --slice-formula").split()


class Proof:
    """A harness and what its first comment says."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[len("prove_"):-len(".c")]
        with open(path, encoding="utf-8") as file:
            comments = re.findall(r"/\*(.*?)\*/", file.read(), re.S)
        text = re.sub(r"\n\s*\* ?", "\n", comments[1])
        parts = re.split(r"^\s*(Proves|Bounds|libfdt|Options):", text, flags=re.M)
        self.parts = {key: " ".join(value.split()) for key, value in zip(parts[1::2], parts[2::2])}
        if not {"Proves", "Bounds"} <= set(self.parts):
            sys.exit(f"{path}: its first comment says not what it proves, and within which bounds")

    def command(self, cbmc, libfdt, first=()):
        """How CBMC is called; `first`: folders whose files come before those of the tree."""
        folders = [*first, ".", "tests", FOLDER, "tools/libfdt-env", libfdt]
        solver = [] if "--sat-solver" in self.parts.get("Options", "") else ["--external-sat-solver", os.path.join(os.path.dirname(cbmc), "cadical")]
        return [cbmc, self.path, *solver, *(f"-I{folder}" for folder in folders), *CHECKS, *self.parts.get("Options", "").split()]


def proofs():
    return [Proof(path) for path in sorted(glob.glob(f"{FOLDER}/prove_*.c"))]


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))


def cbmc(command, log):
    """Output, whether all holds (None: neither proved nor refuted), and seconds of a processor: others may use it too."""
    os.makedirs(os.path.dirname(log), exist_ok=True)
    with open(log, "wb") as file, subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, preexec_fn=limit) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    with open(log, encoding="utf-8", errors="replace") as file:
        output = file.read()
    return output, {0: True, 10: False}.get(process.returncode), usage.ru_utime + usage.ru_stime


def failures(output):
    """What does not hold, one a line."""
    found = [match[1] for match in re.finditer(r"^(?:\[\S+\] )?(.*): FAILURE$", output, re.M)]
    found += [match[1].strip() for match in re.finditer(r"^Violated property:\n.*\n(.*)", output, re.M)]
    return found


def reason(output, holds):
    if holds is None:
        lines = [line for line in output.splitlines() if line.strip()]
        return next((line for line in lines if "rror" in line), f"no result in {SECONDS_MAX} s of a processor" if lines else "no output")
    return (failures(output) or ["nothing"])[0]


def in_parallel(work, items):
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(work, items))


def tap(results):
    """`results`: (name, None or why it failed)."""
    print("TAP version 13")
    print(f"1..{len(results)}")
    for number, (name, wrong) in enumerate(results, 1):
        print(f"ok {number} - {name}" if wrong is None else f"not ok {number} - {name}: {wrong}")
    sys.exit(1 if any(wrong is not None for _, wrong in results) else 0)


def run(build, program, libfdt, *names):
    chosen = [proof for proof in proofs() if not names or proof.name in names]
    os.makedirs(f"{build}/prove", exist_ok=True)

    def one(proof):
        output, holds, seconds = cbmc(proof.command(program, libfdt), f"{build}/prove/{proof.name}.log")
        print(f"# {proof.name}: {'holds' if holds else 'DOES NOT HOLD'}, {seconds:.1f} s: {proof.parts['Proves']} "
              f"Bounds: {proof.parts['Bounds']}", flush=True)
        return seconds, None if holds else reason(output, holds)

    began = time.monotonic()
    took = seconds_in_document()
    chosen.sort(key=lambda proof: -took.get(proof.name, SECONDS_MAX))  # the longest first, so that no processor waits at the end
    results = in_parallel(one, chosen)
    path = f"{build}/prove/times.json"
    times = {}
    if names and os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            times = json.load(file)
    times |= {proof.name: round(seconds, 1) for proof, (seconds, _) in zip(chosen, results)}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(times, file, indent=1)
    print(f"# {len(chosen)} proofs in {time.monotonic() - began:.0f} s, {JOBS} at a time; {sum(seconds for seconds, _ in results):.0f} s of one core")
    tap([(f"{proof.name} holds", wrong) for proof, (_, wrong) in zip(chosen, results)])


def plant(fault, folder):
    """Writes the file with the fault into `folder`; whether the line was there exactly once."""
    text = faults.text_with(fault)
    if text is None:
        return False
    os.makedirs(os.path.dirname(f"{folder}/{fault['file']}"), exist_ok=True)
    with open(f"{folder}/{fault['file']}", "w", encoding="utf-8") as file:
        file.write(text)
    return True


def planted(build, program, libfdt, *names):
    by_name = {proof.name: proof for proof in proofs()}
    chosen = [fault for fault in faults.faults(f"{FOLDER}/planted.txt") if not names or fault["by"] in names]

    def one(item):
        number, fault = item
        proof = by_name.get(fault["by"])
        folder = f"{build}/prove/bug{number}"
        if proof is None:
            return "no such proof"
        if not plant(fault, folder):
            return faults.AMBIGUOUS
        output, holds, seconds = cbmc([*proof.command(program, libfdt, [folder]), "--stop-on-fail"], f"{folder}/log")
        print(f"# {fault['by']}: {seconds:.1f} s", flush=True)
        if holds is not False:
            return "nothing is found" if holds else reason(output, holds)
        if not any(re.search(fault["caught"], found) for found in failures(output)):
            return f"found in another way: {reason(output, holds)}"
        return None

    results = in_parallel(one, list(enumerate(chosen, 1)))
    without = sorted(set(names or by_name) - {fault["by"] for fault in chosen})
    tap([(f"found: {fault['bug']}", wrong) for fault, wrong in zip(chosen, results)] +
        [("each proof has a planted fault", f"not {', '.join(without)}" if without else None)])


def document():
    """The document in three pieces; the middle one is the table."""
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    return before, table, after


def seconds_in_document():
    """Of each proof in the table, what it took when that was written."""
    return {name: float(seconds) for name, seconds in re.findall(r"^\| `(\w+)` \|.*\| ([0-9.]+) \|$", document()[1], re.M)}


def row(proof, seconds):
    model = f" libfdt: {proof.parts['libfdt']}" if "libfdt" in proof.parts else ""
    return f"| `{proof.name}` | {proof.parts['Proves']} | {proof.parts['Bounds']}{model} | {seconds} |\n"


def docs(build):
    with open(f"{build}/prove/times.json", encoding="utf-8") as file:
        times = json.load(file)
    table = "| proof | what it shows | bounds | seconds |\n|---|---|---|---:|\n"
    table += "".join(row(proof, times.get(proof.name, "")) for proof in proofs())
    before, _, after = document()
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}{table}\n{len(times)} proofs, {sum(times.values()):.0f} seconds of one core.\n{END}{after}")


def check():
    missing = [proof.name for proof in proofs() if row(proof, "")[:-len(" |\n")] not in document()[1]]
    if missing:
        sys.exit(f"{DOCUMENT}: not as the harnesses say: {', '.join(missing)} (make prove prove-docs)")


if __name__ == "__main__":
    {"run": run, "planted": planted, "docs": docs, "check": check}[sys.argv[1]](*sys.argv[2:])
