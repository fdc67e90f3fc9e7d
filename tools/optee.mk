# OP-TEE as a partition: built as it is from its own project's source, with its driver, supplicant and tests in Linux
# (docs/PARTITIONS.md). Only its manifest is written here.

OPTEE_MANIFEST := platform/$(PLATFORM)/optee.dts
OPTEE          := $(CACHE)/optee
OPTEE_STAGES    = $(call need,base target linux optee)

# The set-up of OP-TEE takes modules of the kernel.
$(CACHE)/setup/optee: $(CACHE)/setup/linux

# The image follows the package's header and manifest. All memory that the manifest gives is its.
optee_cell  = $(shell sed -n 's/.*$(1) = <0 \(0x[0-9a-f]*\)>.*/\1/p' $(OPTEE_MANIFEST))
OPTEE_HEAD  := 0x4000
OPTEE_FLAGS := PLATFORM=vexpress-qemu_armv8a CFG_CORE_SEL2_SPMC=y CFG_ARM64_core=y CFG_ARM_GICV3=y CFG_USER_TA_TARGETS=ta_arm64 \
	CFG_TEE_CORE_DEBUG=n CFG_NUM_THREADS=4 CFG_TEE_CORE_NB_CORE=8 \
	CFG_TZDRAM_START=$(shell printf '0x%x' $$(($(call optee_cell,load-address) + $(OPTEE_HEAD)))) \
	CFG_TZDRAM_SIZE=$(shell printf '0x%x' $$(($(call optee_cell,mem-size) - $(OPTEE_HEAD))))

# A set of flags has a folder of its own, so it is built once.
OPTEE_OUT := $(abspath $(OPTEE))/out-$(shell echo '$(OPTEE_FLAGS)' | cksum | cut -d' ' -f1)
OPTEE_RAW := $(OPTEE_OUT)/core/tee-raw.bin
$(OPTEE_OUT)/built: | $(OPTEE_STAGES)
	$(call say,OP-TEE,$(shell cat $(CACHE)/versions/optee 2>/dev/null))
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(Q)$(OTHERS_MAKE) -C $(OPTEE)/os O=$(@D) $(OPTEE_FLAGS) PYTHON3=$(PYTHON) TEE_IMPL_VERSION=$$(cat $(CACHE)/versions/optee) \
		$(foreach part,64 _core _ta_arm64,CROSS_COMPILE$(part)=$(CROSS)) >$(@D)/log 2>&1 || { echo "OP-TEE did not build: see $(@D)/log" >&2; exit 1; }
	$(Q)touch $@

$(BUILD)/partitions/optee/optee.bin: $(OPTEE_OUT)/built
	$(Q)mkdir -p $(@D) && cp $(OPTEE_RAW) $@
$(BUILD)/partitions/optee/optee.dtb: $(OPTEE_MANIFEST) | $(call need,base)
	$(call say,DTC,$<)
	$(Q)mkdir -p $(@D) && dtc -q -I dts -O dtb -o $@ $<

# --- Linux: the driver with its FF-A part, and what it needs of user space, appended to the initramfs ----------------------

OPTEE_LINUX := $(BUILD)/optee
$(OPTEE_LINUX)/optee.ko: $(LINUX)/ffa.stamp | $(OPTEE_STAGES)
	$(call say,KBUILD,optee.ko)
	$(Q)rm -rf $(@D)/driver && mkdir -p $(@D) && cp -r $(CACHE)/tee_optee $(@D)/driver
	$(Q)$(KBUILD) M=$(abspath $(@D))/driver KBUILD_EXTRA_SYMBOLS=$(abspath $(LINUX))/arm_ffa/Module.symvers \
		KCFLAGS='$(KBUILD_PATHS) -ffile-prefix-map=$(abspath $(@D))=. -DCONFIG_ARM_FFA_TRANSPORT_MODULE=1' modules >$(@D)/driver.log 2>&1 \
		|| { tail -n 20 $(@D)/driver.log >&2; exit 1; }
	$(Q)$(CROSS)strip -g -o $@ $(@D)/driver/optee.ko

