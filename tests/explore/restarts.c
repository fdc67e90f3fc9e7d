/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Partitions that come back: how they died, who brings them back, and what comes between. The UP
 * one comes back with the next call, the MP one at once.
 */
#include "core/interrupt.h"
#include "explore/situations.h"
#include "explore/state.h"
#include "support/invariants.h"

static const struct partition *before(const struct step *t, unsigned partition)
{
    return &t->o->before->partitions[partition];
}

static bool becomes(const struct step *t, unsigned partition, enum partition_state state)
{
    return before(t, partition)->state != state &&
           t->o->after->partitions[partition].state == state;
}

/* ---- It dies ... ---- */

static bool may_come_back(const struct step *t, unsigned partition)
{
    return becomes(t, partition, PARTITION_ABORTED) &&
           t->o->after->partitions[partition].restart != RESTART_NEVER;
}

static bool mp_may_come_back(const struct step *t)
{
    return mp_dies(t) && may_come_back(t, WORLD_MP);
}

static bool it_will_come_back_and_dies_in_a_call(const struct step *t)
{
    return may_come_back(t, WORLD_UP) && t->actor->model == MODEL_DIRECT;
}

static bool it_will_come_back_and_dies_with_an_idle_context(const struct step *t)
{
    return mp_may_come_back(t) && t->peer->state == VCPU_WAITING;
}

static bool it_will_come_back_and_dies_with_a_running_context(const struct step *t)
{
    return mp_may_come_back(t) && t->peer->state == VCPU_RUNNING;
}

static bool it_will_come_back_and_dies_with_a_blocked_context(const struct step *t)
{
    return mp_may_come_back(t) && t->peer->state == VCPU_BLOCKED && t->peer->callee >= 0;
}

static bool it_will_come_back_and_dies_with_a_preempted_context(const struct step *t)
{
    return mp_may_come_back(t) && t->peer->state == VCPU_PREEMPTED;
}

static bool it_will_come_back_and_dies_with_a_notification(const struct step *t)
{
    return mp_may_come_back(t) &&
           t->o->before->receivers[WORLD_MP].from[FROM_NORMAL].global.set != 0;
}

static bool it_will_come_back_and_dies_with_a_message(const struct step *t)
{
    return may_come_back(t, WORLD_UP) &&
           before(t, WORLD_UP)->endpoint.mailbox.state == MAILBOX_FULL;
}

static bool it_will_come_back_and_dies_with_an_interrupt(const struct step *t)
{
    return may_come_back(t, WORLD_UP) && t->actor->pending & 1U << SLOT_DEVICES;
}

static bool it_died_too_often(const struct step *t)
{
    return becomes(t, WORLD_MP, PARTITION_ABORTED) &&
           before(t, WORLD_MP)->restart == RESTART_AT_ONCE && before(t, WORLD_MP)->restarts > 0;
}

/* ---- ... and is brought back ... ---- */

static bool begins(const struct step *t, unsigned partition)
{
    return becomes(t, partition, PARTITION_RESTARTING);
}

static bool a_request_brings_it_back(const struct step *t)
{
    return begins(t, WORLD_UP) && normal_call(t) == FFA_MSG_SEND_DIRECT_REQ_32;
}

static bool a_request_of_the_second_kind_brings_it_back(const struct step *t)
{
    return (begins(t, WORLD_UP) || begins(t, WORLD_MP)) &&
           normal_call(t) == FFA_MSG_SEND_DIRECT_REQ2;
}

static bool cycles_bring_it_back(const struct step *t)
{
    return begins(t, WORLD_UP) && normal_call(t) == FFA_RUN;
}

static bool a_partition_brings_it_back(const struct step *t)
{
    return begins(t, WORLD_UP) && t->o->event->kind == EVENT_CALL;
}

static bool an_alarm_brings_it_back(const struct step *t)
{
    return begins(t, WORLD_MP) && t->o->event->cause == EVENT_TIMER;
}

