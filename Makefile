# Bulkhead's build. Every target first sets up what it needs and is missing (tools/setup.sh), then builds into BUILD;
# CACHE keeps what was downloaded. Sources are found by folder: adding a file or a partition needs no edit here.

BUILD      ?= build
CACHE      ?= cache
PLATFORM   ?= qemu-virt
SMP        ?= 4
MEMORY     ?= 1G
CPU        ?= max
PARTITIONS ?= echo vault ticker courier clerk
EXTRA      ?=
DURATION   ?= 60
HARDENING  ?= 1
TRACE      ?= 1
JOBS       ?= $(shell nproc)

CC_AARCH64 ?= aarch64-linux-gnu-gcc
CROSS      ?= aarch64-linux-gnu-
ARCH_FLAGS ?= -march=armv8.5-a
HOSTCC     ?= gcc
FUZZCC     ?= clang
PYTHON     ?= /usr/bin/python3
QEMU       ?= $(CACHE)/qemu/usr/bin/qemu-system-aarch64

PARTITIONS_demo := $(PARTITIONS)
PARTITIONS_optee := echo vault ticker optee
PARTITIONS_restart := echo vault phoenix phoenix_mp phoenix_queued
PARTITIONS_s_el0 := echo vault clerk crasher crasher_s_el0
PARTITIONS_bench := echo vault ticker crasher crasher_mp crasher_queued clerk phoenix_mp
PARTITIONS_test := echo vault ticker crasher crasher_mp crasher_queued refuser stillborn
PARTITIONS_linux := echo vault ticker courier crasher crasher_mp crasher_queued stillborn
PARTITIONS_interrupts := echo vault crasher crasher_mp crasher_queued crasher_exit crasher_mp_exit crasher_deaf

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:
MAKEFLAGS += --no-builtin-rules
export LC_ALL := C

comma := ,
empty :=
space := $(empty) $(empty)
Q   := $(if $(V),,@)
say  = @printf '  %-7s %s\n' $(1) "$(2)"

include platform/$(PLATFORM)/board.mk
BOARD := platform/$(PLATFORM)/board.json

.PHONY: bench-hardening help run test test-host test-bl33 test-linux test-flash explore oracle prove prove-docs fuzz soak bench size check clean distclean

help:
	@sed -n 's/^#> \?//p' Makefile

#> make run          boot Linux under pKVM with Bulkhead underneath, to a shell (without a terminal: demonstration, exit)
#> make run-optee    the same with OP-TEE as one more partition, and its test suite xtest at the shell
#> make test         all tests of every layer; the last line is "N passed, N failed"
#> make test-host    unit tests, oracle, explorer and planted faults, on this machine alone
#> make test-bl33    bare-metal Normal-world tests in QEMU
#> make test-linux   Linux end-to-end tests in QEMU
#> make test-flash   flash images of other people's parts, the tests that partitions bring, in QEMU
#> make test-optee   all of OP-TEE's test suite, three times, and bench-optee (most of an hour)
#> make layer-NAME   one layer of make test alone (their names: docs/VERIFICATION.md)
#> make explore      every reachable state of a small world
#> make oracle       random sequences of calls and events, against FF-A's rules written a second time (SEQUENCES=1000000 SEED=1)
#> make prove        proofs of tests/prove with CBMC (PROOF=name for one; PLANTED=1: each finds a planted fault)
#> make fuzz         fuzz the step function, wire parsers, manifests and packages (DURATION=60 seconds); what the corpus reaches
#> make corpus       fuzz as long, and keep what is new, least first
#> make flash OUT=FILE  pack a flash image: BL33=FILE (at BL33_BASE=ADDRESS; else Linux), PARTITIONS="DIR…", MEMORY, CPUS,
#>                   SPMC_MANIFEST=FILE.dts (docs/PARTITIONS.md); make run FLASH=FILE boots one, QEMU_ARGS="…" go to QEMU
#> make new-partition NAME=x  a partition to begin with: partitions/x and its test; make run EXTRA=x
#> make soak         messages, notifications, timers, hotplug, deaths and restarts at once under Linux, on threads
#>                   (DURATION=300 seconds; NVHE=1: without pKVM's protection, with messages in Linux's buffers)
#> make mutate       plant 150 small faults in core/, one at a time (COUNT= SEED=): the fast host tests must catch 95 %
#> make rogue        a Normal world and partitions that attack at random while others work (DURATION=60 SEED=1;
#>                   TURNS=5000: on one thread, with so many steps of each CPU: the same seed does the same)
#> make bench        instructions of each operation, by exception level (PROFILE=operation: where they go at S-EL2;
#>                   PLOT=docs/memory.svg draws what memory costs)
#> make bench-optee  the same of round trips to OP-TEE's trusted applications, with S-EL2's share
#> make trace-picture  draw docs/trace.svg from a boot of Linux (tools/trace.py), and build/trace/share.json for ui.perfetto.dev
#> make bench-hardening  what each hardening measure, and the trace, adds to messages and to the size (HARDENING=0 TRACE=0:
#>                   build without; HARDENING="pac bti": with these alone)
#> make size         image size, lines of code, and how deep the stacks get
#> make check        both compilers, warnings as errors; sizes; clang-format; clang-tidy; purity of core/
#> make docs         write docs/FFA.md from the table of calls, the handlers and the tests; make verification-docs: the
#>                   numbers of docs/VERIFICATION.md, after make test
#> make clean        remove what was built; distclean: downloads as well
#>
#> Variables: SMP=4 MEMORY=1G CPU=max PARTITIONS="echo vault ticker courier clerk" EXTRA= CC_AARCH64=aarch64-linux-gnu-gcc BUILD=build
#>            CACHE=cache V=1 (show commands)

# --- set-up -----------------------------------------------------------------------------------------------------------

$(CACHE)/setup/%: tools/setup.sh
	$(Q)sh tools/setup.sh $(CACHE) $*

# Targets that build much start a make of their own, parallel unless the user's is already.
PARALLEL_MAKE = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

# Other projects' builds get a clean environment: our variables mean other things to them.
OTHERS_MAKE = env -i PATH="$$PATH" LC_ALL=C $(1) make -j$(JOBS)

percent := %
need = $(patsubst %,$(CACHE)/setup/%,$(1))

# --- the target's compiler --------------------------------------------------------------------------------------------

IS_CLANG := $(findstring clang,$(CC_AARCH64))
LD_AARCH64 := $(if $(IS_CLANG),ld.lld,$(CROSS)ld)
TARGET_STAGES := base target $(if $(IS_CLANG),lint)

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef
TARGET_CFLAGS = -std=gnu11 -g -ffreestanding -fno-common -fno-strict-aliasing -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fomit-frame-pointer -ffunction-sections -fdata-sections $(ADDRESSING) $(ARCH_FLAGS) \
	-mgeneral-regs-only -mstrict-align -mno-outline-atomics $(if $(IS_CLANG),,-fno-tree-loop-distribute-patterns) \
	-ffile-prefix-map=$(CURDIR)/= $(WARNINGS) -include tools/hidden.h -Itools/libfdt-env -I. -isystem $(CACHE)/libfdt
TARGET_LDFLAGS := --build-id=none --gc-sections -z noexecstack $(if $(IS_CLANG),,--no-warn-rwx-segments) \
	-z max-page-size=4096 -z common-page-size=4096
ADDRESSING = -fpie -mcmodel=small
OPTIMIZE := -O2
LIBFDT := fdt.c fdt_ro.c

