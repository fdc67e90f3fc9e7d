// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of Linux are the same after a call as before it: vectors,
 * system registers of EL1, timers. crasher's part is to change its own.
 */
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "cpus.h"
#include "smc.h"
#include "suites.h"
#include "vector.h"

#include <asm/cpufeature.h>
#include <asm/fpsimd.h>
#include <asm/neon.h>
#include <asm/sysreg.h>

static void exchange(struct tap *t, enum demo to, u64 command)
{
	smc_regs result = smc_exchange(to, (struct words){ command }, NULL);

	require(t, result.a0 == FFA_FN64_MSG_SEND_DIRECT_RESP, "%s, command %llu: x0 %#lx, x2 %#lx",
		demo[to].name, command, result.a0, result.a2);
}

/* Messages that leave nothing in the partition's registers as it was. */
static void disturb(struct tap *t)
{
	exchange(t, CRASHER, CRASH_FP);
	exchange(t, CRASHER, CRASH_SYSTEM_REGISTERS);
	exchange(t, ECHO, ~0ULL);
	exchange(t, VAULT, VAULT_LIST);
}

struct simd_images {
	struct simd_registers filled, before, after;
};

static void compare_simd(struct tap *t, void *data)
{
	struct simd_images *image = data;

	kernel_neon_begin();
	simd_fill(&image->filled);
	simd_read(&image->before);
	disturb(t);
	simd_read(&image->after);
	kernel_neon_end();

	require(t, !memcmp(image->filled.q, image->before.q, sizeof(image->filled.q)),
		"the test itself");
	require(t, !memcmp(image->before.q, image->after.q, sizeof(image->before.q)),
		"CPU %u: a vector register has changed", raw_smp_processor_id());
	require(t,
		image->before.fpcr == image->after.fpcr && image->before.fpsr == image->after.fpsr,
		"FPCR %#llx, FPSR %#llx became %#llx, %#llx", image->before.fpcr,
		image->before.fpsr, image->after.fpcr, image->after.fpsr);
}

static void simd_registers_survive_messages(struct tap *t)
{
	struct simd_images *image = kzalloc(sizeof(*image), GFP_KERNEL);
	unsigned int cpu;

	require(t, image, "no memory");
	get_random_bytes(image->filled.q, sizeof(image->filled.q));
	for_each_online_cpu(cpu)
		on_cpu(t, cpu, compare_simd, image);
	kfree(image);
}

/* Room for the longest vectors of the architecture: 2048 bits. */
struct sve_image {
	u8 z[32 * 256];
	u8 p[16 * 32];
};

struct sve_images {
	struct sve_image filled, before, after;
};

/* At the longest vectors of this CPU, whatever the task before used. */
static void compare_sve(struct tap *t, void *data)
{
	struct sve_images *image = data;
	unsigned long bytes;
	u64 zcr;

	kernel_neon_begin();
	zcr = read_sysreg_s(SYS_ZCR_EL1);
	write_sysreg_s(zcr | ZCR_ELx_LEN_MASK, SYS_ZCR_EL1);
	isb();
	bytes = sve_vector_bytes();
	sve_fill(image->filled.z, image->filled.p);
	sve_read(image->before.z, image->before.p);
	disturb(t);
	sve_read(image->after.z, image->after.p);
	write_sysreg_s(zcr, SYS_ZCR_EL1);
	kernel_neon_end();

	require(t, !memcmp(image->filled.z, image->before.z, 32 * bytes), "the test itself");
	require(t, !memcmp(image->before.z, image->after.z, 32 * bytes),
		"CPU %u, vectors of %lu bytes: one has changed", raw_smp_processor_id(), bytes);
	require(t, !memcmp(image->before.p, image->after.p, 16 * bytes / 8),
		"CPU %u: a predicate has changed", raw_smp_processor_id());
}

static void sve_registers_survive_messages(struct tap *t)
{
	struct sve_images *image;
	unsigned int cpu;

	if (!system_supports_sve())
		return;
	image = kvzalloc(sizeof(*image), GFP_KERNEL);
	require(t, image, "no memory");
	get_random_bytes(&image->filled, sizeof(image->filled));
	for_each_online_cpu(cpu)
		on_cpu(t, cpu, compare_sve, image);
	kvfree(image);
}

/*
 * Streaming mode and ZA are left to bl33 (suite_simd.c): Debian's kernel is built
 * without CONFIG_ARM64_SME, so it offers them to no program and keeps no state of
 * theirs.
 */

#define TIMER_STATUS BIT(2) /* changes by itself */
#define IF(there, register) ((there) ? read_sysreg_s(register) : 0)