static bool an_alarm_finds_another_partition(const struct step *t)
{
    return before(t, WORLD_MP)->state == PARTITION_ABORTED && t->actor != NULL &&
           before(t, WORLD_MP)->restart_due != NEVER && t->o->event->kind == EVENT_TIMER;
}

static bool an_alarm_finds_it_in_a_chain(const struct step *t)
{
    return before(t, WORLD_MP)->state == PARTITION_ABORTED && t->actor == NULL &&
           t->o->event->cause == EVENT_TIMER && (t->mine->callee >= 0 || t->peer->callee >= 0);
}

static bool whose_alarm_it_is_goes_off(const struct step *t)
{
    return goes_off(t) && before(t, WORLD_MP)->restart_due != NEVER &&
           before(t, WORLD_MP)->restart_cpu == t->o->cpu;
}

/* ---- ... step by step ---- */

static const struct partition *restored(const struct step *t)
{
    const struct partition *p = t->actor != NULL ? before(t, t->actor->partition) : NULL;

    return p != NULL && p->state == PARTITION_RESTARTING ? p : NULL;
}

static bool the_work_gives_way_to_the_normal_world(const struct step *t)
{
    return restored(t) != NULL && after(t, t->actor)->state == VCPU_PREEMPTED;
}

static bool the_work_is_put_off(const struct step *t)
{
    return restored(t) != NULL && t->o->event->kind == EVENT_NORMAL_INTERRUPT &&
           after(t, t->actor)->state == VCPU_OFF;
}

static bool the_work_gives_way_to_a_handler(const struct step *t)
{
    return restored(t) != NULL && after(t, t->actor)->state == VCPU_INTERRUPTED;
}

static bool the_works_time_is_over(const struct step *t)
{
    return restored(t) != NULL && t->o->event->kind == EVENT_DEADLINE &&
           after(t, t->actor)->state == VCPU_OFF;
}

static bool who_asked_for_the_work_died(const struct step *t)
{
    return restored(t) != NULL && t->actor->caller >= 0 &&
           t->o->before->vcpus[t->actor->caller].state == VCPU_ABORTED &&
           after(t, t->actor)->state == VCPU_OFF;
}

static bool a_device_interrupts_for_a_life_that_ended(const struct step *t)
{
    return t->o->event->intid == STATE_UP_DEVICE &&
           before(t, WORLD_UP)->state == PARTITION_RESTARTING;
}

static bool new_one_starts(const struct step *t)
{
    return t->actor != NULL && t->actor->model == MODEL_INIT &&
           before(t, t->actor->partition)->state == PARTITION_STARTING &&
           before(t, t->actor->partition)->restarts > 0;
}

static bool a_device_interrupts_a_start(const struct step *t)
{
    return t->o->event->intid == STATE_UP_DEVICE && before(t, WORLD_UP)->restarts > 0 &&
           before(t, WORLD_UP)->state == PARTITION_STARTING;
}

static bool the_new_one_gets_the_call(const struct step *t)
{
    return new_one_starts(t) && after(t, t->actor)->model == MODEL_DIRECT;
}

static bool the_new_one_gets_cycles(const struct step *t)
{
    return new_one_starts(t) && after(t, t->actor)->model == MODEL_RUN;
}

static bool the_new_one_is_too_old_for_the_call(const struct step *t)
{
    return new_one_starts(t) && t->actor->extended && after(t, t->actor)->state == VCPU_WAITING;
}

static bool the_normal_world_goes_on_after_a_start(const struct step *t)
{
    return new_one_starts(t) && t->o->next.kind == NEXT_RESUME_NORMAL &&
           after(t, t->actor)->state == VCPU_WAITING;
}

static bool the_new_one_dies_in_its_start(const struct step *t)
{
    return new_one_starts(t) && after(t, t->actor)->state == VCPU_ABORTED;
}

static bool another_context_of_it_starts(const struct step *t)
{
    return before(t, WORLD_MP)->state == PARTITION_LIVE && t->mine->state == VCPU_OFF &&
           after(t, t->mine)->state == VCPU_RUNNING && after(t, t->mine)->caller != NO_VCPU;
}

