/* SPDX-License-Identifier: BSD-3-Clause */
/* Deaths and restarts in the small world: what the tests of core/restart.c share. */
#ifndef TESTS_SUPPORT_RESTARTS_H
#define TESTS_SUPPORT_RESTARTS_H

#include "core/vcpu.h"
#include "support/unit.h"

#define RESTART_COPY(partition) (0x0ec00000ULL + 0x10000ULL * (partition))
#define RESTART_COPY_BYTES 0x2100
#define RESTART_COPY_BYTE(partition) (0xc0 + (int)(partition))
#define RESTART_PAGES (WORLD_SIZE / PAGE_BYTES)

/* The partition comes back by this policy, from a copy that is unlike its memory, and unlike what
 * is behind the copy. */
static inline void allow_restart(struct spmc *s, unsigned partition, enum restart_policy policy)
{
    struct partition *p = &s->partitions[partition];

    s->restarts = true;
    p->restart = (uint8_t)policy;
    p->copy = RESTART_COPY(partition);
    p->copy_size = RESTART_COPY_BYTES;
    memset(port_model_memory(p->copy, WORLD_SIZE), 0x99, WORLD_SIZE);
    memset(port_model_memory(p->copy, p->copy_size), RESTART_COPY_BYTE(partition), p->copy_size);
    memset(port_model_memory(p->load, WORLD_SIZE), 0xdd, WORLD_SIZE);
}

/* It dies on CPU 0 of a request. */
static inline void die(struct spmc *s, unsigned partition)
{
    world_request(s, 0, partition, 0);
    world_call(s, 0, FFA_ABORT_32);
    assert_refused(&s->cpus[0].normal, FFA_ABORTED);
    assert_int_equal(s->partitions[partition].state, PARTITION_ABORTED);
}

/* The calls that only leave something for a partition, by the Normal world on CPU 0: refused. */
static inline void assert_takes_nothing(struct spmc *s, unsigned partition)
{
    enum partition_state state = s->partitions[partition].state;

    world_message(s->normal.mailbox.tx, 0, WORLD_ID(partition));
    world_normal_call(s, 0, FFA_MSG_SEND2);
    assert_refused(&s->cpus[0].normal, FFA_ABORTED);
    assert_reason(s, 0, "the receiver is dead");
    world_normal_call(s, 0, FFA_NOTIFICATION_SET, WORLD_ID(partition), 0, 1);
    assert_refused(&s->cpus[0].normal, FFA_ABORTED);
    assert_reason(s, 0, "the receiver is dead");
    assert_int_equal(s->partitions[partition].state, state);
}

/* Works until something else is to be done; gives how many pieces there were. */
static inline unsigned work(struct spmc *s, unsigned cpu, struct next *next)
{
    unsigned pieces = 0;

    for (; next->kind == NEXT_AGAIN; pieces++)
        *next = world_event(s, cpu, EVENT_AGAIN);
    return pieces;
}

/* The vCPU that runs now is in its start. */
static inline void assert_starts(struct next next, struct vcpu *v, uint64_t entry)
{
    assert_int_equal(next.kind, NEXT_RUN);
    assert_ptr_equal(next.vcpu, v);
    assert_int_equal(v->model, MODEL_INIT);
    assert_int_equal(v->masked, MASK_ALL);
    assert_int_equal(v->regs.pc, entry);
    assert_true(v->special & SPECIAL_FRESH);
}

/* The UP partition comes back with a request on CPU 0, and answers it. */
static inline void come_back(struct spmc *s)
{
    struct next next = world_request(s, 0, WORLD_UP, 5);

    work(s, 0, &next);
    assert_starts(next, world_vcpu(s, WORLD_UP, 0), s->partitions[WORLD_UP].entry);
    world_call(s, 0, FFA_MSG_WAIT);
    world_respond(s, 0, 0, 6);
    assert_answer(&s->cpus[0].normal, FFA_MSG_SEND_DIRECT_RESP_32, PAIR(UP_ID, 0), 0, 6);
}

#endif
