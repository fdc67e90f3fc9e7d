"""Where partitions lie: at the address that a manifest asks for, else at the lowest that is free of partitions and of
memory regions. What collides is refused, with both names."""

from manifest import Refused


def span(pair):
    base, size = (int(x, 0) for x in pair)
    return base, base + size


def overlap(a, b):
    return a[0] < b[1] and b[0] < a[1]


def inside(a, spans):
    return any(low <= a[0] and a[1] <= high for low, high in spans)


def listed(spans):
    return ", ".join(f"{low:#x} to {high:#x}" for low, high in spans) or "none"


def merged(spans):
    """Sorted, with neighbours joined."""
    result = []
    for low, high in sorted(spans):
        if result and low <= result[-1][1]:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result


def common(spans, others):
    """What both lists have."""
    return merged([(max(a[0], b[0]), min(a[1], b[1])) for a in spans for b in others if overlap(a, b)])


class Map:
    """The memory that an image may use. A given SPMC manifest narrows what the board has."""

    def __init__(self, board, normal, given=None):
        board_spans = {name: [span(pair) for pair in board[name]] for name in (
            "secure_memory", "partition_areas", "device_windows", "firmware_devices")}
        self.secure, self.normal = board_spans["secure_memory"], normal
        self.devices = {False: board_spans["device_windows"], True: board_spans["device_windows"]}
        self.areas, self.firmware = board_spans["partition_areas"], board_spans["firmware_devices"]
        if given:
            self.secure, self.normal = common(merged(given.spans("memory")), self.secure), given.spans("ns-memory")
            self.devices = {False: given.spans("device-memory"), True: given.spans("ns-device-memory")}

    def place(self, partitions):
        """Fixed addresses first; they, and the regions at fixed addresses, are what the others have to avoid."""
        waiting = [p for p in partitions if p.address is None]
        placed = [p for p in partitions if p.address is not None]
        fixed = [r.span(0) for p in partitions for r in p.manifest.regions if r.base is not None and not r.nonsecure and not r.device]
        for partition in waiting:
            self._assign(partition, fixed + [other.extent() for other in placed])
            placed.append(partition)

    def _assign(self, partition, taken):
        for low, high in self.areas:
            partition.address = low
            for start, end in sorted(taken):
                if overlap(partition.extent(), (start, end)):
                    partition.address = end
            if partition.extent()[1] <= high:
                return
        raise Refused(f"{partition.source}: no room for {partition.mem_size:#x} bytes of Secure memory in {listed(self.secure)}")

    def check(self, partitions):
        """What the SPMC would refuse at boot, refused here."""
        for i, partition in enumerate(partitions):
            own = partition.span()
            if not inside(own, self.secure):
                partition.refuse_address(f"{partition.mem_size:#x} bytes of partition memory, {listed(self.secure)}")
            for other in partitions[:i]:
                if overlap(own, other.span()):
                    partition.refuse_address(f"memory that {other.name} does not use ({listed([other.span()])})")
        taken = []
        for partition in partitions:
            for region in partition.manifest.regions:
                if region.span(partition.address):
                    self._check_region(partition, region, partitions, taken)
        taken = [p.span() for p in partitions] + [area for _, area in taken]
        for partition in partitions:
            for region in partition.manifest.regions:
                if not region.span(partition.address):
                    taken.append(self._allocate(partition, region, taken))

    def _allocate(self, partition, region, taken):
        """As the SPMC will: the highest free place."""
        for low, high in self.secure:
            for start in sorted([high] + [t[0] for t in taken if low <= t[0] <= high], reverse=True):
                area = start - region.size, start
                if area[0] >= low and not any(overlap(area, other) for other in taken):
                    return area
        partition.manifest.refuse("pages-count", hex(region.size >> 12), f"a size for which there is room in {listed(self.secure)}", region.path)

    def _check_region(self, partition, region, partitions, taken):
        def refuse(expected):
            partition.manifest.refuse("base-address", hex(area[0]), expected, region.path)

        area = region.span(partition.address)
        if region.device:
            windows = self.devices[region.nonsecure]
            if not inside(area, windows) or any(overlap(area, other) for other in self.firmware):
                refuse(f"a device in {listed(windows)}, and none of the firmware's ({listed(self.firmware)})")
        elif region.nonsecure:
            if not inside(area, self.normal):
                refuse(f"Normal-world memory, {listed(self.normal)}")
        elif inside(area, [partition.span()]):
            partitions = []  # it is its own already
        elif not inside(area, self.secure):
            refuse(f"partition memory, {listed(self.secure)}")
        for other in partitions:
            if overlap(area, other.span()):
                refuse(f"a region wholly inside the partition's own memory, or outside of {other.name} ({listed([other.span()])})")
        for name, other in taken:
            if overlap(area, other):
                refuse(f"what {name} does not use ({listed([other])})")
        taken.append((partition.name + "'s " + region.path.rstrip("/"), area))