# Changed flags or another compiler rebuild all objects; the file changes only when its text does.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC_AARCH64) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) $(HARDENING) $(TRACE)' | cmp -s - $@ || echo '$(CC_AARCH64) $(TARGET_CFLAGS) $(TARGET_LDFLAGS) $(HARDENING) $(TRACE)' >$@
.PHONY: FORCE # said aloud: under .SECONDARY a file that does not exist forces nothing
FORCE:

TARGET_DEPS := $(BUILD)/flags Makefile | $(call need,$(TARGET_STAGES))

$(BUILD)/obj/%.c.o: %.c $(TARGET_DEPS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC_AARCH64) $(TARGET_CFLAGS) $(OPTIMIZE) $(HARDENED) $(LTO) $(PADDING) -MMD -MP -c $< -o $@ $(APART)

$(BUILD)/obj/%.S.o: %.S $(TARGET_DEPS)
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D) && $(CC_AARCH64) $(TARGET_CFLAGS) $(HARDENED) $(ARCH_FLAGS) -MMD -MP -c $< -o $@

$(BUILD)/obj/libfdt/%.o: $(TARGET_DEPS)
	$(call say,CC,libfdt/$*)
	$(Q)mkdir -p $(@D) && $(CC_AARCH64) $(TARGET_CFLAGS) $(OPTIMIZE) $(HARDENED) $(LTO) $(PADDING) -Wno-sign-compare -Wno-missing-prototypes -c $(CACHE)/libfdt/$* -o $@ $(APART)

objects = $(patsubst %,$(BUILD)/obj/%.o,$(wildcard $(addsuffix /*.c,$(1)) $(addsuffix /*.S,$(1))))

%.bin: %.elf
	$(Q)$(CROSS)objcopy -O binary $< $@

# --- Bulkhead ---------------------------------------------------------------------------------------------------------

CORE_OBJECTS := $(call objects,core)
SPMC_OBJECTS := $(CORE_OBJECTS) $(call objects,aarch64 platform/$(PLATFORM)) $(patsubst %,$(BUILD)/obj/libfdt/%.o,$(LIBFDT))
SPMC_SCRIPT  := platform/$(PLATFORM)/bulkhead.ld

# Measures against what has gone wrong already (docs/THREATS.md): all of them, none (0), or those named.
MEASURES := pac bti canary barriers
HARDEN := $(if $(filter 0,$(HARDENING)),,$(if $(filter 1,$(HARDENING)),$(MEASURES),$(HARDENING)))
hardens = $(filter $(1),$(HARDEN))
# Pointer authentication in the forms that do nothing on a CPU without it: for a later architecture gcc takes others.
HARDEN_PAC      := -DHARDEN_PAC -march=armv8.2-a+rcpc
HARDEN_BTI      := -DHARDEN_BTI
HARDEN_BRANCHES := -mbranch-protection=$(or $(subst $(space),+,$(strip $(if $(call hardens,pac),pac-ret) $(call hardens,bti))),none)
HARDEN_CANARY   := -DHARDEN_CANARY -fstack-protector-strong -mstack-protector-guard=global
HARDEN_BARRIERS := -DHARDEN_BARRIERS
HARDEN_FLAGS := $(if $(call hardens,pac),$(HARDEN_PAC)) $(if $(call hardens,bti),$(HARDEN_BTI)) $(HARDEN_BRANCHES) \
	$(if $(call hardens,canary),$(HARDEN_CANARY)) $(if $(call hardens,barriers),$(HARDEN_BARRIERS)) $(if $(filter 0,$(TRACE)),-DTRACE=0)

# Bytes of one frame, at most; tools/stack.py adds them up.
FRAMES := $(if $(IS_CLANG),-Wframe-larger-than,-Wstack-usage)=1024

# Optimized as one program: a message costs a fifth less. Not memory.c, whose functions the compiler itself calls.
# The objects of gcc hold plain code as well, for the purity check.
# Its C runs at the address that it is linked for, and all of it within 1 MiB.
$(SPMC_OBJECTS) $(BUILD)/spmc/bulkhead.elf: private ADDRESSING = -fno-pie -mcmodel=tiny
$(SPMC_OBJECTS) $(BUILD)/spmc/bulkhead.elf: private HARDENED = $(HARDEN_FLAGS) $(FRAMES)
# The first runs before there is a canary; the others have no frames, and nobody jumps to them.
$(BUILD)/obj/core/unpack.c.o $(BUILD)/obj/aarch64/memory.c.o: private HARDENED = -mbranch-protection=none
$(SPMC_OBJECTS): private LTO := -flto $(if $(IS_CLANG),,-ffat-lto-objects)
# Padding before functions and loops costs room, and instructions where it is run through.
$(SPMC_OBJECTS) $(BUILD)/spmc/bulkhead.elf: private PADDING := $(if $(IS_CLANG),,-fno-align-functions -fno-align-loops -fno-align-jumps -fno-align-labels)
$(BUILD)/obj/aarch64/memory.c.o: private LTO :=
# What only boot needs stays apart from the rest, in sections that begin with .boot; what unpacks the rest, too.
BOOT_OBJECTS := $(patsubst %,$(BUILD)/obj/%.c.o,$(addprefix core/,manifest spmc_manifest partition_manifest interrupt_manifest load) \
	$(addprefix aarch64/,boot mmu)) $(patsubst %,$(BUILD)/obj/libfdt/%.o,$(LIBFDT))
$(BOOT_OBJECTS): private LTO :=
$(BOOT_OBJECTS): private ADDRESSING = -fno-pie -mcmodel=small
$(BOOT_OBJECTS): private APART = && $(CROSS)objcopy --prefix-alloc-sections=.boot $@
$(BUILD)/obj/core/unpack.c.o: private LTO :=
# All but the way of a message is built for size: what is kept in a register over a call or a loop, or saved on one way
# through a function alone, costs more room than it saves.
SPMC_FAST := $(patsubst %,$(BUILD)/obj/%.c.o,core/spmc core/calls aarch64/loop aarch64/context)
$(filter-out $(SPMC_FAST),$(SPMC_OBJECTS)): private OPTIMIZE := -Os $(if $(IS_CLANG),,-fno-move-loop-invariants -fno-shrink-wrap -fno-expensive-optimizations -fno-tree-forwprop -fno-tree-scev-cprop)

$(BUILD)/spmc/bulkhead.elf: $(SPMC_OBJECTS) $(SPMC_SCRIPT)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC_AARCH64) $(TARGET_CFLAGS) -O2 $(HARDENED) -flto $(if $(IS_CLANG),,-flto-partition=none) $(PADDING) $(if $(IS_CLANG),-fuse-ld=lld -Wno-unused-command-line-argument) -nostdlib -static -no-pie \
		-Wl,$(subst $(space),$(comma),$(strip $(TARGET_LDFLAGS))) -Wl,-T,$(SPMC_SCRIPT),-Map=$(@D)/bulkhead.map -o $@ $(SPMC_OBJECTS)

$(BUILD)/spmc/bulkhead.raw: $(BUILD)/spmc/bulkhead.elf
	$(Q)$(CROSS)objcopy -O binary $< $@

$(BUILD)/spmc/bulkhead.bin: $(BUILD)/spmc/bulkhead.raw tools/image.py
	$(Q)$(PYTHON) tools/image.py image $(CROSS)nm $(BUILD)/spmc/bulkhead.elf $< $@

# --- partitions -------------------------------------------------------------------------------------------------------

PARTITION_FOLDERS := $(filter-out sdk,$(notdir $(patsubst %/manifest.dts,%,$(wildcard partitions/*/manifest.dts))))
PARTITION_SCRIPT  := partitions/sdk/partition.ld

