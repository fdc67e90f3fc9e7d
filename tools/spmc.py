"""The SPMC manifest: generated from the board and the partitions, or given, as other projects write it for Hafnium."""

import functools

from manifest import PAGE, Refused, cells, hexadecimal, number, read_tree, text
from place import merged, span

MAX_RANGES = 8  # of each kind, in Bulkhead


def ranges(spans):
    """Spans as cells of a `reg` property, two for each number."""
    return ", ".join(f"<{a >> 32:#x} {a & 0xffffffff:#x} {(b - a) >> 32:#x} {(b - a) & 0xffffffff:#x}>" for a, b in spans)


def device_spans(partitions, nonsecure):
    return [r.span(0) for p in partitions for r in p.manifest.regions if r.device and r.nonsecure == nonsecure]


def generate(board, cpus, normal, partitions, trace=False):
    spmc = board["spmc"]
    vms = "".join(f"""
        vm{index} {{
            is_ffa_partition;
            debug_name = "{p.name}";
            load_address = <{p.address:#x}>;
            vcpu_count = <{p.manifest.contexts}>;
            mem_size = <{p.mem_size:#x}>;
        }};""" for index, p in enumerate(partitions, 1))
    told = "\n        bulkhead,trace-for-normal-world;" if trace else ""
    # Hafnium's order: the boot CPU first, the others from the highest down.
    cpu_nodes = "".join(f"""
        cpu@{index:x} {{ device_type = "cpu"; reg = <{index:#x}>; }};""" for index in [0, *range(cpus - 1, 0, -1)])
    devices = [span(device) for device in board["partition_devices"]]
    kinds = [("memory", [span(area) for area in board["secure_memory"]]), ("ns-memory", normal),
             ("device-memory", merged(devices + device_spans(partitions, False))),
             ("ns-device-memory", merged(device_spans(partitions, True)))]
    for kind, spans in kinds:
        if len(spans) > MAX_RANGES:
            raise Refused(f"the partitions' manifests name {len(spans)} separate ranges of {kind}, expected at most {MAX_RANGES}")
    memory_nodes = "".join(f"""
    memory@{index} {{ device_type = "{kind}"; reg = {ranges(spans)}; }};""" for index, (kind, spans) in enumerate(kinds) if spans)
    return f"""/dts-v1/;

/ {{
    compatible = "arm,ffa-core-manifest-1.0";
    #address-cells = <2>;
    #size-cells = <2>;

    attribute {{
        maj_ver = <1>;
        min_ver = <2>;
        spmc_id = <{spmc["id"]}>;
        exec_state = <0>;
        load_address = <0x0 {spmc["load_address"]}>;
        entrypoint = <0x0 {spmc["load_address"]}>;
        binary_size = <{spmc["size"]}>;
    }};

    hypervisor {{
        compatible = "hafnium,hafnium";
        bulkhead,logical-partition;{told}{vms}
    }};

    cpus {{
        #address-cells = <1>;
        #size-cells = <0>;{cpu_nodes}
    }};
{memory_nodes}
}};
"""


class Vm:
    """One of vm1, vm2 …: where BL2 has to put a package."""

    def __init__(self, manifest, node):
        properties = node.properties
        self.node, self.properties = node, properties
        self.names = {text(properties.get("debug_name", b"")), text(properties.get("kernel_filename", b"")).rpartition("/")[2].split(".")[0]} - {""}
        self.address, self.size = (self._number(manifest, name) for name in ("load_address", "mem_size"))

    def _number(self, manifest, name):
        data = self.properties.get(name)
        if data is None or len(data) not in (4, 8) or number(data) % PAGE:
            manifest.refuse(f"hypervisor/{self.node.name}/", name, "missing" if data is None else hexadecimal(data),
                            "one or two cells, a multiple of 4 KiB")
        return number(data)


