# QEMU's virt machine, as TF-A has to be built for it. SVE, SME, pointer authentication and MTE stay usable for Linux on
# -cpu max; on a CPU without them TF-A finds out by itself.

BOARD_TFA_FLAGS := PLAT=qemu QEMU_USE_GIC_DRIVER=QEMU_GICV3 SPD=spmd SPMD_SPM_AT_SEL2=1 \
	ENABLE_SVE_FOR_NS=2 ENABLE_SVE_FOR_SWD=1 ENABLE_SME_FOR_NS=2 ENABLE_SME_FOR_SWD=1 \
	CTX_INCLUDE_PAUTH_REGS=1 ENABLE_FEAT_MTE2=2 LOG_LEVEL=20 \
	ARM_LINUX_KERNEL_AS_BL33=1 ARM_PRELOADED_DTB_BASE=0x40000000

# Who takes BL33's place gets the device tree's address in x0, as Linux does. The kernel (or bl33.bin) is in memory
# already; any other comes from the flash image, to an address of the user's choice, this one by default.
BOARD_BL33_BASE := 0x40400000
BOARD_TFA_LINUX_FLAGS := PRELOADED_BL33_BASE=$(BOARD_BL33_BASE)
