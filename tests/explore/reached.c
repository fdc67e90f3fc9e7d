/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Most situations are deaths of the MP partition: it may die on one CPU with its other context
 * in any state, and what follows on the other CPU comes in any order.
 */
#include "explore/reached.h"

#include <stdio.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "explore/state.h"
#include "support/world.h"

struct step {
    const struct observation *o;
    uint32_t kicks;           /* before the step */
    unsigned other;           /* the other CPU */
    const struct vcpu *actor; /* who ran on this CPU before the step, or NULL */
    const struct vcpu *mine;  /* the MP partition's context of this CPU, before the step */
    const struct vcpu *peer;  /* the one of the other CPU */
    uint32_t call;            /* x0 of a call, else 0 */
};

static enum partition_state mp_before(const struct step *t)
{
    return t->o->before->partitions[WORLD_MP].state;
}

static bool mp_dies(const struct step *t)
{
    return mp_before(t) == PARTITION_LIVE &&
           t->o->after->partitions[WORLD_MP].state == PARTITION_ABORTED;
}

/* A condemned context: it still runs, though its partition died on the other CPU. */
static bool mp_is_condemned(const struct step *t)
{
    return mp_before(t) == PARTITION_ABORTED && t->actor == t->mine;
}

static bool peer_is_off_line(const struct step *t)
{
    return !t->o->before->cpus[t->other].online;
}

static bool goes_off(const struct step *t)
{
    return t->o->before->cpus[t->o->cpu].online && !t->o->after->cpus[t->o->cpu].online;
}

/* ---- The MP partition dies ... ---- */

static bool dies_alone(const struct step *t)
{
    return mp_dies(t) && t->peer->state == VCPU_WAITING;
}

static bool dies_while_the_other_runs(const struct step *t)
{
    return mp_dies(t) && t->peer->state == VCPU_RUNNING && t->peer->model != MODEL_INIT;
}

static bool dies_while_the_other_starts(const struct step *t)
{
    return mp_dies(t) && t->peer->state == VCPU_RUNNING && t->peer->model == MODEL_INIT;
}

static bool dies_while_the_other_waits_in_a_chain(const struct step *t)
{
    return mp_dies(t) && t->peer->state == VCPU_BLOCKED && t->peer->callee >= 0 &&
           t->o->before->cpus[t->other].current >= 0;
}

static bool dies_while_the_others_chain_is_interrupted(const struct step *t)
{
    return mp_dies(t) && t->peer->state == VCPU_BLOCKED && t->peer->callee >= 0 &&
           t->o->before->cpus[t->other].current < 0;
}

static bool dies_while_the_other_is_interrupted(const struct step *t)
{
    return mp_dies(t) && t->peer->state == VCPU_PREEMPTED;
}

static bool dies_while_the_other_has_yielded(const struct step *t)
{
    return mp_dies(t) && t->peer->state == VCPU_BLOCKED && t->peer->callee == NO_VCPU;
}

static bool dies_below_a_caller(const struct step *t)
{
    return mp_dies(t) && t->actor == t->mine && t->mine->caller >= 0;
}

static bool dies_by_a_start_on_another_cpu(const struct step *t)
{
    return mp_dies(t) && t->mine->model == MODEL_INIT;
}

static bool dies_by_its_first_start(const struct step *t)
{
    return mp_before(t) == PARTITION_STARTING &&
           t->o->after->partitions[WORLD_MP].state == PARTITION_ABSENT;
}

static bool dies_while_the_others_cpu_is_off(const struct step *t)
{
    return mp_dies(t) && peer_is_off_line(t) && t->peer->state == VCPU_OFF;
}

static bool dies_while_an_interrupted_others_cpu_is_off(const struct step *t)
{
    return mp_dies(t) && peer_is_off_line(t) && t->peer->state == VCPU_PREEMPTED;
}

