# Your own parts: flash images around any Normal world and any partitions, and new partitions (docs/PARTITIONS.md).

BL33_BASE ?= $(BOARD_BL33_BASE)

# A word of PARTITIONS is a partition of this tree (by name or folder), else a folder or a package from anywhere.
tree_name = $(filter $(PARTITION_FOLDERS),$(patsubst partitions/%,%,$(patsubst ./%,%,$(patsubst $(CURDIR)/%,%,$(patsubst %/,%,$(1))))))
FLASH_WORDS   := $(PARTITIONS) $(EXTRA)
FLASH_TREE    := $(foreach word,$(FLASH_WORDS),$(call tree_name,$(word)))
FLASH_FOREIGN := $(foreach word,$(FLASH_WORDS),$(if $(call tree_name,$(word)),,$(word)))
FLASH_SOURCES := $(foreach word,$(FLASH_WORDS),$(or $(patsubst %,$(BUILD)/partitions/%,$(call tree_name,$(word))),$(word)))

# For the shell: text of the user's, as one word; a variable of the user's, or nothing where it has its default.
quoted   = '$(subst ','\'',$(1))'
explicit = $(if $(filter-out file undefined,$(origin $(1))),$($(1)))

# BL2 that finds its Normal world in the FIP knows the address: a build of it for each. TF-A appends to INCLUDES.
TFA_BL33 := $(BUILD)/tfa-bl33-$(BL33_BASE)
$(BUILD)/tfa-bl33-%/qemu/release/bl2.bin: platform/$(PLATFORM)/tfa/platform_def.h $(TFA_ID)
	$(call say,TF-A,BL2 for BL33 at $*)
	$(Q)mkdir -p $(BUILD)/tfa-bl33-$* && cp $(TFA)/layout.json $(BUILD)/tfa-bl33-$*/
	$(Q)$(call TFA_MAKE,INCLUDES='-I$(abspath $(<D)) -DBULKHEAD_BL33_BASE=$*') BUILD_BASE=$(abspath $(BUILD)/tfa-bl33-$*) \
		SP_LAYOUT_FILE=$(abspath $(BUILD)/tfa-bl33-$*/layout.json) bl2 >$(BUILD)/tfa-bl33-$*/log 2>&1 || \
		{ echo "TF-A did not build: see $(BUILD)/tfa-bl33-$*/log" >&2; exit 1; }
	$(Q)touch $@

FLASH_BL2  := $(if $(BL33),$(TFA_BL33)/qemu/release/bl2.bin,$(TFA_BIN)/bl2.bin)
FLASH_PACK  = $(PYTHON) tools/pack.py --board $(BOARD) --spmc $(BUILD)/spmc/bulkhead.bin --tfa $(TFA_BIN) --tfa-tools $(TFA) \
	--flash $(call quoted,$(OUT)) --out $(BUILD)/flash/$(or $(basename $(notdir $(OUT))),none) \
	--cpus $(call quoted,$(or $(CPUS),$(call explicit,SMP))) $(if $(call explicit,MEMORY),--memory $(call quoted,$(MEMORY))) \
	$(if $(BL33),--bl33 $(call quoted,$(BL33)) --bl2 $(FLASH_BL2)) --bl33-base $(call quoted,$(if $(BL33),$(BL33_BASE),$(call explicit,BL33_BASE))) \
	$(if $(SPMC_MANIFEST),--spmc-manifest $(call quoted,$(SPMC_MANIFEST)))

.PHONY: flash flash-parts new-partition
flash-parts: $(BUILD)/spmc/bulkhead.bin $(call partition_files,$(FLASH_TREE)) $(TFA_ID) $(if $(BL33),$(FLASH_BL2))
	@:
flash: $(call need,base)
	@$(FLASH_PACK) --check $(FLASH_FOREIGN)
	@$(PARALLEL_MAKE) flash-parts
	$(Q)$(FLASH_PACK) $(FLASH_SOURCES)
	$(call say,PACK,$(OUT))

# `make run` boots FLASH, or packs what an image of this tree cannot hold, or takes such an image.
RUN_FLASH := $(or $(FLASH),$(if $(strip $(BL33) $(SPMC_MANIFEST) $(FLASH_FOREIGN)),$(BUILD)/flash/run.bin))
RUN_BOOT   = $(BOOT) run --cpu $(call quoted,$(CPU)) --append $(call quoted,$(APPEND)) --qemu-args $(call quoted,$(QEMU_ARGS))

.PHONY: linux-parts
linux-parts: $(INITRD)
	@:
ifneq ($(RUN_FLASH),)
run: $(BOOT_DEPS)
	$(if $(and $(FLASH),$(strip $(BL33) $(SPMC_MANIFEST))),@echo 'boot: FLASH has all in it$(comma) expected no BL33 and no SPMC_MANIFEST' >&2; exit 1)
	$(if $(FLASH),,@mkdir -p $(dir $(RUN_FLASH)) && $(MAKE) --no-print-directory flash OUT=$(RUN_FLASH))
	@world=$$($(PYTHON) tools/flash.py --board $(BOARD) $(call quoted,$(RUN_FLASH))) || exit 1; \
		case $$world in linux) $(PARALLEL_MAKE) linux-parts || exit 1 ;; esac; \
		$(RUN_BOOT) --flash $(call quoted,$(RUN_FLASH)) $(if $(FLASH),$(if $(call explicit,MEMORY),--memory $(call quoted,$(MEMORY))) \
		$(if $(or $(CPUS),$(call explicit,SMP)),--cpus $(call quoted,$(or $(CPUS),$(SMP)))))
else
run: $(call need,base target linux) $(BOOT_DEPS)
	@$(PARALLEL_MAKE) run-parts
	@$(RUN_BOOT) --image $(RUN_IMAGE)
endif

new-partition: $(call need,base)
	@$(PYTHON) tools/new_partition.py $(call quoted,$(NAME))