# These are crasher or rogue behind other manifests: all of its objects but the one that says how many contexts it has.
CRASHERS := crasher_% phoenix%
ROGUES := rogue_%
original = $(if $(filter $(CRASHERS),$(1)),crasher,$(if $(filter $(ROGUES),$(1)),rogue))
original_objects = $(if $(original),$(filter-out %/contexts.c.o,$(call objects,partitions/$(original))))

define partition_rules
$(BUILD)/partitions/$(1)/$(1).elf: $(call objects,partitions/sdk partitions/$(1)) $(call original_objects,$(1)) $(PARTITION_SCRIPT)
	$$(call say,LD,$$@)
	$$(Q)mkdir -p $$(@D) && $(LD_AARCH64) -pie --no-dynamic-linker -z text $(TARGET_LDFLAGS) -T $(PARTITION_SCRIPT) -o $$@ $$(filter %.o,$$^)

$(BUILD)/partitions/$(1)/$(1).dtb: partitions/$(1)/manifest.dts | $(call need,base)
	$$(call say,DTC,$$<)
	$$(Q)mkdir -p $$(@D) && dtc -q -I dts -O dtb -o $$@ $$<
endef
$(foreach partition,$(PARTITION_FOLDERS),$(eval $(call partition_rules,$(partition))))

partition_files = $(foreach p,$(1),$(BUILD)/partitions/$(p)/$(p).bin $(BUILD)/partitions/$(p)/$(p).dtb)

# --- bare-metal programs: the BL33 payload, and the floor that the bench compares with ---------------------------------

define program_rules
$(BUILD)/$(1)/$(1).elf: $(call objects,$(2)) $(2)/$(1).ld
	$$(call say,LD,$$@)
	$$(Q)mkdir -p $$(@D) && $(LD_AARCH64) -no-pie $(TARGET_LDFLAGS) -T $(2)/$(1).ld -o $$@ $$(filter %.o,$$^)
endef
$(eval $(call program_rules,bl33,normal/bl33))
$(eval $(call program_rules,floor,tests/floor))

# --- TF-A: of its own, so built once for a set of flags -----------------------------------------------------------------

TFA     := $(BUILD)/tfa
TFA_BIN := $(TFA)/qemu/release
TFA_ID  := $(TFA)/$(shell echo '$(BOARD_TFA_FLAGS) $(BOARD_TFA_LINUX_FLAGS)' | cksum | cut -d' ' -f1)
TFA_MAKE = $(call OTHERS_MAKE,$(1)) -C $(CACHE)/tfa $(BOARD_TFA_FLAGS) CROSS_COMPILE=$(CROSS) PYTHON=$(PYTHON) \
	BUILD_STRING=v$$(cat $(CACHE)/versions/tfa) BUILD_MESSAGE_TIMESTAMP='""'

$(TFA_ID): | $(call need,base target)
	$(call say,TF-A,$(shell cat $(CACHE)/versions/tfa 2>/dev/null))
	$(Q)rm -rf $(TFA) && mkdir -p $(TFA) && echo '{}' >$(TFA)/layout.json
	$(Q)$(call TFA_MAKE) $(BOARD_TFA_LINUX_FLAGS) BUILD_BASE=$(abspath $(TFA)) SP_LAYOUT_FILE=$(abspath $(TFA))/layout.json \
		bl1 bl2 bl31 fiptool >$(TFA)/log 2>&1 || { echo "TF-A did not build: see $(TFA)/log" >&2; exit 1; }
	$(Q)cp $(CACHE)/tfa/tools/fiptool/fiptool $(CACHE)/tfa/tools/sptool/sptool.py $(TFA)/ && touch $@

# --- flash images: SET-smpCPUS-MEMORY, where SET is demo, test, or partition names joined by + --------------------------

image_set   = $(firstword $(subst -smp, ,$(1)))
image_shape = $(subst -, ,$(lastword $(subst -smp, ,$(1))))
# In the sets that have a name (the demonstration, tests) the Normal world may read the trace.
image_trace = $(if $(strip $(foreach word,$(subst +, ,$(call image_set,$(1))),$(PARTITIONS_$(word)))),--trace)
image_words = $(filter-out none,$(foreach word,$(subst +, ,$(call image_set,$(1))),$(or $(PARTITIONS_$(word)),$(word))))
image_partitions = $(foreach p,$(call image_words,$(1)),$(if $(filter $(p),$(PARTITION_FOLDERS) optee),$(p),$(error no partition '$(p)': partitions/ has $(PARTITION_FOLDERS))))

PACK_TOOLS := $(addprefix tools/,pack.py flash.py spmc.py place.py package.py manifest.py fdt.py)
# A Bulkhead without what may be left out (plain), or with one such thing alone, for the bench.
VARIANTS := plain $(MEASURES) trace
define variant_rules
$(BUILD)/variants/$(1)/spmc/bulkhead.bin: FORCE
	$$(Q)+$$(MAKE) --no-print-directory BUILD=$(BUILD)/variants/$(1) HARDENING='$(or $(filter $(MEASURES),$(1)),0)' TRACE=$(if $(filter trace,$(1)),1,0) $$@

$(BUILD)/images/$(1)-%/flash.bin: $(BUILD)/variants/$(1)/spmc/bulkhead.bin $$$$(call partition_files,$$$$(call image_partitions,$$$$*)) \
		$$(PACK_TOOLS) $$(BOARD) $$(TFA_ID)
	$$(call say,PACK,$$@)
	$$(Q)$$(call pack,$$*)
endef
pack = $(PYTHON) tools/pack.py --board $(BOARD) --cpus $(word 1,$(call image_shape,$(1))) --memory $(word 2,$(call image_shape,$(1))) \
	--spmc $< --tfa $(TFA_BIN) --tfa-tools $(TFA) --out $(@D) $(call image_trace,$(1)) \
	$(foreach p,$(call image_partitions,$(1)),$(BUILD)/partitions/$(p))
$(foreach variant,$(VARIANTS),$(eval $(call variant_rules,$(variant))))

$(BUILD)/images/%/flash.bin: $(BUILD)/spmc/bulkhead.bin $$(call partition_files,$$(call image_partitions,$$*)) \
		$(PACK_TOOLS) $(BOARD) $(TFA_ID)
	$(call say,PACK,$@)
	$(Q)$(call pack,$*)

RUN_SET := $(or $(subst $(space),+,$(strip $(if $(filter file,$(origin PARTITIONS)),demo,$(PARTITIONS)) $(EXTRA))),none)
RUN_IMAGE := $(RUN_SET)-smp$(SMP)-$(MEMORY)

# --- Linux: modules, command, initramfs ---------------------------------------------------------------------------------