static bool dies_while_the_cpu_of_the_others_chain_is_off(const struct step *t)
{
    return mp_dies(t) && peer_is_off_line(t) && t->peer->state == VCPU_BLOCKED &&
           t->peer->callee >= 0;
}

static bool dies_by_its_deadline(const struct step *t)
{
    return mp_dies(t) && t->o->event->kind == EVENT_DEADLINE;
}

/* ---- ... and then ---- */

static bool the_other_ends_at_the_kick(const struct step *t)
{
    return mp_is_condemned(t) && t->o->event->kind == EVENT_KICK;
}

static bool the_other_ends_before_the_kick(const struct step *t)
{
    return mp_is_condemned(t) && t->o->event->kind != EVENT_KICK;
}

static bool the_other_ends_in_its_start(const struct step *t)
{
    return mp_is_condemned(t) && t->mine->model == MODEL_INIT;
}

static bool the_other_ends_below_a_caller(const struct step *t)
{
    return mp_is_condemned(t) && t->mine->caller >= 0;
}

static bool the_kick_comes_to_somebody_else(const struct step *t)
{
    return mp_before(t) == PARTITION_ABORTED && t->o->event->kind == EVENT_KICK &&
           t->kicks & (1U << t->o->cpu) && t->actor != t->mine;
}

static bool a_kicked_cpu_goes_off(const struct step *t)
{
    return goes_off(t) && t->kicks & (1U << t->o->cpu);
}

static bool the_cpu_of_a_dead_link_goes_off(const struct step *t)
{
    return goes_off(t) && t->mine->state == VCPU_ABORTED && t->mine->callee >= 0;
}

static bool a_cpu_comes_without_it(const struct step *t)
{
    return mp_before(t) == PARTITION_ABORTED && t->o->event->kind == EVENT_CPU_ON;
}

static bool a_chain_unwinds_over_it(const struct step *t)
{
    return t->mine->state == VCPU_ABORTED && t->mine->callee >= 0 &&
           t->o->after->vcpus[t->mine - t->o->before->vcpus].callee < 0;
}

/* ---- Two kinds of requests ---- */

static bool is_denied(const struct step *t)
{
    return t->o->next.kind == NEXT_RUN && t->o->next.vcpu->regs.x[0] == FFA_ERROR &&
           (uint32_t)t->o->next.vcpu->regs.x[2] == (uint32_t)FFA_DENIED;
}

static bool a_second_kind_is_answered(const struct step *t)
{
    return t->call == FFA_MSG_SEND_DIRECT_RESP2 && t->o->next.kind == NEXT_REPLY_NORMAL;
}

static bool a_second_kind_is_answered_in_a_chain(const struct step *t)
{
    return t->call == FFA_MSG_SEND_DIRECT_RESP2 && t->o->next.kind == NEXT_RUN &&
           t->o->next.vcpu->regs.x[0] == FFA_MSG_SEND_DIRECT_RESP2;
}

static bool a_second_kind_is_answered_like_the_first(const struct step *t)
{
    return t->call == FFA_MSG_SEND_DIRECT_RESP_32 && t->actor->model == MODEL_DIRECT &&
           t->actor->extended && is_denied(t);
}

static bool a_first_kind_is_answered_like_the_second(const struct step *t)
{
    return t->call == FFA_MSG_SEND_DIRECT_RESP2 && t->actor->model == MODEL_DIRECT &&
           !t->actor->extended && is_denied(t);
}

static bool a_framework_message_is_answered(const struct step *t)
{
    return t->actor != NULL && t->actor->response_w2 != 0 && t->o->next.kind == NEXT_REPLY_NORMAL &&
           t->call == FFA_MSG_SEND_DIRECT_RESP_32;
}

static bool a_framework_message_is_interrupted(const struct step *t)
{
    return t->actor != NULL && t->actor->response_w2 != 0 &&
           t->o->event->kind == EVENT_NORMAL_INTERRUPT && t->o->next.kind == NEXT_REPLY_NORMAL;
}

