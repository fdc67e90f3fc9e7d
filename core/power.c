/* SPDX-License-Identifier: BSD-3-Clause */
/* CPU_OFF, one partition after the other; CPU_SUSPEND and the rest are never announced. */
#include "core/power.h"

#include "core/calls.h"

struct next power_reply(struct spmc *s, unsigned cpu, uint32_t response, int32_t result)
{
    regs_set(&s->cpus[cpu].normal, FFA_MSG_SEND_DIRECT_RESP_32, (uint32_t)s->id << 16 | FFA_ID_SPMD,
             response, (uint32_t)result);
    return vcpu_none(s, cpu);
}

/* An MP partition that subscribed, by its own context of this CPU, if that is idle. */
static struct vcpu *whom_to_tell(struct spmc *s, unsigned cpu, const struct partition *p)
{
    struct vcpu *v = partition_vcpu(s, p, cpu);

    return p->wants_cpu_off && p->state == PARTITION_LIVE && v->state == VCPU_WAITING ? v : NULL;
}

static struct next tell(struct spmc *s, unsigned cpu, struct vcpu *v)
{
    uint32_t ends = (uint32_t)s->id << 16 | vcpu_partition(s, v)->endpoint.id;

    v->requester = s->id;
    v->extended = false;
    v->response_w2 = FFA_FRAMEWORK_PM_RESPONSE;
    return vcpu_send(
        s, cpu, v, MODEL_POWER, THE_SPMC,
        MESSAGE(FFA_MSG_SEND_DIRECT_REQ_32, ends, FFA_FRAMEWORK_PSCI_REQUEST, PSCI_CPU_OFF));
}

static struct next tell_next(struct spmc *s, unsigned cpu)
{
    struct cpu *here = &s->cpus[cpu];

    while (here->starting < s->partition_count) {
        struct vcpu *v = whom_to_tell(s, cpu, &s->partitions[s->boot_order[here->starting++]]);
        if (v != NULL)
            return tell(s, cpu, v);
    }
    vcpu_cpu_off(s, cpu);
    return power_reply(s, cpu, FFA_FRAMEWORK_PM_RESPONSE,
                       here->denied ? PSCI_DENIED : PSCI_SUCCESS);
}

struct next power_request(struct spmc *s, unsigned cpu, uint32_t function)
{
    if (function != PSCI_CPU_OFF)
        return power_reply(s, cpu, FFA_FRAMEWORK_PM_RESPONSE, PSCI_NOT_SUPPORTED);
    s->cpus[cpu].starting = 0;
    s->cpus[cpu].denied = false;
    return tell_next(s, cpu);
}

struct next power_answered(struct spmc *s, unsigned cpu, struct message message)
{
    bool answer = ((uint32_t)message.x[0] & ~(uint32_t)FFA_SVE_HINT) == FFA_MSG_SEND_DIRECT_RESP_32;

    if (answer && (uint32_t)message.x[3] != PSCI_SUCCESS)
        s->cpus[cpu].denied = true;
    return tell_next(s, cpu);
}