LINUX := $(BUILD)/linux
KBUILD := $(call OTHERS_MAKE) -C $(abspath $(CACHE))/linux/build ARCH=arm64 CROSS_COMPILE=$(CROSS) CONFIG_DEBUG_INFO_BTF_MODULES=
KBUILD_PATHS := -ffile-prefix-map=$(abspath $(LINUX))=. -ffile-prefix-map=$(realpath $(CACHE))=. -ffile-prefix-map=$(CURDIR)=.
MODULE_SOURCES := $(shell find normal/linux/modules -type f 2>/dev/null)
abi_headers := $(wildcard abi/*.h abi/*.def)

$(LINUX)/ffa.stamp: | $(call need,base target linux)
	$(call say,KBUILD,ffa-core.ko ffa-module.ko)
	$(Q)rm -rf $(LINUX)/arm_ffa && mkdir -p $(LINUX) && cp -r $(CACHE)/arm_ffa $(LINUX)/arm_ffa
	$(Q)$(KBUILD) M=$(abspath $(LINUX))/arm_ffa CONFIG_ARM_FFA_TRANSPORT=m CONFIG_ARM_FFA_SMCCC=y \
		KCFLAGS='$(KBUILD_PATHS) -DCONFIG_ARM_FFA_TRANSPORT_MODULE=1 -DCONFIG_ARM_FFA_SMCCC=1' modules >$(LINUX)/arm_ffa.log 2>&1 \
		|| { tail -n 20 $(LINUX)/arm_ffa.log >&2; exit 1; }
	$(Q)for module in ffa-core ffa-module; do $(CROSS)strip -g -o $(LINUX)/$$module.ko $(LINUX)/arm_ffa/$$module.ko; done
	$(Q)touch $@

$(LINUX)/modules.stamp: $(LINUX)/ffa.stamp $(MODULE_SOURCES) normal/linux/ffa/bulkhead_ioctl.h $(abi_headers)
	$(call say,KBUILD,normal/linux/modules)
	$(Q)mkdir -p $(LINUX)/modules && rm -f $(filter-out $(LINUX)/ffa-core.ko $(LINUX)/ffa-module.ko,$(wildcard $(LINUX)/*.ko))
	$(Q)$(if $(wildcard normal/linux/modules/Kbuild),cp -pr normal/linux/modules $(LINUX)/ && \
		{ $(KBUILD) M=$(abspath $(LINUX))/modules BULKHEAD=$(CURDIR) \
		KBUILD_EXTRA_SYMBOLS=$(abspath $(LINUX))/arm_ffa/Module.symvers KCFLAGS='$(KBUILD_PATHS)' KAFLAGS='$(KBUILD_PATHS)' modules \
		>$(LINUX)/modules.log 2>&1 || { grep -E 'error|warning|ERROR' $(LINUX)/modules.log >&2 || tail -n 20 $(LINUX)/modules.log >&2; exit 1; }; } && \
		for module in $(LINUX)/modules/*.ko; do $(CROSS)strip -g -o $(LINUX)/$${module##*/} $$module; done,:)
	$(Q)touch $@

FFA_SOURCES := $(wildcard normal/linux/ffa/*.c)
$(LINUX)/ffa: $(FFA_SOURCES) $(wildcard normal/linux/ffa/*.h normal/linux/modules/*.h) $(abi_headers) | $(call need,base target)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CROSS)gcc -std=gnu11 -O2 -static -Wall -Wextra -Werror -ffile-prefix-map=$(CURDIR)/= -I. -o $@ $(FFA_SOURCES)

INITRD := $(LINUX)/initrd.cpio
INITRD_FILES := normal/linux/init $(wildcard normal/linux/demo normal/linux/ffa-test normal/linux/partition-test)
PARTITION_TESTS := $(patsubst partitions/%/test,%,$(wildcard partitions/*/test))
# Changes only when the list does: a partition that is gone takes its test with it.
$(BUILD)/partition-tests: FORCE
	@mkdir -p $(@D)
	@echo '$(PARTITION_TESTS)' | cmp -s - $@ || echo '$(PARTITION_TESTS)' >$@
$(INITRD): $(BUILD)/partition-tests $(LINUX)/modules.stamp $(if $(FFA_SOURCES),$(LINUX)/ffa) $(INITRD_FILES) $(PARTITION_TESTS:%=partitions/%/test) tools/initramfs.py
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/initramfs.py $@ bin/busybox=$(CACHE)/busybox/bin/busybox $(foreach f,$(INITRD_FILES),$(if $(filter %/init,$(f)),init,bin/$(notdir $(f)))=$(f)) \
		$(if $(FFA_SOURCES),bin/ffa=$(LINUX)/ffa) $(foreach p,$(PARTITION_TESTS),lib/partitions/$(p)=partitions/$(p)/test) $$(for m in $(LINUX)/*.ko; do echo lib/modules/$${m##*/}=$$m; done)

# --- running --------------------------------------------------------------------------------------------------------------

BOOT := $(PYTHON) tools/boot.py --board $(BOARD) --qemu $(QEMU) --cache $(CACHE) --build $(BUILD)
BOOT_DEPS := tools/boot.py tools/boots.txt $(call need,base qemu)

# The images that the boots of a layer need (third column of tools/boots.txt).
images_of = $(patsubst %,$(BUILD)/images/%/flash.bin,$(sort $(shell awk '$$1 == "$(1)" { sub("/.*", "", $$3); print $$3 }' tools/boots.txt)))

.PHONY: run-parts
run-parts: $(BUILD)/images/$(RUN_IMAGE)/flash.bin $(INITRD)
	@:
include tools/flash.mk

# --- host tests -------------------------------------------------------------------------------------------------------------

HOST := $(BUILD)/host
HOST_CFLAGS := -std=gnu11 -g $(WARNINGS) -Itools/libfdt-env -I. -Itests -isystem $(CACHE)/libfdt
CORE_SOURCES := $(wildcard core/*.c)
SUPPORT_SOURCES := $(wildcard tests/support/*.c tests/rules/*.c tests/unit/support/*.c)
HOST_LIBFDT := $(LIBFDT) fdt_sw.c fdt_rw.c fdt_wip.c fdt_strerror.c fdt_empty_tree.c
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_PARTS := $(filter-out $(FUZZERS:%=tests/fuzz/%.c),$(wildcard tests/fuzz/*.c)) \
	$(filter-out tests/oracle/oracle.c,$(wildcard tests/oracle/*.c))
UNIT_TESTS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))

# A flavour is one way to build core/ for this machine: $(1) its name, $(2) compiler, $(3) flags for all, $(4) set-up stages.
define host_flavour
$(HOST)/$(1)/obj/%.c.o: %.c Makefile | $(call need,base $(4))
	$$(call say,HOSTCC,$$< ($(1)))
	$$(Q)mkdir -p $$(@D) && $(2) $(HOST_CFLAGS) $(3) $$(if $$(filter tests/support/% tests/rules/%,$$<),$$($(1)_support_flags)) -MMD -MP -c $$< -o $$@

$(HOST)/$(1)/libfdt/%.o: Makefile | $(call need,base $(4))
	$$(Q)mkdir -p $$(@D) && $(2) $(HOST_CFLAGS) -w $(filter-out --coverage,$(3)) -c $(CACHE)/libfdt/$$* -o $$@

$(1)_core := $(patsubst %,$(HOST)/$(1)/obj/%.o,$(CORE_SOURCES)) $(patsubst %,$(HOST)/$(1)/libfdt/%.o,$(HOST_LIBFDT))

$(HOST)/$(1)/support.a: $(patsubst %,$(HOST)/$(1)/obj/%.o,$(SUPPORT_SOURCES))
	$$(Q)mkdir -p $$(@D) && rm -f $$@ && ar rcD $$@ $$^

$(HOST)/$(1)/test_%: $(HOST)/$(1)/obj/tests/unit/test_%.c.o $$($(1)_core) $(HOST)/$(1)/support.a
	$$(Q)$(2) $(3) -o $$@ $$^ -lcmocka
endef
# What the checks compare is no news to the fuzzer, and would take most of its time.
fuzz_support_flags := -fno-sanitize=all -O2
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SMALL_MEMORY := -DNORMAL_PAGES_MAX=2048 -DTRANSACTION_MAX=4 -DCHUNK_MAX=8
$(eval $(call host_flavour,unit,$(HOSTCC),-O1 $(SANITIZE),host))
$(eval $(call host_flavour,coverage,$(HOSTCC),-O0 --coverage,host))
EXPLORE_LIMITS := -DTRACE=0 -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=2 -DRESTARTS_MAX=1 -DNORMAL_PAGES_MAX=2048 -DTRANSACTION_MAX=2 \
	-DCHUNK_MAX=4 -DCHUNK_RANGES=1 -DPIECE_WORK=100 -DTOLD_MAX=112
$(eval $(call host_flavour,explore,$(HOSTCC),-O3 -march=native $(EXPLORE_LIMITS),))
ORACLE_LIMITS := -DCPU_MAX=4 -DPARTITION_MAX=3 -DVM_MAX=1 -DNOTIFY_VCPU_MAX=4 -DNORMAL_PAGES_MAX=2048 -DTRANSACTION_MAX=8 -DCHUNK_MAX=12 \
	-DCHUNK_RANGES=3 -DPIECE_WORK=100 -DTOLD_MAX=112 -DTOLD_WORLD_MAX=224
$(eval $(call host_flavour,oracle,$(HOSTCC),-O2 $(ORACLE_LIMITS),))
FUZZ_LIMITS := -DCPU_MAX=4 -DPARTITION_MAX=3 -DVM_MAX=2 -DNOTIFY_VCPU_MAX=4 $(SMALL_MEMORY) -DCHUNK_RANGES=3 -DPIECE_WORK=100 -DTOLD_MAX=112
$(eval $(call host_flavour,replay,$(HOSTCC),-O0 $(FUZZ_LIMITS) --coverage,host))
$(eval $(call host_flavour,fuzz,$(FUZZCC),-O1 $(FUZZ_LIMITS) -fsanitize=fuzzer$(comma)address$(comma)undefined -fno-sanitize-recover=all,host))

$(HOST)/bin/explore: $(patsubst %,$(HOST)/explore/obj/%.o,$(wildcard tests/explore/*.c)) $(explore_core) $(HOST)/explore/support.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(HOSTCC) -O2 -Wl,--wrap=print,--wrap=print_registers -o $@ $^
$(HOST)/bin/oracle: $(patsubst %,$(HOST)/oracle/obj/%.o,$(wildcard tests/oracle/*.c)) $(oracle_core) $(HOST)/oracle/support.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(HOSTCC) -O2 -o $@ $^
$(HOST)/%/parts.a: $$(patsubst $$(percent),$(HOST)/$$*/obj/$$(percent).o,$(FUZZ_PARTS))
	$(Q)rm -f $@ && ar rcD $@ $^
