"""Flash images of other people's parts, by the commands that people type: what boots, and what wrong input is told. TAP.

    flash.py BUILD CACHE
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

BUILD, CACHE = sys.argv[1:3]
HERE = os.path.dirname(__file__)
SECONDS = 200
NEW = "flash_test"  # a partition that is made in this tree and removed again

MANIFEST = """/dts-v1/;
/ {
    compatible = "arm,ffa-manifest-1.0";
    ffa-version = <0x10001>;
    uuid = <1 2 3 4>;
    execution-ctx-count = <1>;
    exception-level = <2>;
    entrypoint-offset = <0x4000>;
    messaging-method = <1>;
    PROPERTIES
};
"""
REGION = 'memory-regions { compatible = "arm,ffa-manifest-memory-regions"; r { base-address = <%s>; pages-count = <16>; attributes = <%s>; }; };'
DEVICE = 'device-regions { compatible = "arm,ffa-manifest-device-regions"; r { base-address = <%s>; pages-count = <1>; attributes = <3>; }; };'


def make(*arguments):
    """Its status and its output, of both kinds together."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    command = ["make", "--no-print-directory", f"BUILD={BUILD}", f"CACHE={CACHE}", *arguments]
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return 124, f"{' '.join(arguments)}: still running after {SECONDS} s"
    return done.returncode, done.stdout.decode("utf-8", "replace")


def secure_console(output):
    """What is in the log that the banner of `make run` names."""
    match = re.search(r"Secure console: (\S+)", output)
    if not match:
        return ""
    with open(match[1], encoding="utf-8", errors="replace") as file:
        return file.read()


class Tests:
    def __init__(self):
        self.number = 0

    def result(self, name, problem=None, output=""):
        self.number += 1
        print(f"{'not ok' if problem else 'ok'} {self.number} - {name}", flush=True)
        if problem:
            print("# " + problem)
            print("".join(f"#   {line}\n" for line in output.splitlines()[-25:]), end="")

    def refused(self, name, line, *arguments):
        """One line, which says just this, beside make's own; and nothing is packed."""
        status, output = make(*arguments)
        lines = [text for text in output.splitlines() if not text.startswith("make")]
        problem = None
        if status == 0:
            problem = "it was taken"
        elif len(lines) != 1 or not re.fullmatch(line, lines[0]):
            problem = f"expected one line: {line}"
        self.result(name, problem, output)

    def boots(self, name, wanted, *arguments, unwanted=r"^not ok|^boot:", secure=False):
        """With `secure`, what is wanted may also stand on the Secure console."""
        status, output = make("run", *arguments)
        if secure:
            output += secure_console(output)
        missing = [pattern for pattern in wanted if not re.search(pattern, output, re.M)]
        problem = f"ended with {status}" if status else f"no '{missing[0]}'" if missing else None
        if re.search(unwanted, output, re.M):
            problem = "a part of it failed"
        self.result(name, problem, output)

    def packed(self, name, *arguments):
        status, output = make("flash", *arguments)
        self.result(name, f"ended with {status}" if status else None, output)