static bool a_message_reaches_a_partition(const struct step *t)
{
    return t->actor == NULL &&
           t->o->before->partitions[WORLD_QUEUED].endpoint.mailbox.state == MAILBOX_EMPTY &&
           t->o->after->partitions[WORLD_QUEUED].endpoint.mailbox.state == MAILBOX_FULL;
}

static bool a_message_reaches_a_vm(const struct step *t)
{
    return t->o->before->vms[0].mailbox.state == MAILBOX_EMPTY &&
           t->o->after->vms[0].mailbox.state == MAILBOX_FULL;
}

static bool a_vms_buffer_is_held(const struct step *t)
{
    return t->o->before->vms[0].mailbox.state == MAILBOX_EMPTY &&
           t->o->after->vms[0].mailbox.state == MAILBOX_HELD;
}

/* ---- Devices' interrupts ---- */

/* The context that serves this CPU, of the partition whose device interrupts. */
static const struct vcpu *owner(const struct step *t)
{
    const struct spmc *s = t->o->before;

    if (t->o->event->intid == STATE_UP_DEVICE)
        return &s->vcpus[WORLD_UP * CPU_MAX];
    return t->o->event->intid == STATE_MP_DEVICE ? t->mine : NULL;
}

static const struct vcpu *after(const struct step *t, const struct vcpu *v)
{
    return &t->o->after->vcpus[v - t->o->before->vcpus];
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

/* ---- Notifications ---- */

static bool succeeds(const struct step *t)
{
    const struct regs *to =
        t->o->next.kind == NEXT_RUN ? &t->o->next.vcpu->regs : &t->o->after->cpus[t->o->cpu].normal;

    return to->x[0] == FFA_SUCCESS_32 || to->x[0] == FFA_SUCCESS_64;
}

/* The call of the Normal world, else 0. */
static uint32_t normal_call(const struct step *t)
{
    return t->actor == NULL && t->o->event->kind == EVENT_SPMD
               ? (uint32_t)t->o->before->cpus[t->o->cpu].normal.x[0]
               : 0;
}

static bool a_notification_is_set_for_a_partition(const struct step *t)
{
    return normal_call(t) == FFA_NOTIFICATION_SET && succeeds(t);
}

static bool a_notification_is_set_for_the_normal_world(const struct step *t)
{
    return t->call == FFA_NOTIFICATION_SET && succeeds(t);
}

static bool the_scheduler_is_told(const struct step *t)
{
    return normal_call(t) == FFA_NOTIFICATION_INFO_GET_64 && succeeds(t);
}

static bool a_partition_fetches_a_notification(const struct step *t)
{
    return t->call == FFA_NOTIFICATION_GET && t->o->next.vcpu->regs.x[4] != 0;
}

static bool a_partition_learns_of_a_full_buffer(const struct step *t)
{
    return t->call == FFA_NOTIFICATION_GET &&
           (t->o->next.vcpu->regs.x[6] | t->o->next.vcpu->regs.x[7]) != 0;
}

static bool the_normal_world_fetches_a_notification(const struct step *t)
{
    return normal_call(t) == FFA_NOTIFICATION_GET && succeeds(t) &&
           t->o->after->cpus[t->o->cpu].normal.x[2] != 0;
}

static bool a_partition_with_a_notification_dies(const struct step *t)
{
    return mp_dies(t) && (t->o->before->receivers[WORLD_MP].from[FROM_NORMAL].global.set |
                          t->o->before->receivers[WORLD_MP].from[FROM_NORMAL].vcpu[1].set) != 0;
}

#define SITUATION(name) \
    {                   \
#name, name, 0  \
    }

static struct {
    const char *name;
    bool (*holds)(const struct step *t);
    uint64_t count;
} situations[] = {
    SITUATION(dies_alone),
    SITUATION(dies_while_the_other_runs),
    SITUATION(dies_while_the_other_starts),
    SITUATION(dies_while_the_other_waits_in_a_chain),
    SITUATION(dies_while_the_others_chain_is_interrupted),
    SITUATION(dies_while_the_other_is_interrupted),
    SITUATION(dies_while_the_other_has_yielded),
    SITUATION(dies_below_a_caller),
    SITUATION(dies_by_a_start_on_another_cpu),
    SITUATION(dies_by_its_first_start),
    SITUATION(dies_while_the_others_cpu_is_off),
    SITUATION(dies_while_an_interrupted_others_cpu_is_off),
    SITUATION(dies_while_the_cpu_of_the_others_chain_is_off),
    SITUATION(dies_by_its_deadline),
    SITUATION(the_other_ends_at_the_kick),
    SITUATION(the_other_ends_before_the_kick),
    SITUATION(the_other_ends_in_its_start),
    SITUATION(the_other_ends_below_a_caller),
    SITUATION(the_kick_comes_to_somebody_else),
    SITUATION(a_kicked_cpu_goes_off),
    SITUATION(the_cpu_of_a_dead_link_goes_off),
    SITUATION(a_cpu_comes_without_it),
    SITUATION(a_chain_unwinds_over_it),
    SITUATION(a_second_kind_is_answered),
    SITUATION(a_second_kind_is_answered_in_a_chain),
    SITUATION(a_second_kind_is_answered_like_the_first),
    SITUATION(a_first_kind_is_answered_like_the_second),
    SITUATION(a_framework_message_is_answered),
    SITUATION(a_framework_message_is_interrupted),
    SITUATION(a_message_reaches_a_partition),
    SITUATION(a_message_reaches_a_vm),
    SITUATION(a_vms_buffer_is_held),
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
    SITUATION(a_notification_is_set_for_a_partition),
    SITUATION(a_notification_is_set_for_the_normal_world),
    SITUATION(the_scheduler_is_told),
    SITUATION(a_partition_fetches_a_notification),
    SITUATION(a_partition_learns_of_a_full_buffer),
    SITUATION(the_normal_world_fetches_a_notification),
    SITUATION(a_partition_with_a_notification_dies),
};

static const unsigned situation_count = sizeof(situations) / sizeof(situations[0]);

void reached_note(const struct observation *o, uint32_t kicks)
{
    const struct spmc *s = o->before;
    const struct vcpu *mp = &s->vcpus[WORLD_MP * CPU_MAX];
    vcpu_ref current = s->cpus[o->cpu].current;
    struct step t = {.o = o, .kicks = kicks, .other = 1 - o->cpu};

    t.actor = current >= 0 ? &s->vcpus[current] : NULL;
    t.mine = &mp[o->cpu];
    t.peer = &mp[t.other];
    if (o->event->kind == EVENT_CALL)
        t.call = (uint32_t)t.actor->regs.x[0];
    for (unsigned i = 0; i < situation_count; i++)
        situations[i].count += situations[i].holds(&t);
}

void reached_send(int to)
{
    for (unsigned i = 0; i < situation_count; i++)
        if (write(to, &situations[i].count, sizeof(situations[i].count)) < 0)
            return;
}

void reached_receive(int from)
{
    for (unsigned i = 0; i < situation_count; i++) {
        uint64_t count = 0;
        if (read(from, &count, sizeof(count)) == (ssize_t)sizeof(count))
            situations[i].count += count;
    }
}

static void print_name(const char *name)
{
    for (; *name != '\0'; name++)
        putchar(*name == '_' ? ' ' : *name);
}

bool reached_print(void)
{
    bool all = true;

    for (unsigned i = 0; i < situation_count; i++) {
        printf("# %10llu ", (unsigned long long)situations[i].count);
        print_name(situations[i].name);
        printf("\n");
        all &= situations[i].count > 0;
    }
    return all;
}