OPTEE_SCRIPTS   := $(filter-out %.c,$(wildcard normal/linux/optee/*))
OPTEE_CLIENTS   := $(patsubst normal/linux/optee/%.c,%,$(wildcard normal/linux/optee/*.c))
OPTEE_LIBRARIES := libc.so.6 libm.so.6 libteec.so.2 libckteec.so.0 libcrypto.so.3 libz.so.1 libzstd.so.1
OPTEE_USER      := $(OPTEE)/root/usr
OPTEE_INITRD    := $(OPTEE_LINUX)/initrd.cpio

# A client of OP-TEE is one file. The libraries want a newer C library than that of the compiler, which they find in Linux.
$(OPTEE_LINUX)/bin/%: normal/linux/optee/%.c $(wildcard tests/bench/*.h) | $(OPTEE_STAGES)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CROSS)gcc -std=gnu11 -O2 -Wall -Wextra -Werror -ffile-prefix-map=$(CURDIR)/= -I. -isystem $(OPTEE_USER)/include -o $@ $< \
		-L$(OPTEE_USER)/lib/aarch64-linux-gnu -l:libteec.so.2 -Wl,--allow-shlib-undefined

$(OPTEE_INITRD): $(INITRD) $(OPTEE_LINUX)/optee.ko $(OPTEE_OUT)/built $(OPTEE_SCRIPTS) $(OPTEE_CLIENTS:%=$(OPTEE_LINUX)/bin/%) tools/initramfs.py
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/initramfs.py $@.own $(foreach f,$(OPTEE_SCRIPTS),bin/optee-$(notdir $(f))=$(f)) $(foreach c,$(OPTEE_CLIENTS),bin/optee-$(c)=$(OPTEE_LINUX)/bin/$(c)) \
		bin/xtest=$(OPTEE_USER)/bin/xtest bin/tee-supplicant=$(OPTEE_USER)/sbin/tee-supplicant \
		lib/ld-linux-aarch64.so.1=$(OPTEE_USER)/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1 \
		$(foreach l,$(OPTEE_LIBRARIES),lib/aarch64-linux-gnu/$(l)=$(OPTEE_USER)/lib/aarch64-linux-gnu/$(l)) \
		lib/modules/optee.ko=$(OPTEE_LINUX)/optee.ko $(foreach m,tee virtio_blk,lib/modules/$(m).ko=$(OPTEE)/$(m).ko) \
		$$(for f in $(OPTEE_USER)/lib/optee_armtz/*.ta $(OPTEE_OUT)/export-ta_arm64/ta/*.ta; do echo lib/optee_armtz/$${f##*/}=$$f; done) \
		$$(for f in $(OPTEE_USER)/lib/tee-supplicant/plugins/*; do echo usr/lib/tee-supplicant/plugins/$${f##*/}=$$f; done)
	$(Q)cat $(INITRD) $@.own >$@ && rm $@.own

# --- running and testing -----------------------------------------------------------------------------------------------

OPTEE_IMAGE := optee-smp$(SMP)-$(MEMORY)
OPTEE_BOOT   = $(BOOT) --initrd $(OPTEE_INITRD)

.PHONY: run-optee test-optee optee-parts
optee-parts: $(BUILD)/images/$(OPTEE_IMAGE)/flash.bin $(OPTEE_INITRD)
	@:
run-optee: $(OPTEE_STAGES) $(BOOT_DEPS)
	@$(PARALLEL_MAKE) optee-parts
	@$(OPTEE_BOOT) run --cpu $(call quoted,$(CPU)) --append $(call quoted,$(APPEND)) --qemu-args $(call quoted,$(QEMU_ARGS)) --image $(OPTEE_IMAGE)

# Some cases of its test suite, and all.
.PHONY: layer-optee layer-xtest
layer-optee layer-xtest: layer-%: $$(call images_of,$$*) $(OPTEE_INITRD) $(BOOT_DEPS)
	@rm -rf $(RESULTS)/$*; $(OPTEE_BOOT) test $(if $(filter xtest,$*),--at-once $(JOBS)) $*
	@$(if $(filter xtest,$*),$(TAP) run $(RESULTS)/$*/totals.tap sh tests/optee/totals.sh $(patsubst %,$(RESULTS)/$*/%.tap,$(shell awk '$$1 == "$*" { print $$2 }' tools/boots.txt)))
test-optee: $(OPTEE_STAGES) $(call need,qemu bench)
	$(call test_layers,optee xtest bench-optee)

# Round trips to trusted applications, on one CPU.
.PHONY: bench-optee layer-bench-optee
OPTEE_BENCH_IMAGE := optee-smp1-1G
OPTEE_BENCH_DEPS  := $$(PLUGIN) $(BUILD)/images/$(OPTEE_BENCH_IMAGE)/flash.bin $(OPTEE_INITRD) $(BOOT_DEPS)
layer-bench-optee: $(OPTEE_BENCH_DEPS)
	@rm -rf $(RESULTS)/bench-optee
	@$(PYTHON) tests/bench/optee.py $(BENCH) --image $(OPTEE_BENCH_IMAGE) --out $(BUILD)/bench.json --tap $(RESULTS)/bench-optee -- $(OPTEE_BOOT)

ifdef PROFILE
bench-optee: $(OPTEE_BENCH_DEPS)
	@$(PYTHON) tests/bench/hotspots.py --operation $(PROFILE) --addr2line $(CROSS)addr2line $(BENCH) --image $(OPTEE_BENCH_IMAGE) -- $(OPTEE_BOOT)
else
bench-optee: layer-bench-optee
endif
