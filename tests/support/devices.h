/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices of two partitions, on several CPUs: what the tests of core/device.c share. */
#ifndef TESTS_SUPPORT_DEVICES_H
#define TESTS_SUPPORT_DEVICES_H

#include "core/device.h"
#include "core/interrupt.h"
#include "core/timer.h"
#include "support/unit.h"

static struct spmc s;

#define UP_DEVICE 40
#define MP_DEVICE 50
#define MP_PPI 22

#define UP (world_vcpu(&s, WORLD_UP, 0))
#define MP(index) (world_vcpu(&s, WORLD_MP, index))
#define GIC(intid) (port_model.interrupts[intid])
#define MS MODEL_TICKS_PER_MS
#define ENTRY (HANDLER_ENTRY_US * MS / 1000)
#define PSCI_REQUEST                                                                        \
    FFA_MSG_SEND_DIRECT_REQ_32, PAIR(FFA_ID_SPMD, FFA_ID_SPMC), FFA_FRAMEWORK_PSCI_REQUEST, \
        PSCI_CPU_OFF

static inline struct interrupt *interrupt_of(unsigned partition, unsigned i)
{
    return &s.partitions[partition].interrupts[SLOT_DEVICES + i];
}

static inline void load(void)
{
    port_model_reset();
    world_load(&s);
    world_device(&s, WORLD_UP, UP_DEVICE, 7);
    world_device(&s, WORLD_MP, MP_DEVICE, 0);
    world_device(&s, WORLD_MP, MP_PPI, 3);
    interrupt_of(WORLD_UP, 0)->level = true;
}

static inline int boot(void **state)
{
    (void)state;
    load();
    world_start(&s);
    world_enable(&s, 0, WORLD_UP, UP_DEVICE);
    world_enable(&s, 0, WORLD_MP, MP_DEVICE);
    return 0;
}

static inline void cpu_on(unsigned cpu)
{
    struct next next = world_event(&s, cpu, EVENT_CPU_ON);

    while (next.kind == NEXT_RUN)
        next = world_call(&s, cpu, FFA_MSG_WAIT);
    assert_int_equal(next.kind, NEXT_INIT_DONE);
}

static inline void cpu_off(unsigned cpu)
{
    assert_int_equal(world_normal_call(&s, cpu, PSCI_REQUEST).kind, NEXT_REPLY_SPMD);
}

/* The handler fetches its interrupt, takes some time, and deactivates it at the end. */
static inline struct next handle(unsigned cpu, uint32_t intid, uint64_t ticks)
{
    assert_int_equal(world_interrupt(&s, cpu, intid).kind, NEXT_RUN);
    world_call(&s, cpu, HF_INTERRUPT_GET);
    port_model.now += ticks;
    world_call(&s, cpu, HF_INTERRUPT_DEACTIVATE, intid, intid);
    return world_call(&s, cpu, FFA_MSG_WAIT);
}

#endif