class Manifest:
    """A SPMC manifest that somebody else wrote, or that was found in a flash image."""

    def __init__(self, path, data=None):
        self.path = path
        self.tree, self.blob = read_tree(path, data)
        if len(self.blob) > PAGE:
            raise Refused(f"{path}: {len(self.blob)} bytes, expected at most {PAGE}: BL31 maps one page")
        if not text(self.tree.properties.get("compatible", b"")).startswith("arm,ffa-core-manifest-1."):
            self.refuse("", "compatible", f'"{text(self.tree.properties.get("compatible", b""))}"', '"arm,ffa-core-manifest-1.0"')
        cpus = self.tree.child("cpus")
        self.cpus = sum(text(c.properties.get("device_type", b"")) == "cpu" for c in cpus.children) if cpus else 0
        hypervisor = self.tree.child("hypervisor")
        named = {child.name: child for child in hypervisor.children} if hypervisor else {}
        self.vms = []
        while f"vm{len(self.vms) + 1}" in named:
            self.vms.append(Vm(self, named[f"vm{len(self.vms) + 1}"]))

    def refuse(self, node, name, value, expected):
        raise Refused(f"{self.path}: {node}{name} is {value}, expected {expected}")

    def spans(self, kind):
        """The ranges of the memory nodes of one kind."""
        address, size = (number(self.tree.properties.get(f"#{what}-cells", b"\2")) for what in ("address", "size"))
        result = []
        for node in self.tree.children:
            if text(node.properties.get("device_type", b"")) != kind:
                continue
            reg = cells(node.properties.get("reg", b""))
            if not reg or len(reg) % (address + size):
                self.refuse(f"{node.name}/", "reg", f"{len(reg)} cells", f"pairs of address ({address} cells) and size ({size})")
            for i in range(0, len(reg), address + size):
                base, length = (int("".join(f"{cell:08x}" for cell in part), 16) for part in (reg[i:i + address], reg[i + address:i + address + size]))
                result.append((base, base + length))
        return result

    def check(self, board):
        """What TF-A's SPMD and Bulkhead need of it on this board."""
        attribute = self.tree.child("attribute")
        values = {name: number(data) for name, data in attribute.properties.items()} if attribute else {}
        spmc = {name: int(board["spmc"][name], 0) for name in ("load_address", "size")}
        rules = (("maj_ver", lambda v: v == 1, "1"), ("min_ver", lambda v: v <= 2, "at most 2"),
                 ("spmc_id", lambda v: 0x8000 <= v < 0xffc0, "0x8000 to 0xffbf"), ("exec_state", lambda v: v == 0, "0 (AArch64)"),
                 ("load_address", lambda v: v == spmc["load_address"], f"{spmc['load_address']:#x}, where TF-A loads the SPMC"),
                 ("entrypoint", lambda v: v == spmc["load_address"], f"{spmc['load_address']:#x}"),
                 ("binary_size", lambda v: v > 0, "the size of the SPMC's memory"))
        for name, right, expected in rules:
            if name not in values and name in ("exec_state", "entrypoint"):
                continue
            if name not in values or not right(values[name]):
                self.refuse("attribute/", name, hex(values[name]) if name in values else "missing", expected)
        if not 1 <= self.cpus <= board["max_cpus"]:
            self.refuse("cpus/", "cpu@…", f"{self.cpus} nodes", f'1 to {board["max_cpus"]} with device_type "cpu"')
        for kind in ("memory", "ns-memory"):
            if not self.spans(kind):
                self.refuse("", "memory@…", "missing", f'a node with device_type "{kind}"')

    def place(self, partitions):
        """Each partition at its vm: the one that has its name, else the next that nobody has."""
        free = list(self.vms)
        if len(free) != len(partitions):
            names = ", ".join(vm.node.name for vm in free) or "none"
            raise Refused(f"{self.path}: hypervisor has {len(free)} partitions ({names}), expected {len(partitions)}, as many as are packed")
        chosen = {}
        for partition in partitions:
            vm = next((vm for vm in free if partition.name in vm.names), None)
            if vm:
                chosen[partition] = vm
                free.remove(vm)
        for partition in partitions:
            vm = chosen.get(partition) or free.pop(0)
            where = f"hypervisor/{vm.node.name}/"
            if partition.address not in (None, vm.address):
                self.refuse(where, "load_address", hex(vm.address), f"{partition.address:#x}, the load-address of {partition.manifest.path}")
            if vm.size < len(partition.package):
                self.refuse(where, "mem_size", hex(vm.size), f"at least {len(partition.package):#x}, the size of {partition.name}'s package")
            partition.address, partition.mem_size = vm.address, vm.size
            partition.refuse_address = functools.partial(self.refuse, where, "load_address", hex(vm.address))