$(HOST)/bin/fuzz_%: $(HOST)/fuzz/obj/tests/fuzz/fuzz_%.c.o $(HOST)/fuzz/parts.a $(HOST)/fuzz/support.a $(fuzz_core)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(FUZZCC) -fsanitize=fuzzer,address,undefined -o $@ $^
$(HOST)/bin/replay_%: $(HOST)/replay/obj/tests/fuzz/fuzz_%.c.o $(HOST)/replay/obj/tests/fuzz/replay/main.c.o $(HOST)/replay/parts.a $(HOST)/replay/support.a $(replay_core)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(HOSTCC) --coverage -o $@ $^

REPLAY_OBJECTS := $(patsubst %,$(HOST)/unit/obj/%.o,$(wildcard tests/replay/*.c)) $(unit_core)
REPLAY_LINK := $(HOSTCC) $(SANITIZE) -Wl,--wrap=trace_copy_in,--wrap=trace_is_wanted
$(HOST)/bin/replay: $(REPLAY_OBJECTS)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(REPLAY_LINK) -o $@ $^

# --- tests: each layer leaves TAP in build/results/LAYER, tools/tally.py counts ----------------------------------------------

RESULTS := $(BUILD)/results
TAP := $(PYTHON) tools/tally.py
LAYERS := unit oracle explore planted prove planted-proofs fuzz bl33 stop trace secrets linux partitions flash optee bench bench-optee rogue

.PHONY: $(addprefix layer-,$(LAYERS))

# Per cent of the branches of core/ that the unit tests take.
BRANCHES_LEAST := 95
layer-unit: $(addprefix $(HOST)/unit/,$(UNIT_TESTS)) $(addprefix $(HOST)/coverage/,$(UNIT_TESTS))
	@rm -rf $(RESULTS)/unit; find $(HOST)/coverage -name '*.gcda' -delete 2>/dev/null || :
	@for test in $(UNIT_TESTS); do \
		CMOCKA_MESSAGE_OUTPUT=TAP $(TAP) run $(RESULTS)/unit/$$test.tap $(HOST)/unit/$$test; \
		CMOCKA_MESSAGE_OUTPUT=TAP $(HOST)/coverage/$$test >/dev/null 2>&1; \
	done; $(PYTHON) tools/coverage.py $(HOST)/coverage/obj core $(BRANCHES_LEAST) $(RESULTS)/unit/coverage.tap
	@$(call planted,unit)

# Faults planted in core/ that a layer must find: tests/LAYER/planted.txt. The explorer's are a layer of their own ($(2)).
planted = CC=$(HOSTCC) FUZZCC=$(FUZZCC) FUZZ_LIMITS='$(FUZZ_LIMITS)' LIBFDT=$(CACHE)/libfdt EXPLORE_LIMITS='$(EXPLORE_LIMITS)' ORACLE_LIMITS='$(ORACLE_LIMITS)' $(TAP) run $(RESULTS)/$(or $(2),$(1))/planted.tap sh tests/planted.sh $(1) $(HOST)/planted/$(1)

# What is random is so by its seed: each run makes the same sequences.
layer-oracle: $(HOST)/bin/oracle
	@rm -rf $(RESULTS)/oracle
	@$(TAP) run $(RESULTS)/oracle/oracle.tap $(HOST)/bin/oracle
	@$(call planted,oracle)

oracle: $(call need,base) $(HOST)/bin/oracle
	@$(HOST)/bin/oracle $(or $(SEQUENCES),1000000) $(SEED)

# Proofs, and in layer planted-proofs (`make prove PLANTED=1`) the faults that they must find. `make test` has the quick ones:
# all proofs take about eight minutes of both processors.
PROOFS_QUICK := chunks handles load mailbox_wire manifest_interrupts manifest_properties memory_wire \
	stage2_change stage2_clear table_index tables vcpu_boot vcpu_bury vcpu_enter vcpu_finish vcpu_places
PROVE := $(PYTHON) tools/prove.py
PROVE_WITH := $(BUILD) $(CACHE)/cbmc/cbmc $(CACHE)/libfdt
layer-prove: $(call need,base prove)
	@rm -rf $(RESULTS)/prove
	@$(TAP) run $(RESULTS)/prove/proofs.tap $(PROVE) run $(PROVE_WITH) $(PROOF)

layer-planted-proofs: $(call need,base prove)
	@rm -rf $(RESULTS)/planted-proofs
	@$(TAP) run $(RESULTS)/planted-proofs/planted.tap $(PROVE) planted $(PROVE_WITH) $(PROOF)

prove:
	$(call test_layers,prove $(if $(PLANTED),planted-proofs))

# The table in docs/VERIFICATION.md; the times are those of the last `make prove`.
prove-docs:
	@$(PROVE) docs $(BUILD)

layer-explore: $(if $(wildcard tests/explore/*.c),$(HOST)/bin/explore)
	@rm -rf $(RESULTS)/explore
	@$(if $^,$(TAP) run $(RESULTS)/explore/explore.tap $(HOST)/bin/explore,echo '  no explorer in tests/explore')

layer-planted:
	@rm -rf $(RESULTS)/planted
	@$(call planted,explore,planted)

# Each fuzzer replays its corpus, which finds nothing, and has its share of DURATION: steps and sequences two fifths each. What
# it finds goes to the build folder. Then what the corpus reaches of core/ is printed, and compared with tests/fuzz/unreached.txt.
FUZZ := -timeout=10 -artifact_prefix=$(BUILD)/fuzz/
layer-fuzz: $(addprefix $(HOST)/bin/,$(FUZZERS) $(FUZZERS:fuzz_%=replay_%))
	@rm -rf $(RESULTS)/fuzz; find $(HOST)/replay -name '*.gcda' -delete 2>/dev/null || :
	@for name in $(FUZZERS:fuzz_%=%); do \
		work=$(BUILD)/fuzz/$$name; mkdir -p $$work; corpus=tests/fuzz/corpus/$$name; \
		seconds=$$(($(DURATION) / (5 * ($(words $(FUZZERS)) - 2)))); case $$name in step|sequence) seconds=$$(($(DURATION) * 2 / 5)) ;; esac; \
		$(TAP) run --one "fuzz_$$name finds nothing in its corpus" $(RESULTS)/fuzz/corpus_$$name.tap $(HOST)/bin/fuzz_$$name $(FUZZ) -runs=0 $$corpus; \
		$(TAP) run --one "fuzz_$$name finds nothing in $$seconds s" $(RESULTS)/fuzz/fuzz_$$name.tap $(HOST)/bin/fuzz_$$name $(FUZZ) \
			-max_total_time=$$((seconds + 1)) -max_len=1500 $$work $$corpus; \
		$(HOST)/bin/replay_$$name $$corpus >/dev/null || exit 1; \
	done; $(PYTHON) tools/reached.py $(HOST)/replay/obj core tests/fuzz/unreached.txt $(RESULTS)/fuzz/reached.tap
	@$(call planted,fuzz)

layer-bl33: $(call images_of,bl33) $(BUILD)/bl33/bl33.bin $(BOOT_DEPS)
	@rm -rf $(RESULTS)/bl33; $(BOOT) test bl33

# A Bulkhead with a broken instruction: does it tell what happened? The tables of its own memory; a partition's post-mortem; and
# packages and manifests that were damaged after they were packed.
PACKAGES_IMAGE := echo+alarm+crasher+vault+ticker-smp2-1G
layer-stop: $(BUILD)/spmc/bulkhead.bin $(call partition_files,echo) $(foreach image,$(PACKAGES_IMAGE) test-smp4-1G,$(BUILD)/images/$(image)/flash.bin) $(BUILD)/bl33/bl33.bin $(PACK_TOOLS) $(TFA_ID) $(BOOT_DEPS)
	@rm -rf $(RESULTS)/stop; $(TAP) run $(RESULTS)/stop/stop.tap $(PYTHON) tests/stop/stop.py --build $(BUILD) --lister $(CROSS)nm --dumper $(CROSS)objdump \
		--boot "$(BOOT)" --pack "$(PYTHON) tools/pack.py --board $(BOARD) --cpus 2 --memory 1G --spmc SPMC --tfa $(TFA_BIN) \
		--tfa-tools $(TFA) --out OUT $(BUILD)/partitions/echo"
	@$(TAP) run $(RESULTS)/stop/tables.tap $(PYTHON) tests/stop/tables.py --board $(BOARD) --qemu $(QEMU) --cache $(CACHE) --build $(BUILD) --lister $(CROSS)nm
	@$(TAP) run $(RESULTS)/stop/code.tap $(PYTHON) tests/stop/code.py --build $(BUILD) --dumper $(CROSS)objdump
	@$(TAP) run $(RESULTS)/stop/death.tap $(PYTHON) tests/stop/death.py --board $(BOARD) --qemu $(QEMU) --cache $(CACHE) --build $(BUILD)
	@$(TAP) run $(RESULTS)/stop/packages.tap $(PYTHON) tests/stop/packages.py --board $(BOARD) --qemu $(QEMU) --cache $(CACHE) --build $(BUILD) \
		--image $(PACKAGES_IMAGE) --tfa $(TFA)

# A boot's trace from its first record on: pictures of it, and the core on this machine that makes it again.
TRACED_SUITES := version,features,mailbox,vm,discovery,discovery2,calls,direct,direct2,run,chain,preempt,smp,indirect,framework,partitions,faults,notify,notified,memory,hostile,isolation,refused
layer-trace: $(BUILD)/images/test-smp4-1G/flash.bin $(BUILD)/bl33/bl33.bin $(HOST)/bin/replay $(BOOT_DEPS)
	@rm -rf $(RESULTS)/trace && mkdir -p $(BUILD)/trace
	@$(BOOT) once --image test-smp4-1G --append "suite=$(TRACED_SUITES) trace=dump" --icount shift=3,sleep=off --seconds 360 --name trace \
		>$(BUILD)/trace/dump 2>$(BUILD)/trace/complaints || :
	@$(TAP) run $(RESULTS)/trace/trace.tap $(PYTHON) tests/trace/trace.py --dump $(BUILD)/trace/dump --image $(BUILD)/images/test-smp4-1G \
		--replay $(HOST)/bin/replay --work $(BUILD)/trace/planted --compile "$(HOSTCC) $(HOST_CFLAGS) -O1 $(SANITIZE)" \
		--link "$(REPLAY_LINK)" --objects "$(REPLAY_OBJECTS)"

# docs/trace.svg: from a boot of Linux whose time is a count of instructions, so that it can be drawn again.
trace-picture: $(call need,base target qemu linux)
	@$(PARALLEL_MAKE) run-trace-picture
.PHONY: trace-picture run-trace-picture
run-trace-picture: $(BUILD)/images/demo-smp4-1G/flash.bin $(INITRD) tools/trace.py $(BOOT_DEPS)
	@mkdir -p $(BUILD)/trace && $(BOOT) once --image demo-smp4-1G --payload linux --mode trace --icount shift=3,sleep=off --seconds 120 \
		--name trace-picture >$(BUILD)/trace/share
	@$(PYTHON) tools/trace.py svg $(BUILD)/trace/share --since FFA_MEM_LEND --until FFA_MEM_RECLAIM --title \
		"ffa share lend /init: Linux lends a page to courier, which hands its content on to vault (make trace-picture)" >docs/trace.svg
	@$(PYTHON) tools/trace.py json $(BUILD)/trace/share >$(BUILD)/trace/share.json

layer-linux: $(call images_of,linux) $(INITRD) $(BOOT_DEPS)
	@rm -rf $(RESULTS)/linux; $(BOOT) test linux

# Each partition that brings a test, alone in an image.
layer-partitions: $(foreach p,$(PARTITION_TESTS),$(BUILD)/images/$(p)-smp2-1G/flash.bin) $(INITRD) $(BOOT_DEPS)
	@rm -rf $(RESULTS)/partitions; $(BOOT) test partitions $(PARTITION_TESTS)

# Images of other people's parts, and what wrong input is told.
layer-flash: $(BUILD)/bl33/bl33.bin $(INITRD) $(BOOT_DEPS)
	@rm -rf $(RESULTS)/flash; $(TAP) run $(RESULTS)/flash/flash.tap $(PYTHON) tests/flash/flash.py $(BUILD) $(CACHE)

# $(1): layers; each runs, whatever became of the others, then the tally decides.
define test_layers
	@for layer in $(1); do rm -rf $(RESULTS)/$$layer; $(PARALLEL_MAKE) layer-$$layer || mkdir -p $(RESULTS)/$$layer; done; \
		$(TAP) total $(RESULTS) $(1)
endef

test-host: $(call need,base host)
	$(call test_layers,unit oracle explore planted)
test-bl33: $(call need,base target qemu)
	$(call test_layers,bl33)
test-linux: $(call need,base target qemu linux)
	$(call test_layers,linux)
explore: $(call need,base)
	$(call test_layers,explore)
test-flash: $(call need,base target qemu linux)
	$(call test_layers,partitions flash)
fuzz: $(call need,base host)
	$(call test_layers,fuzz)
test:
	@$(MAKE) --no-print-directory all-layers DURATION=30 PROOF='$(PROOFS_QUICK)'

# Longer, and what it found that is new goes to the corpus, which is then as small as it can be.
.PHONY: corpus
corpus: $(addprefix $(HOST)/bin/,$(FUZZERS))
	$(Q)for name in $(FUZZERS:fuzz_%=%); do \
		work=$(BUILD)/fuzz/$$name; corpus=tests/fuzz/corpus/$$name; rm -rf $$work.least; mkdir -p $$work $$work.least $$corpus; \
		$(HOST)/bin/fuzz_$$name $(FUZZ) -max_total_time=$$(($(DURATION) / $(words $(FUZZERS)))) -max_len=1500 $$work $$corpus 2>/dev/null || exit 1; \
		$(HOST)/bin/fuzz_$$name -set_cover_merge=1 -use_counters=0 $$work.least $$corpus $$work 2>/dev/null || exit 1; \
		rm -rf $$corpus && mkdir -p $$corpus && cp $$work.least/* $$corpus/; \
		printf '  %-20s %s inputs\n' $$name "$$(ls $$corpus | wc -l)"; \
	done
# As many layers at a time as there are processors. Alone are those that change what others build from (flash: a new partition's
# folder; bench-optee: the figures of bench), and rogue, which has threads of its own.
LAYERS_ALONE := flash bench-optee rogue
.PHONY: all-layers
all-layers: $(call need,base host target qemu linux bench prove)
	@rm -rf $(addprefix $(RESULTS)/,$(LAYERS)); $(PARALLEL_MAKE) --keep-going --output-sync $(addprefix layer-,$(filter-out $(LAYERS_ALONE),$(LAYERS))) || :
	@for layer in $(LAYERS_ALONE); do $(PARALLEL_MAKE) layer-$$layer || :; done; $(TAP) total $(RESULTS) $(LAYERS)
include tools/optee.mk

# --- secrets: does vault's way depend on what it keeps? -----------------------------------------------------------------------

SECRETS_PLUGIN := $(BUILD)/secrets/plugin.so
$(SECRETS_PLUGIN): tests/secrets/plugin.c tests/bench/mark.h | $(call need,base bench)
	$(call say,HOSTCC,$<)
	$(Q)mkdir -p $(@D) && $(HOSTCC) -std=gnu11 -O2 -fPIC -shared $(WARNINGS) -I. -I$(CACHE)/plugin $$(pkg-config --cflags glib-2.0) -o $@ $<

layer-secrets: $(SECRETS_PLUGIN) $(BUILD)/images/vault-smp1-512M/flash.bin $(BUILD)/bl33/bl33.bin $(BOOT_DEPS)
	@rm -rf $(RESULTS)/secrets; $(TAP) run $(RESULTS)/secrets/secrets.tap $(PYTHON) tests/secrets/secrets.py --build $(BUILD) --image vault-smp1-512M \
		--plugin $(SECRETS_PLUGIN) -- $(BOOT)

# --- mutation: faults that a script plants in core/, which the fast host tests must catch -------------------------------------

mutation_objects = $(subst $(space),;,$(strip $(1)))
mutation_rest = $(HOST)/$(1)/support.a $(patsubst %,$(HOST)/$(1)/libfdt/%.o,$(HOST_LIBFDT))
MUTATION_ORACLE := $(patsubst %,$(HOST)/oracle/obj/%.o,$(wildcard tests/oracle/*.c))
mutate: $(call need,base host)
	@$(PARALLEL_MAKE) run-mutate
.PHONY: mutate run-mutate
run-mutate: $(UNIT_TESTS:%=$(HOST)/unit/obj/tests/unit/%.c.o) $(call mutation_rest,unit) $(MUTATION_ORACLE) $(call mutation_rest,oracle)
	@$(PYTHON) tests/mutation/mutate.py --build $(HOST)/mutation $(if $(COUNT)$(SEED),,--result $(BUILD)/mutation.json) --jobs $(JOBS) $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED)) \
		--flavour unit '$(HOSTCC) $(HOST_CFLAGS) -w -O1 $(SANITIZE)' '$(call mutation_rest,unit)' \
			'$(call mutation_objects,$(UNIT_TESTS:%=$(HOST)/unit/obj/tests/unit/%.c.o))' '' \
		--flavour oracle '$(HOSTCC) $(HOST_CFLAGS) -w -O2 $(ORACLE_LIMITS)' '$(call mutation_rest,oracle)' '$(MUTATION_ORACLE)' 3000

# --- soak: no part of the tests, as it takes long and no two runs are alike ---------------------------------------------------

# Partitions have all the time that a manifest can give: threads of a busy host stop for longer than any budget allows.
SOAK_PARTITIONS := echo vault ticker crasher crasher_mp crasher_queued phoenix_mp phoenix_queued
$(BUILD)/images/soak/flash.bin: $(BUILD)/spmc/bulkhead.bin $(call partition_files,$(SOAK_PARTITIONS)) $(PACK_TOOLS) $(BOARD) $(TFA_ID)
	$(call say,PACK,$@)
	$(Q)for p in $(SOAK_PARTITIONS); do mkdir -p $(BUILD)/soak/$$p && cp $(BUILD)/partitions/$$p/$$p.bin $(BUILD)/partitions/$$p/$$p.dtb $(BUILD)/soak/$$p/ && \
		fdtput -t i $(BUILD)/soak/$$p/$$p.dtb / bulkhead,budget-ms 60000 || exit 1; done
	$(Q)$(PYTHON) tools/pack.py --board $(BOARD) --cpus 4 --memory 1G --spmc $< --tfa $(TFA_BIN) --tfa-tools $(TFA) --out $(@D) \
		$(foreach p,$(SOAK_PARTITIONS),$(BUILD)/soak/$(p))

# Those that others use have all that time here too; the attackers' own is short.
rogue_pack = $(PYTHON) tools/pack.py --board $(BOARD) --cpus 4 --memory 1G --spmc $(1) --tfa $(TFA_BIN) --tfa-tools $(TFA) --out $(2) \
	$(BUILD)/partitions/echo $(BUILD)/rogue/vault $(BUILD)/partitions/rogue $(BUILD)/partitions/rogue_queued
$(BUILD)/images/rogue/flash.bin: $(BUILD)/spmc/bulkhead.bin $(call partition_files,echo vault rogue rogue_queued) $(PACK_TOOLS) $(BOARD) $(TFA_ID)
	$(call say,PACK,$@)
	$(Q)mkdir -p $(BUILD)/rogue/vault && cp $(BUILD)/partitions/vault/vault.bin $(BUILD)/partitions/vault/vault.dtb $(BUILD)/rogue/vault/ && \
		fdtput -t i $(BUILD)/rogue/vault/vault.dtb / bulkhead,budget-ms 60000
	$(Q)$(call rogue_pack,$<,$(@D))

SOAK_SECONDS = $(if $(filter file,$(origin DURATION)),300,$(DURATION))
soak: $(call need,base target qemu linux)
	@$(PARALLEL_MAKE) run-soak
.PHONY: run-soak
run-soak: $(BUILD)/images/soak/flash.bin $(INITRD) tools/soak.py $(BOOT_DEPS)
	@$(PYTHON) tools/soak.py --board $(BOARD) --qemu $(QEMU) --cache $(CACHE) --build $(BUILD) --image soak --seconds $(SOAK_SECONDS) $(if $(NVHE),--nvhe)

# --- bench ------------------------------------------------------------------------------------------------------------------

PLUGIN := $(BUILD)/bench/plugin.so
$(PLUGIN): tests/bench/plugin.c $(wildcard tests/bench/*.h) | $(call need,base bench)
	$(call say,HOSTCC,$<)
	$(Q)mkdir -p $(@D) && $(HOSTCC) -std=gnu11 -O2 -fPIC -shared -Wall -Wextra -Werror -I$(CACHE)/plugin $$(pkg-config --cflags glib-2.0) -o $@ $<

BENCH_IMAGE := bench-smp1-512M
BENCH_CPUS_IMAGE := bench-smp4-1G
$(BUILD)/images/floor/flash.bin: $(BUILD)/floor/floor.bin $(PACK_TOOLS) $(BOARD) $(TFA_ID)
	$(call say,PACK,$@)
	$(Q)$(PYTHON) tools/pack.py --board $(BOARD) --cpus 1 --memory 1G --spmc $< --tfa $(TFA_BIN) --tfa-tools $(TFA) --out $(@D)

BENCH := --build $(BUILD) --image $(BENCH_IMAGE) --plugin $(PLUGIN) --elf $(BUILD)/spmc/bulkhead.elf --nm $(CROSS)nm
PLAIN := --plain-image plain-$(BENCH_IMAGE) --plain-cpus-image plain-$(BENCH_CPUS_IMAGE) --plain-elf $(BUILD)/variants/plain/spmc/bulkhead.elf
BENCH_DEPS := $(PLUGIN) $(foreach image,$(BENCH_IMAGE) $(BENCH_CPUS_IMAGE) floor,$(BUILD)/images/$(image)/flash.bin) \
	$(BUILD)/bl33/bl33.bin $(INITRD) $(BOOT_DEPS)

layer-bench: $(BENCH_DEPS) $(foreach image,$(BENCH_IMAGE) $(BENCH_CPUS_IMAGE),$(BUILD)/images/plain-$(image)/flash.bin)
	@rm -rf $(RESULTS)/bench
	@$(PYTHON) tests/bench/bench.py $(BENCH) $(PLAIN) --cpus-image $(BENCH_CPUS_IMAGE) --floor floor $(if $(PLOT),--plot $(PLOT)) --out $(BUILD)/bench.json --tap $(RESULTS)/bench -- $(BOOT)

ifdef PROFILE
bench: $(BENCH_DEPS)
	@$(PYTHON) tests/bench/hotspots.py --operation $(PROFILE) --addr2line $(CROSS)addr2line $(BENCH) -- $(BOOT)
else
bench: layer-bench
endif

# What each measure costs by itself.
bench-hardening: $(PLUGIN) $(foreach variant,$(VARIANTS),$(BUILD)/images/$(variant)-$(BENCH_IMAGE)/flash.bin) $(BENCH_DEPS)
	@$(PYTHON) tests/bench/hardening.py $(BENCH) --variants $(VARIANTS) -- $(BOOT)

# --- rogue: attacks at random, from a seed -----------------------------------------------------------------------------------

ROGUE := $(PYTHON) tests/rogue/rogue.py $(filter-out --image $(BENCH_IMAGE),$(BENCH)) --image rogue
ROGUE_DEPS := $(PLUGIN) $(BUILD)/images/rogue/flash.bin $(BUILD)/bl33/bl33.bin $(BOOT_DEPS) tests/rogue/rogue.py
ROGUE_SECONDS = $(if $(filter file,$(origin DURATION)),60,$(DURATION))

layer-rogue: $(ROGUE_DEPS)
	@rm -rf $(RESULTS)/rogue
	@$(ROGUE) --seconds 20 --replay 1000 --tap $(RESULTS)/rogue -- $(BOOT)
	@$(TAP) run $(RESULTS)/rogue/planted.tap $(PYTHON) tests/rogue/faults.py $(filter-out --image $(BENCH_IMAGE),$(BENCH)) --image rogue \
		--make "$(MAKE) --no-print-directory -j$(JOBS) WARNINGS=-w CACHE=$(abspath $(CACHE)) CC_AARCH64='$(CC_AARCH64)'" --pack "$(call rogue_pack,SPMC,OUT)" -- $(BOOT)

rogue: $(call need,base target qemu bench)
	@$(PARALLEL_MAKE) run-rogue
.PHONY: rogue run-rogue
run-rogue: $(ROGUE_DEPS)
	@$(ROGUE) --seconds $(ROGUE_SECONDS) $(if $(SEED),--seed $(SEED)) $(if $(TURNS),--turns $(TURNS)) -- $(BOOT)

# --- size, check, clean -------------------------------------------------------------------------------------------------------

size: $(BUILD)/spmc/bulkhead.bin
	@$(PYTHON) tools/size.py $(CROSS)nm $(BUILD)/spmc/bulkhead.elf $(BUILD)/spmc/bulkhead.bin $(BUILD)/size.json
	$(if $(IS_CLANG),,@$(PYTHON) tools/stack.py $(CROSS)objdump $(CROSS)nm $(BUILD)/spmc/bulkhead.elf $(BUILD)/stack.json)

.PHONY: firmware purity format tidy docs docs-check verification-docs
docs: $(call need,base)
	@$(PYTHON) tools/conformance.py
verification-docs: $(call need,base)
	@$(PYTHON) tools/verification.py write $(BUILD)
docs-check:
	@$(PYTHON) tools/verification.py check $(BUILD)
	@$(PYTHON) tools/conformance.py --check
	@$(PROVE) check
	$(call say,DOCS,docs/FFA.md)

firmware: $(BUILD)/spmc/bulkhead.bin $(call partition_files,$(PARTITION_FOLDERS)) $(if $(wildcard normal/bl33/*.S),$(BUILD)/bl33/bl33.bin) \
	$(if $(wildcard tests/floor/*.S),$(BUILD)/floor/floor.bin)

purity: $(CORE_OBJECTS)
	@$(PYTHON) tools/purity.py $(CROSS) core/port.h $(CORE_OBJECTS)
	$(call say,PURE,core/)

C_FILES = $(shell git ls-files '*.c' '*.h')
format: $(call need,lint)
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(call say,FORMAT,$(words $(C_FILES)) files)

tidy: $(call need,base host lint)
	$(call say,TIDY,core/)
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $(CORE_SOURCES) -- $(HOST_CFLAGS) 2>$(BUILD)/tidy.log || { cat $(BUILD)/tidy.log >&2; exit 1; }

# All parts run, so that one round shows everything there is to mend.
check: $(call need,base host target lint)
	@status=0; \
	$(PARALLEL_MAKE) -k firmware purity size BUILD=$(BUILD)/check-gcc CC_AARCH64=$(CROSS)gcc || status=1; \
	$(PARALLEL_MAKE) -k firmware BUILD=$(BUILD)/check-clang CC_AARCH64='clang --target=aarch64-linux-gnu' || status=1; \
	$(PARALLEL_MAKE) -k format tidy docs-check || status=1; \
	exit $$status

clean:
	$(Q)rm -rf $(BUILD)
distclean: clean
	$(Q)rm -rf $(CACHE)

-include $(shell find $(BUILD)/obj $(HOST) -name '*.d' 2>/dev/null)