static bool the_normal_world_is_told_of_a_call_that_died(const struct step *t)
{
    return tells_of_a_death(t->o) && before(t, WORLD_MP)->state == PARTITION_ABORTED;
}

static bool the_normal_world_is_told_of_a_former_life(const struct step *t)
{
    return tells_of_a_death(t->o) && before(t, WORLD_MP)->state == PARTITION_LIVE;
}

/* ---- Its device ---- */

static bool mp_device_is_on(const struct spmc *s)
{
    const struct partition *p = &s->partitions[WORLD_MP];

    return p->interrupt_count > SLOT_DEVICES && gic_enables(s, p, SLOT_DEVICES);
}

static bool mp_device_waits(const struct spmc *s)
{
    const struct partition *p = &s->partitions[WORLD_MP];
    unsigned target = p->interrupts[SLOT_DEVICES].cpu;

    return p->state == PARTITION_LIVE && p->shared_enabled != 0 &&
           s->vcpus[p->first_vcpu + target].state == VCPU_OFF;
}

static bool its_device_comes_to_a_context_that_starts(const struct step *t)
{
    return another_context_of_it_starts(t) &&
           before(t, WORLD_MP)->interrupts[SLOT_DEVICES].cpu != t->o->cpu &&
           t->o->after->partitions[WORLD_MP].interrupts[SLOT_DEVICES].cpu == t->o->cpu;
}

static bool its_device_is_left_to_a_context_that_has_not_started(const struct step *t)
{
    return goes_off(t) && !mp_device_waits(t->o->before) && mp_device_waits(t->o->after) &&
           before(t, WORLD_MP)->restarts > 0;
}

static bool its_device_waited_for_a_start(const struct step *t)
{
    return mp_device_waits(t->o->before) && mp_device_is_on(t->o->after) &&
           after(t, t->mine)->model == MODEL_INIT;
}

struct situation restarts[] = {
    SITUATION(it_will_come_back_and_dies_in_a_call),
    SITUATION(it_will_come_back_and_dies_with_an_idle_context),
    SITUATION(it_will_come_back_and_dies_with_a_running_context),
    SITUATION(it_will_come_back_and_dies_with_a_blocked_context),
    SITUATION(it_will_come_back_and_dies_with_a_preempted_context),
    SITUATION(it_will_come_back_and_dies_with_a_notification),
    SITUATION(it_will_come_back_and_dies_with_a_message),
    SITUATION(it_will_come_back_and_dies_with_an_interrupt),
    SITUATION(it_died_too_often),
    SITUATION(a_request_brings_it_back),
    SITUATION(a_request_of_the_second_kind_brings_it_back),
    SITUATION(cycles_bring_it_back),
    SITUATION(a_partition_brings_it_back),
    SITUATION(an_alarm_brings_it_back),
    SITUATION(an_alarm_finds_another_partition),
    SITUATION(an_alarm_finds_it_in_a_chain),
    SITUATION(whose_alarm_it_is_goes_off),
    SITUATION(the_work_gives_way_to_the_normal_world),
    SITUATION(the_work_is_put_off),
    SITUATION(the_work_gives_way_to_a_handler),
    SITUATION(the_works_time_is_over),
    SITUATION(who_asked_for_the_work_died),
    SITUATION(a_device_interrupts_for_a_life_that_ended),
    SITUATION(a_device_interrupts_a_start),
    SITUATION(the_new_one_gets_the_call),
    SITUATION(the_new_one_gets_cycles),
    SITUATION(the_new_one_is_too_old_for_the_call),
    SITUATION(the_normal_world_goes_on_after_a_start),
    SITUATION(the_new_one_dies_in_its_start),
    SITUATION(another_context_of_it_starts),
    SITUATION(the_normal_world_is_told_of_a_call_that_died),
    SITUATION(the_normal_world_is_told_of_a_former_life),
    SITUATION(its_device_comes_to_a_context_that_starts),
    SITUATION(its_device_is_left_to_a_context_that_has_not_started),
    SITUATION(its_device_waited_for_a_start),
    {NULL, NULL, 0},
};
