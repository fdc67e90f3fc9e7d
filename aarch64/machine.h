/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of aarch64/ offer to each other. */
#ifndef AARCH64_MACHINE_H
#define AARCH64_MACHINE_H

#include "aarch64/registers.h"
#include "core/spmc.h"
#include "platform/qemu-virt/platform.h"

/* Where physical memory is seen at S-EL2. */
#define WINDOW 0xfffffff000000000ULL

static inline void *window(uint64_t pa)
{
    return (void *)(WINDOW + pa);
}

static inline uint64_t window_pa(const void *address)
{
    return (uint64_t)address - WINDOW;
}

static inline unsigned cpu_number(void)
{
    return read_register(mpidr_el1) >> PLATFORM_CPU_SHIFT & (BIT(PLATFORM_CPU_BITS) - 1);
}

/* Where a CPU waits for another: apart, so that the bench can tell waiting from work. */
#define WAITING static __attribute__((noinline, section(".text.wait")))

/* A short function, or one that seldom runs, fills the room behind a vector (aarch64/vectors.inc).
 */
#ifdef __clang__ /* makes longer ones */
#define BEHIND_VECTOR(number) __attribute__((noinline))
#else
#define BEHIND_VECTOR(number) __attribute__((noinline, section(".text.vector." number ".more")))
#endif

extern struct spmc spmc;

/* boot.c: the first C code of the boot CPU, on its own stack. */
_Noreturn void boot_primary(unsigned cpu, uint64_t manifest);

/* cpu.c: what each CPU sets up; the first C code of the others; the boot CPU's way out of boot.c.
 */
void cpu_init(unsigned cpu);
_Noreturn void boot_secondary(unsigned cpu);
_Noreturn void boot_done(unsigned cpu);

/* loop.c: events and what follows from them, for ever. */
bool loop_is_waited_for(void);
_Noreturn void loop(unsigned cpu, enum event_kind first);
void alarm_set(unsigned cpu, uint64_t deadline);

/* vectors.S */
unsigned vcpu_run(struct regs *regs);
void spmd_call(struct regs *regs);
bool foreign_zero(void *to, size_t size); /* in pieces of 64 bytes */
bool foreign_copy(void *to, const void *from, size_t size);

/* mmu.c: Bulkhead's own tables. Memory of the manifest comes in once that is read. */
void mmu_init(void);
void mmu_map_normal_memory(const struct ranges *ranges);

/* seal.c: boot code is gone from here on, and what never changes again is read-only. */
void mmu_end_boot(void);
extern uint64_t *mmu_image_pages;

/* context.c: what a vCPU has beyond its general registers; one owner's is loaded on a CPU. */
void context_cpu_init(unsigned cpu);
void context_load_vcpu(unsigned cpu, struct vcpu *v);
void context_load_normal(unsigned cpu);
bool context_give_rare(unsigned cpu);
void context_throw(struct vcpu *v);
bool context_can_throw(const struct vcpu *v);

/* gicv3.c */
#define INTID_KICK 9
#define INTID_ALARM 20
#define INTID_NONE 1020 /* this and above: no interrupt to take */
void gic_cpu_init(unsigned cpu);
unsigned
gic_take(void); /* acknowledges and ends a Secure interrupt; INTID_NONE and above: there was none */
bool gic_group0_pending(void);
uint64_t gic_mask(enum mask mask); /* returns what gic_unmask puts back */
void gic_unmask(uint64_t mask);
void gic_configure(unsigned intid, unsigned priority, bool level, unsigned cpu);
void gic_enable(unsigned intid, unsigned cpu, bool on);
void gic_route(unsigned intid, unsigned cpu);
void gic_wait(void); /* until an interrupt of any world is pending; takes none */
void gic_kick(unsigned cpu);
void gic_schedule_receiver(unsigned cpu);

/* timer.c: the CPU's own timer of S-EL2; NEVER stops it */
void timer_set(uint64_t deadline);

/* pl011.c */
void uart_init(void);
void uart_put(char c);

/* exception.c: the end of a CPU, with a report. */
_Noreturn void stop(unsigned cpu, const char *reason);

#endif
