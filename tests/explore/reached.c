/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Most situations are deaths of the MP partition: it may die on one CPU with its other context
 * in any state, and what follows on the other CPU comes in any order.
 */
#include "explore/reached.h"

#include <stdio.h>

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