/* clang-format off */
#define KEPT_REGISTERS(X)						\
	X(sctlr_el1) X(cpacr_el1) X(ttbr0_el1) X(ttbr1_el1)		\
	X(tcr_el1) X(mair_el1) X(amair_el1) X(contextidr_el1)		\
	X(vbar_el1) X(elr_el1) X(spsr_el1) X(esr_el1)			\
	X(far_el1) X(afsr0_el1) X(afsr1_el1) X(tpidr_el1)		\
	X(tpidr_el0) X(tpidrro_el0) X(sp_el0) X(csselr_el1)		\
	X(mdscr_el1) X(cntkctl_el1) X(cntp_cval_el0) X(cntv_cval_el0)

/* Parts of registers, and registers that not every CPU has. */
#define KEPT_VALUES(X)							\
	X(cntp_ctl_el0, read_sysreg(cntp_ctl_el0) & ~TIMER_STATUS)	\
	X(cntv_ctl_el0, read_sysreg(cntv_ctl_el0) & ~TIMER_STATUS)	\
	X(zcr_el1, IF(system_supports_sve(), SYS_ZCR_EL1))		\
	X(smcr_el1, IF(system_supports_sme(), SYS_SMCR_EL1))		\
	X(tpidr2_el0, IF(system_supports_sme(), SYS_TPIDR2_EL0))	\
	X(gcr_el1, IF(system_supports_mte(), SYS_GCR_EL1))		\
	X(rgsr_el1, IF(system_supports_mte(), SYS_RGSR_EL1))		\
	X(tfsr_el1, IF(system_supports_mte(), SYS_TFSR_EL1))		\
	X(tfsre0_el1, IF(system_supports_mte(), SYS_TFSRE0_EL1))
/* clang-format on */

#define REGISTER_NAME(register) #register,
#define REGISTER_VALUE(register) read_sysreg(register),
#define VALUE_NAME(name, value) #name,
#define VALUE(name, value) value,

static const char *const kept_names[] = { KEPT_REGISTERS(REGISTER_NAME) KEPT_VALUES(VALUE_NAME) };

struct kept {
	u64 value[ARRAY_SIZE(kept_names)];
};

static struct kept read_kept(void)
{
	return (struct kept){ { KEPT_REGISTERS(REGISTER_VALUE) KEPT_VALUES(VALUE) } };
}

/*
 * A call with Linux's interrupts masked around it, so that nothing but the call
 * can change a register; then they are let in, for what interrupted it.
 */
static smc_regs call_and_compare(struct tap *t, const smc_regs *call)
{
	struct kept before, after;
	unsigned long flags;
	smc_regs result;
	unsigned int i;

	local_irq_save(flags);
	before = read_kept();
	result = smc_call(call);
	after = read_kept();
	local_irq_restore(flags);

	for (i = 0; i < ARRAY_SIZE(kept_names); i++)
		if (before.value[i] != after.value[i])
			tap_fail(t, "CPU %u: %s was %#llx, is %#llx", raw_smp_processor_id(),
				 kept_names[i], before.value[i], after.value[i]);
	return result;
}

static void exchange_and_compare(struct tap *t, enum demo to, u64 command)
{
	smc_regs result = { .a0 = FFA_FN64_MSG_SEND_DIRECT_REQ,
			    .a1 = demo[to].device->vm_id,
			    .a3 = command };

	result = call_and_compare(t, &result);
	while (result.a0 == FFA_INTERRUPT) {
		result.a0 = FFA_RUN;
		result = call_and_compare(t, &result);
	}
	require(t, result.a0 == FFA_FN64_MSG_SEND_DIRECT_RESP, "%s, command %llu: x0 %#lx, x2 %#lx",
		demo[to].name, command, result.a0, result.a2);
}

static void compare_system_registers(struct tap *t, void *data)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		exchange_and_compare(t, ECHO, 1);
		exchange_and_compare(t, VAULT, VAULT_LIST);
		exchange_and_compare(t, CRASHER, CRASH_SYSTEM_REGISTERS);
		exchange_and_compare(t, CRASHER, CRASH_TIMER);
		exchange_and_compare(t, CRASHER, CRASH_READ);
	}
}

static void system_registers_and_timers_survive_messages(struct tap *t)
{
	unsigned int cpu;

	require(t, demo[CRASHER].device, "no crasher");
	for_each_online_cpu(cpu)
		on_cpu(t, cpu, compare_system_registers, NULL);
}

/* System registers first: what a partition's first call leaves in them, its second finds there. */
tap_suite register_suite = {
	TAP_TEST(system_registers_and_timers_survive_messages),
	TAP_TEST(simd_registers_survive_messages),
	TAP_TEST(sve_registers_survive_messages),
	{},
};