class Parts:
    """Folders as other projects' builds leave them."""

    def __init__(self, root):
        self.root = root

    def path(self, *names):
        return os.path.join(self.root, *names)

    def folder(self, name, files):
        os.makedirs(self.path(name))
        for file, data in files.items():
            with open(self.path(name, file), "wb") as output:
                output.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def partition(self, name, properties="", size=0x1000):
        """An image of zeroes; later definitions of a property win."""
        source = MANIFEST.replace("PROPERTIES", properties)
        for word in re.findall(r"^\s*([\w-]+) =", properties, re.M):
            source = re.sub(rf"^    {word} = .*\n", "", source, count=1, flags=re.M) if source.count(word + " =") > 1 else source
        return self.folder(name, {"image.bin": bytes(size), "manifest.dts": source})

    def built(self, name, source):
        """A partition of this tree, as if it came from elsewhere."""
        os.makedirs(self.path(name), exist_ok=True)
        for suffix in (".bin", ".dtb"):
            shutil.copy(os.path.join(BUILD, "partitions", source, source + suffix), self.path(name))
        return self.path(name)

    def package(self, name, source):
        """As TF-A's sptool makes it, with offsets of its own."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        stem = os.path.join(BUILD, "partitions", source, source)
        subprocess.run([sys.executable, os.path.join(CACHE, "tfa/tools/sptool/sptool.py"), "-i", f"{stem}.bin:{stem}.dtb",
                        "--pm-offset", "0x2000", "--img-offset", "0x4000", "-o", self.path(name)], check=True)
        return self.path(name)

    def spmc(self, name, old="", new=""):
        with open(os.path.join(HERE, "hafnium.dts"), encoding="utf-8") as file:
            source = file.read()
        assert old in source
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(source.replace(old, new))
        return self.path(name)


def wrong_command_lines(t, parts):
    out = "OUT=" + parts.path("x.bin")
    t.refused("a missing OUT", "pack: OUT is missing, expected a file: make flash OUT=FILE", "flash")
    t.refused("an OUT in no folder", "pack: OUT is '.*', expected a file in a folder that exists", "flash", "OUT=" + parts.path("no/x.bin"))
    t.refused("a MEMORY that is none", "pack: MEMORY is '1024', expected a number and M or G, .*", "flash", out, "MEMORY=1024")
    t.refused("too little MEMORY", "pack: MEMORY is '1M', expected .* from 16M to 63G, .*", "flash", out, "MEMORY=1M")
    t.refused("no CPUS", "pack: CPUS is '0', expected 1 to 8", "flash", out, "CPUS=0")
    t.refused("too many CPUS", "pack: CPUS is '9', expected 1 to 8", "flash", out, "CPUS=9")
    t.refused("CPUS in words", "pack: CPUS is 'four', expected 1 to 8", "flash", out, "CPUS=four")
    t.refused("a BL33 that is not there", "pack: BL33 is '/nothing', expected a file: .*", "flash", out, "BL33=/nothing")
    for base in ("here", "0x40400010", "0x40000000", "0x7fffffff000"):
        t.refused(f"BL33_BASE {base}", f"pack: BL33_BASE is '{base}', expected a multiple of 4 KiB, and .*",
                  "flash", out, "BL33=README.md", "BL33_BASE=" + base)
    t.refused("BL33 above the memory", "pack: BL33_BASE is '0x60000000', .* 0x60000000", "flash", out, "BL33=README.md",
              "BL33_BASE=0x60000000", "MEMORY=512M")
    t.refused("BL33_BASE without BL33", "pack: BL33_BASE is '0x60000000', expected BL33 beside it: .*",
              "flash", out, "BL33_BASE=0x60000000")
    t.refused("a partition that is not there", "pack: nobody: no such folder, and no such partition of this tree",
              "flash", out, "PARTITIONS=nobody")
    t.refused("a file that is no package", "pack: README.md: no folder and no .pkg", "flash", out, "PARTITIONS=README.md")
    t.refused("a FLASH that does not exist", "boot: /nothing: No such file or directory", "run", "FLASH=/nothing")
    t.refused("a FLASH beside BL33", "boot: FLASH has all in it, expected no BL33 and no SPMC_MANIFEST", "run", "FLASH=x", "BL33=README.md")
    t.refused("a FLASH that is none", "boot: README.md: no FIP at 0x40000, expected .*", "run", "FLASH=README.md")


def wrong_folders(t, parts):
    def refused(name, line, *sources):
        t.refused(name, line, "flash", "OUT=" + parts.path("x.bin"), "PARTITIONS=" + " ".join(sources))

    refused("an empty folder", r"pack: .*/empty: no image, expected one \*.bin or \*.img", parts.folder("empty", {}))
    refused("a folder without a manifest", r"pack: .*/bare: no manifest, expected one \*.dtb or \*.dts",
            parts.folder("bare", {"a.bin": "x"}))
    refused("two images", r"pack: .*/two: 2 files match \*.bin \(a.bin, b.bin\), expected one",
            parts.folder("two", {"a.bin": "x", "b.bin": "x", "m.dts": MANIFEST}))
    refused("a manifest that is no device tree", r"pack: .*/text/m.dts: not a device tree \(dtc: .*\)",
            parts.folder("text", {"a.bin": "x", "m.dts": "hello"}))
    refused("a blob that is no device tree", r"pack: .*/blob/m.dtb: not a device tree \(dtc: .*\)",
            parts.folder("blob", {"a.bin": "x", "m.dtb": "hello"}))
    refused("a package that is none", 'pack: .*/text.pkg: magic is .*, expected "SPKG": .*', parts.folder("packages", {"text.pkg": "hello"}) + "/text.pkg")
    refused("a package cut off", "pack: .*/short.pkg: manifest and image are .*, expected to follow each other in .* bytes",
            parts.folder("short", {"short.pkg": b"SPKG" + b"".join(n.to_bytes(4, "little") for n in (2, 0x1000, 100, 0x4000, 100))}) + "/short.pkg")
    refused("more than 8", "pack: 9 partitions, expected at most 8: BL2 loads no more packages", *(parts.partition(f"many{i}") for i in range(9)))
    refused("an image too large", r"pack: .*/large/image.bin: a package of 4198400 bytes, expected at most 4194304: .*",
            parts.partition("large", "", 0x3fd000))
    refused("a manifest too large", "pack: .*: size is .* bytes, expected at most 4096", parts.partition("wordy",
            f'note = "{"x" * 5000}";'))


def wrong_manifests(t, parts):
    cases = [("ffa-version = <0x20000>;", "ffa-version is 0x20000, expected 1.0, 1.1 or 1.2 .*"),
             ("execution-ctx-count = <9>;", "execution-ctx-count is 0x9, expected 1 to 8"),
             ("execution-ctx-count = <2>;", r"execution-ctx-count is 2, expected 1, or at least 4 \(the number of CPUs\)"),
             ("execution-state = <1>;", r"execution-state is 0x1, expected 0 \(AArch64\)"),
             ("uuid = <1 2 3>;", "uuid is 0x1 0x2 0x3, expected four cells for each UUID"),
             ("entrypoint-offset = <0x100000>;", r"entrypoint-offset is 0x100000, expected 0x4000 \(start of the image\) up to 0x5000"),
             ("mem-size = <0x4000>;", "mem-size is 0x4000, expected at least 0x5000, the package's size"),
             ("load-address = <0x0e200001>;", "load-address is 0xe200001, expected a multiple of 4 KiB"),
             ("load-address = <0x0e100000>;", "load-address is 0xe100000, expected 0x5000 bytes of partition memory, 0xe200000 to 0xf000000"),
             ("bulkhead,budget-ms = <0>;", "bulkhead,budget-ms is 0x0, expected 1 to 60000"),
             (REGION % ("0x0e200800", "3"), "memory-regions/r/base-address is 0xe200800, expected a multiple of 4 KiB"),
             (REGION % ("0x0e400000", "2"), "memory-regions/r/attributes is 0x2, expected 1 .*"),
             (REGION % ("0x0e100000", "3"), "memory-regions/r/base-address is 0xe100000, expected partition memory, .*"),
             (REGION % ("0x20000000", "11"), "memory-regions/r/base-address is 0x20000000, expected Normal-world memory, .*"),
             (REGION % ("0x40000000", "11"), "memory-regions/r/base-address is 0x40000000, expected what the device tree does not use .*"),
             (DEVICE % "0x08000000", "device-regions/r/base-address is 0x8000000, expected a device in .*"),
             (DEVICE % "0x090b0000", "device-regions/r/base-address is 0x90b0000, expected a device in .*"),
             ("rx_tx-info { rx-buffer = <7>; tx-buffer = <7>; };", "rx_tx-info/rx-buffer is 0x7, expected .* memory region")]
    for i, (properties, line) in enumerate(cases):
        folder = parts.partition(f"wrong{i}", properties)
        t.refused(f"in a manifest: {properties.split(' {')[0]} {line.split(',')[0]}", f"pack: {folder}/manifest.dts: {line}",
                  "flash", "OUT=" + parts.path("x.bin"), "PARTITIONS=" + folder)
    two = parts.partition("within", 'memory-regions { compatible = "arm,ffa-manifest-memory-regions"; '
                          'a { load-address-relative-offset = <0x8000>; pages-count = <2>; attributes = <1>; }; '
                          'b { load-address-relative-offset = <0x9000>; pages-count = <1>; attributes = <3>; }; };')
    t.refused("two regions of one page of the package", f"pack: {two}/manifest.dts: memory-regions/b/base-address is 0xe209000, expected what "
              r"within's memory-regions/a does not use \(.*\)", "flash", "OUT=" + parts.path("x.bin"), "PARTITIONS=" + two)
    pairs = [("load addresses that overlap", "load-address = <0x0e300000>;", "load-address = <0x0e302000>;",
              "load-address is 0xe302000, expected memory that low does not use .*"),
             ("a region in another's memory", "load-address = <0x0e300000>;", REGION % ("0x0e2f8000", "3"),
              "memory-regions/r/base-address is 0xe2f8000, expected .* outside of low .*"),
             ("two regions that overlap", REGION % ("0x0e400000", "3"), REGION % ("0x0e408000", "3"),
              "memory-regions/r/base-address is 0xe408000, expected what low's memory-regions/r does not use .*")]
    for i, (name, low, high, line) in enumerate(pairs):
        sources = parts.partition(f"pair{i}/low", low), parts.partition(f"pair{i}/high", high)
        t.refused(name, "pack: .*/high/manifest.dts: " + line, "flash", "OUT=" + parts.path("x.bin"), "PARTITIONS=" + " ".join(sources))


def wrong_spmc_manifests(t, parts):
    def refused(name, line, manifest, *more):
        t.refused(name, "pack: " + line, "flash", "OUT=" + parts.path("x.bin"), "SPMC_MANIFEST=" + manifest, *more)

    two = "PARTITIONS=" + " ".join(parts.partition(name) for name in ("vm/a", "vm/b"))
    refused("an SPMC manifest that is not there", "/no.dts: No such file or directory", "/no.dts")
    refused("an SPMC manifest beside MEMORY", "MEMORY and CPUS do not go with SPMC_MANIFEST, .*", parts.spmc("m.dts"), "MEMORY=1G")
    refused("an SPMC manifest larger than a page", ".*: .* bytes, expected at most 4096: BL31 maps one page",
            parts.spmc("large.dts", "exec_state", f'note = "{"x" * 4096}"; exec_state'))
    refused("another major version", ".*: attribute/maj_ver is 0x2, expected 1", parts.spmc("major.dts", "maj_ver = <0x1>",
            "maj_ver = <2>"))
    refused("an address that is not BL32's", ".*: attribute/load_address is 0x6000000, expected 0xe100000, .*",
            parts.spmc("where.dts", "0x0 0x0e100000>;\n\t\tentry", "0x0 0x06000000>;\n\t\tentry"))
    refused("a vm without an address", ".*: hypervisor/vm2/load_address is missing, expected one or two cells, .*",
            parts.spmc("lost.dts", "load_address = <0x0 0x0e300000>;"))
    refused("another number of partitions", r".*: hypervisor has 2 partitions \(vm1, vm2\), expected 1, as many as are packed",
            parts.spmc("few.dts"), "PARTITIONS=" + parts.path("vm/a"))
    refused("too little memory for a package", ".*: hypervisor/vm2/mem_size is 0x1000, expected at least 0x5000, .*",
            parts.spmc("small.dts", "<0x0 0x100000>", "<0x1000>"), two)
    refused("vms that overlap", ".*: hypervisor/vm2/load_address is 0xe3ff000, expected memory that a does not use .*",
            parts.spmc("over.dts", "0x0 0x0e300000", "0x0e3ff000"), two)


def images_that_boot(t, parts):
    flash = parts.path("world.bin")
    t.packed("a Normal world in the image is packed", "OUT=" + flash, f"BL33={BUILD}/bl33/bl33.bin", "MEMORY=512M")
    t.boots("a Normal world in the image runs, with the memory that was asked for", ["^# bl33: 4 CPUs, 512 MiB", r"^1\.\.\d+$"],
            "FLASH=" + flash, "APPEND=suite=version")
    t.boots("a CPU, memory and devices from QEMU_ARGS", ["^# bl33: 4 CPUs, 1536 MiB", r"^1\.\.\d+$"],
            "FLASH=" + flash, "APPEND=suite=version", "QEMU_ARGS=-cpu neoverse-n2 -m 1536M -device virtio-rng-pci")

    flash = parts.path("alone.bin")
    t.packed("no partitions are packed", "OUT=" + flash, "PARTITIONS=")
    t.boots("Linux without partitions, with more memory than the default", ["^Linux .* on 4 CPUs", "^demonstration passed"],
            "FLASH=" + flash, "QEMU_ARGS=-m 5G")

    flash = parts.path("packages.bin")
    folder = os.path.dirname(parts.package("packages/vault.pkg", "vault"))
    t.packed("packages of sptool, by file and in a folder, are packed", "OUT=" + flash, "CPUS=2", "MEMORY=768M",
             f"PARTITIONS={folder}/vault.pkg {os.path.dirname(parts.package('ticker/any.pkg', 'ticker'))} echo")
    t.boots("packages of sptool run", ["2 CPUs, 768M", "^Linux .* on 2 CPUs", " vault ", " ticker ", " echo ",
            "^demonstration passed"], "FLASH=" + flash)

    flash = parts.path("roomy.bin")
    t.packed("a large partition among others is packed", "OUT=" + flash, "CPUS=8",
             f"PARTITIONS={parts.built('foreign', 'roomy')} vault {parts.built('other', 'echo')} ticker")
    t.boots("a large partition runs with its regions and buffers", ["8 CPUs, 2G", "^ok [0-9]+ - uses its buffers, the fixed region",
            "^ok [0-9]+ - gives back what it was sent"],
            "FLASH=" + flash, "APPEND=bulkhead.mode=partition", "MEMORY=2G")

    flash = parts.path("hafnium.bin")
    t.packed("an SPMC manifest written for Hafnium is packed", "OUT=" + flash, f"SPMC_MANIFEST={HERE}/hafnium.dts", "PARTITIONS=echo vault")
    t.boots("an SPMC manifest written for Hafnium boots", ["3 CPUs, 768M", "^Linux .* on 3 CPUs", "^0x8001  7661.* first  *8",
            "^0x8002  6563.* second  *1", "^demonstration passed", "vm1: smc_whitelist is <0xb2000000 0x84000001>, expected none: ",
            "vm1: smc_whitelist_permissive is there, expected none: "], "FLASH=" + flash, secure=True)


def new_partitions(t):
    rule = "new-partition: NAME is '%s', expected at most 15 small letters, digits and _, a letter first, .*"
    t.refused("a new partition without a name", "new-partition: NAME is missing, expected .*", "new-partition")
    for name in ("Upper", "1st", "a-b", "../x", "demo", "sixteen_letters_"):
        t.refused(f"a new partition '{name}'", rule % re.escape(name), "new-partition", "NAME=" + name)
    t.refused("a new partition of a name that is taken",
              "new-partition: NAME is 'echo', expected a new name: partitions/echo exists", "new-partition", "NAME=echo")
    folder = os.path.join("partitions", NEW)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        status, output = make("new-partition", "NAME=" + NEW)
        t.result("a new partition is made", f"ended with {status}" if status else None, output)
        t.boots("a new partition is in the list, and passes its test", [f"^ok 1 - echo is", f"^ok [0-9]+ - {NEW} is in the list",
                "^ok [0-9]+ - adds two numbers"],
                "EXTRA=" + NEW, "APPEND=bulkhead.mode=partition")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    t = Tests()
    with tempfile.TemporaryDirectory() as root:
        parts = Parts(root)
        wrong_command_lines(t, parts)
        wrong_folders(t, parts)
        wrong_manifests(t, parts)
        wrong_spmc_manifests(t, parts)
        images_that_boot(t, parts)
    new_partitions(t)
    print(f"1..{t.number}")


if __name__ == "__main__":
    main()
