/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices' interrupts and their handlers, CPU_OFF, managed exit. */
#include "core/interrupt.h"
#include "explore/situations.h"
#include "explore/state.h"

/* The context that serves this CPU, of the partition whose device interrupts. */
static const struct vcpu *owner(const struct step *t)
{
    const struct spmc *s = t->o->before;

    if (t->o->event->intid == STATE_UP_DEVICE)
        return &s->vcpus[WORLD_UP * CPU_MAX];
    return t->o->event->intid == STATE_MP_DEVICE ? t->mine : NULL;
}

static bool handles(const struct step *t, const struct vcpu *v)
{
    return t->o->next.kind == NEXT_RUN && t->o->next.vcpu == after(t, v) &&
           t->o->next.vcpu->model == MODEL_INTERRUPT;
}

static bool interrupts_while(const struct step *t, enum vcpu_state state)
{
    return owner(t) != NULL && owner(t)->state == state;
}

static bool a_device_takes_the_cpu_from_the_normal_world(const struct step *t)
{
    return interrupts_while(t, VCPU_WAITING) && t->actor == NULL && handles(t, owner(t));
}

static bool a_device_takes_the_cpu_from_a_partition(const struct step *t)
{
    return interrupts_while(t, VCPU_WAITING) && t->actor != NULL && handles(t, owner(t)) &&
           after(t, t->actor)->state == VCPU_INTERRUPTED;
}

static bool a_device_interrupts_its_own_partition(const struct step *t)
{
    return interrupts_while(t, VCPU_RUNNING) && t->actor == owner(t);
}

static bool a_device_interrupts_its_partition_elsewhere(const struct step *t)
{
    return interrupts_while(t, VCPU_RUNNING) && owner(t)->cpu != t->o->cpu;
}

static bool a_device_cuts_a_chain(const struct step *t)
{
    return interrupts_while(t, VCPU_BLOCKED) && after(t, owner(t))->state == VCPU_RUNNING;
}

static bool a_device_interrupts_a_partition_that_yielded(const struct step *t)
{
    return interrupts_while(t, VCPU_BLOCKED) && owner(t)->callee == NO_VCPU;
}

static bool a_device_interrupts_a_preempted_partition(const struct step *t)
{
    return interrupts_while(t, VCPU_PREEMPTED);
}

static bool a_device_interrupts_in_the_moment_of_a_death(const struct step *t)
{
    return owner(t) != NULL && t->o->event->kind == EVENT_INTERRUPT && t->actor != NULL &&
           t->o->before->partitions[t->actor->partition].state == PARTITION_ABORTED;
}

static bool a_device_of_a_dead_partition_interrupts(const struct step *t)
{
    return interrupts_while(t, VCPU_ABORTED);
}

static bool is_handler(const struct step *t)
{
    return t->actor != NULL && t->actor->model == MODEL_INTERRUPT;
}

static bool a_handler_ends_and_the_normal_world_goes_on(const struct step *t)
{
    return is_handler(t) && t->call == FFA_MSG_WAIT && t->o->next.kind == NEXT_RESUME_NORMAL;
}

static bool a_handler_ends_and_a_partition_goes_on(const struct step *t)
{
    return is_handler(t) && t->call == FFA_MSG_WAIT && t->o->next.kind == NEXT_RUN &&
           t->o->next.vcpu != after(t, t->actor);
}

static bool a_handler_ignores_its_interrupt(const struct step *t)
{
    return is_handler(t) && t->call == FFA_MSG_WAIT && after(t, t->actor)->lines != 0 &&
           after(t, t->actor)->state == VCPU_WAITING;
}

static bool a_handler_dies(const struct step *t)
{
    return is_handler(t) && after(t, t->actor)->state == VCPU_ABORTED;
}

static bool whom_a_handler_interrupted_is_dead(const struct step *t)
{
    vcpu_ref interrupted = t->o->before->cpus[t->o->cpu].interrupted;

    return is_handler(t) && interrupted >= 0 && t->call == FFA_MSG_WAIT &&
           t->o->before->vcpus[interrupted].state == VCPU_ABORTED;
}

/* A response, or waiting, while interrupts of its own are pending. */
static bool answers_with_interrupts(const struct step *t)
{
    return t->actor != NULL && t->actor->model != MODEL_INTERRUPT && t->actor->lines != 0 &&
           t->o->event->kind == EVENT_CALL && handles(t, t->actor);
}

static bool the_normal_world_is_answered_before_a_handler(const struct step *t)
{
    return answers_with_interrupts(t) && t->o->after->cpus[t->o->cpu].interrupted == NORMAL_WORLD;
}

static bool a_partition_is_answered_before_a_handler(const struct step *t)
{
    return answers_with_interrupts(t) && t->o->after->cpus[t->o->cpu].interrupted >= 0;
}

static bool a_context_ends_with_an_interrupt_in_service(const struct step *t)
{
    return goes_off(t) && t->mine->in_service != 0 && after(t, t->mine)->state == VCPU_OFF;
}

