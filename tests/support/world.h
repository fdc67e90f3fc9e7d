/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small world made by hand, without manifests: three partitions that differ in what
 * matters to messages (one migrates, one has a context on each CPU, one runs with
 * interrupts masked), and short ways to make an FF-A call on its CPUs.
 */
#ifndef TESTS_SUPPORT_WORLD_H
#define TESTS_SUPPORT_WORLD_H

#include "core/spmc.h"

enum { WORLD_UP, WORLD_MP, WORLD_QUEUED, WORLD_PARTITIONS };

#ifndef NORMAL_PAGES_MAX
#define NORMAL_PAGES_MAX (1U << 20) /* of Normal memory that can be shared */
#endif

#define WORLD_MP_CONTEXTS CPU_MAX
#define WORLD_ID(partition) ((uint16_t)(FFA_ID_SPMC + 1 + (partition)))
#define WORLD_UNKNOWN_ID 0x8004
#define WORLD_BUDGET 1000000ULL

#define WORLD_LOAD(partition) (0x0e200000ULL + 0x100000ULL * (partition))
#define WORLD_SIZE 0x10000ULL
#define WORLD_TX(partition) (WORLD_LOAD(partition) + 0x4000)
#define WORLD_RX(partition) (WORLD_LOAD(partition) + 0x5000)
#define WORLD_NORMAL_REGION(partition) (0x40100000ULL + 0x1000ULL * (partition)) /* read-only */
#define WORLD_DEVICE(partition) (0x09000000ULL + 0x10000ULL * (partition))       /* two pages */
#define WORLD_NORMAL_DEVICE(partition) (0x0a000000ULL + 0x10000ULL * (partition))
#define WORLD_NORMAL_MEMORY 0x40000000ULL
#define WORLD_NORMAL_TX 0x40001000ULL
#define WORLD_NORMAL_RX 0x40002000ULL
#define WORLD_VM_TX(vm) (0x40010000ULL + 0x2000ULL * (vm))
#define WORLD_VM_RX(vm) (0x40011000ULL + 0x2000ULL * (vm))

/* All partitions loaded, no CPU started. The port model
 * is left as it is. */
void world_load(struct spmc *s);

/* Before the start: a UP partition is one at S-EL0, whose package can be read and executed. */
void world_lower(struct spmc *s, unsigned partition);

/* CPUs 0 and 1 boot: every partition is live and waiting, the Normal world runs. */
void world_start(struct spmc *s);

/* Both. */
void world_boot(struct spmc *s);

/* Before the start: a device of a partition, with an edge-triggered interrupt, a PPI or an SPI. */
void world_device(struct spmc *s, unsigned partition, uint16_t intid, uint8_t priority);

/* Before the start: registers of a partition's devices, two pages that are Secure and one that is
 * not. There is nothing behind them. */
void world_registers(struct spmc *s, unsigned partition);

/* A partition asks for an interrupt, by IRQ, in a request of its own. */
void world_enable(struct spmc *s, unsigned cpu, unsigned partition, uint32_t intid);

/* A device's interrupt comes: to the vCPU that runs on the CPU, or by an entry of the SPMD. */
struct next world_interrupt(struct spmc *s, unsigned cpu, uint32_t intid);

/* The SPMD enters with a Secure interrupt of this kind. */
struct next world_secure(struct spmc *s, unsigned cpu, enum event_kind cause, uint32_t intid);

/* A partition's context by index. */
struct vcpu *world_vcpu(struct spmc *s, unsigned partition, unsigned index);

/* The vCPU that runs on a CPU; NULL in the Normal world. */
struct vcpu *world_running(struct spmc *s, unsigned cpu);

/* A partition gets `count` UUIDs: its own, then {i, 6, 7, 8 + its number}. */
void world_uuids(struct spmc *s, unsigned partition, unsigned count);

/* One step, after which the invariants of the explorer must hold: else the program ends. */
struct next world_step(struct spmc *s, unsigned cpu, const struct event *event);

/* One step with an event of this kind: deliverable, with no syndrome. */
struct next world_event(struct spmc *s, unsigned cpu, enum event_kind kind);

/* Fills x0-x7. */
void world_arguments(struct regs *regs, const uint64_t x[8]);

/* A call of the Normal world, and of the vCPU that runs on the CPU. */
#define world_normal_call(s, cpu, ...) world_spmd((s), (cpu), (const uint64_t[8]){__VA_ARGS__})
#define world_call(s, cpu, ...) world_smc((s), (cpu), (const uint64_t[8]){__VA_ARGS__})
struct next world_spmd(struct spmc *s, unsigned cpu, const uint64_t x[8]);
struct next world_smc(struct spmc *s, unsigned cpu, const uint64_t x[8]);

/* A 32-bit direct request of the Normal world with payload w3. */
struct next world_request(struct spmc *s, unsigned cpu, unsigned partition, uint64_t w3);

/* A request of the Normal world, which the partition serves: its registers. */
struct regs *world_serve(struct spmc *s, unsigned cpu, unsigned partition);

/* The running vCPU answers `to` with payload w3. */
struct next world_respond(struct spmc *s, unsigned cpu, uint16_t to, uint64_t w3);

/* The Normal world's TX gets the descriptor that maps a VM's buffers, of a page each. */
void world_forward(uint16_t vm, uint64_t tx, uint64_t rx);

/* TX gets a message of eight bytes, behind a header of version 1.2. */
void world_message(uint64_t tx, uint16_t sender, uint16_t receiver);

/* The status of an FFA_ERROR in these registers, 0 if they hold something else. */
int world_error(const struct regs *regs);

#endif
