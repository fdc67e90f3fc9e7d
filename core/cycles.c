/* SPDX-License-Identifier: BSD-3-Clause */
/* CPU cycles: who may run, wait and yield. What follows from a call is vcpu.c's to do. */
#include "core/direct.h"

#include "core/mailbox.h"
#include "core/notify.h"
#include "core/restart.h"

#define MSG_WAIT_RETAIN_RX 1

refusal call_msg_wait(struct spmc *s, struct call *c)
{
    uint32_t flags = (uint32_t)c->regs->x[2];
    bool retain = flags == MSG_WAIT_RETAIN_RX && c->who->version >= FFA_VERSION_1_2;

    if (flags != 0 && !retain)
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved register is not zero");
    if (MODEL_FORBIDS(c, WAIT))
        return MODEL_REFUSAL_WAIT;

    /* A message that it was not told of came after it last looked: it would be lost. */
    if (!retain && !notify_framework_waits(s, c->who->id, NOTIFY_RX_FULL))
        mailbox_release(&c->who->mailbox);
    if (c->from->model == MODEL_INIT)
        return then(c, vcpu_started(s, c->cpu, c->from));
    if (c->from->model == MODEL_INTERRUPT)
        return then(c, vcpu_handled(s, c->cpu, c->from));
    return then(c, vcpu_finish(s, c->cpu, c->from, WAITS));
}

refusal call_yield(struct spmc *s, struct call *c)
{
    if (MODEL_FORBIDS(c, YIELD))
        return MODEL_REFUSAL_YIELD;
    if (c->from->model == MODEL_INTERRUPT)
        return NULL;

    return then(c, vcpu_yield(s, c->cpu, c->from,
                              MESSAGE(FFA_YIELD, vcpu_name(s, c->from), (uint32_t)c->regs->x[2],
                                      (uint32_t)c->regs->x[3])));
}

/* Fresh cycles for an idle context: only the Normal world schedules. */
static refusal run_waiting(struct spmc *s, struct call *c, struct vcpu *v)
{
    if (c->from != NULL)
        return REFUSAL(FFA_DENIED, "the Normal world schedules");

    return then(
        c, vcpu_send(s, c->cpu, v, MODEL_RUN, NORMAL_WORLD, MESSAGE(FFA_RUN, vcpu_name(s, v))));
}

refusal call_run(struct spmc *s, struct call *c)
{
    uint16_t index = (uint16_t)c->regs->x[1];
    struct partition *p = partition_by_id(s, (uint32_t)c->regs->x[1] >> 16);

    if (p == NULL || index >= p->context_count)
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such partition or context");
    if (partition_is_mp(p) && index != c->cpu)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the context belongs to another CPU");
    if (c->from != NULL && MODEL_FORBIDS(c, RUN))
        return MODEL_REFUSAL_RUN;

    struct vcpu *v = partition_context(s, p, bounded(index, p->context_count));
    if (v->state == VCPU_WAITING)
        return run_waiting(s, c, v);
    refusal no = vcpu_may_resume(s, c->cpu, v, caller_of(*c));
    if (no != NULL && c->from == NULL)
        return restart_or_refuse(s, c, v, no);
    if (no != NULL)
        return no;
    return then(c, vcpu_resume(s, c->cpu, v, caller_of(*c)));
}

/* Where the other contexts of an MP partition start; the last address given counts. */
refusal call_secondary_ep_register(struct spmc *s, struct call *c)
{
    (void)s;
    struct partition *p = call_partition(c);
    uint64_t entry = c->regs->x[1];

    if (!partition_is_mp(p))
        return REFUSAL(FFA_NOT_SUPPORTED, "the partition has one context");
    if (MODEL_FORBIDS(c, REGISTER))
        return MODEL_REFUSAL_REGISTER;
    if (entry < p->load || entry - p->load >= p->size || entry % 4 != 0)
        return REFUSAL(FFA_INVALID_PARAMETERS, "an entry point outside");
    p->secondary_entry = entry;
    return NULL;
}