/* ---- CPU_OFF ---- */

static bool a_power_message_is_answered(const struct step *t)
{
    return goes_off(t) && t->actor != NULL && t->actor->model == MODEL_POWER &&
           t->call == FFA_MSG_SEND_DIRECT_RESP_32;
}

static bool cpu_off_is_denied(const struct step *t)
{
    return a_power_message_is_answered(t) &&
           (uint32_t)t->o->after->cpus[t->o->cpu].normal.x[3] == (uint32_t)PSCI_DENIED;
}

static bool cpu_off_is_agreed_to(const struct step *t)
{
    return a_power_message_is_answered(t) &&
           (uint32_t)t->o->after->cpus[t->o->cpu].normal.x[3] == PSCI_SUCCESS;
}

static bool a_power_message_kills(const struct step *t)
{
    return goes_off(t) && t->actor != NULL && t->actor->model == MODEL_POWER && mp_dies(t);
}

static bool a_stopped_context_is_not_told_of_cpu_off(const struct step *t)
{
    return goes_off(t) && t->actor == NULL && mp_before(t) == PARTITION_LIVE;
}

/* ---- Managed exit ---- */

static bool is_asked(const struct vcpu *v)
{
    return v->pending & 1U << SLOT_MANAGED_EXIT;
}

static bool a_partition_is_asked_to_leave(const struct step *t)
{
    return t->actor != NULL && !is_asked(t->actor) && is_asked(after(t, t->actor));
}

static bool a_caller_is_asked_to_leave(const struct step *t)
{
    return t->o->event->kind == EVENT_NORMAL_INTERRUPT && t->o->next.kind == NEXT_RUN &&
           t->actor != NULL && after(t, t->actor)->state == VCPU_PREEMPTED &&
           is_asked(t->o->next.vcpu);
}

static bool who_was_asked_answers(const struct step *t)
{
    return t->actor != NULL && is_asked(t->actor) && t->o->next.kind == NEXT_REPLY_NORMAL &&
           t->call == FFA_MSG_SEND_DIRECT_RESP_32;
}

static bool who_was_asked_yields(const struct step *t)
{
    return t->actor != NULL && is_asked(t->actor) && t->call == FFA_YIELD &&
           t->o->next.kind == NEXT_REPLY_NORMAL;
}

static bool who_was_asked_is_late(const struct step *t)
{
    return t->actor != NULL && is_asked(t->actor) && t->o->event->kind == EVENT_DEADLINE;
}

static bool who_was_asked_goes_on_with_its_callee(const struct step *t)
{
    return t->actor != NULL && t->actor->masked == MASK_NORMAL && t->call == FFA_RUN &&
           t->o->next.kind == NEXT_RUN && after(t, t->actor)->state == VCPU_BLOCKED;
}

static bool who_disabled_it_is_preempted(const struct step *t)
{
    return t->actor == &t->o->before->vcpus[WORLD_UP * CPU_MAX] &&
           t->o->before->partitions[WORLD_UP].ns_action == FFA_NS_ACTION_MANAGED_EXIT &&
           after(t, t->actor)->state == VCPU_PREEMPTED &&
           t->o->event->kind == EVENT_NORMAL_INTERRUPT;
}

struct situation interrupts[] = {
    SITUATION(a_device_takes_the_cpu_from_the_normal_world),
    SITUATION(a_device_takes_the_cpu_from_a_partition),
    SITUATION(a_device_interrupts_its_own_partition),
    SITUATION(a_device_interrupts_its_partition_elsewhere),
    SITUATION(a_device_cuts_a_chain),
    SITUATION(a_device_interrupts_a_partition_that_yielded),
    SITUATION(a_device_interrupts_a_preempted_partition),
    SITUATION(a_device_interrupts_in_the_moment_of_a_death),
    SITUATION(a_device_of_a_dead_partition_interrupts),
    SITUATION(a_handler_ends_and_the_normal_world_goes_on),
    SITUATION(a_handler_ends_and_a_partition_goes_on),
    SITUATION(a_handler_ignores_its_interrupt),
    SITUATION(a_handler_dies),
    SITUATION(whom_a_handler_interrupted_is_dead),
    SITUATION(the_normal_world_is_answered_before_a_handler),
    SITUATION(a_partition_is_answered_before_a_handler),
    SITUATION(a_context_ends_with_an_interrupt_in_service),
    SITUATION(cpu_off_is_denied),
    SITUATION(cpu_off_is_agreed_to),
    SITUATION(a_power_message_kills),
    SITUATION(a_stopped_context_is_not_told_of_cpu_off),
    SITUATION(a_partition_is_asked_to_leave),
    SITUATION(a_caller_is_asked_to_leave),
    SITUATION(who_was_asked_answers),
    SITUATION(who_was_asked_yields),
    SITUATION(who_was_asked_is_late),
    SITUATION(who_was_asked_goes_on_with_its_callee),
    SITUATION(who_disabled_it_is_preempted),
    {NULL, NULL, 0},
};
