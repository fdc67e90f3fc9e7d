/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Most situations are deaths of the MP partition: it may die on one CPU with its other context
 * in any state, and what follows on the other CPU comes in any order.
 */
#include "explore/situations.h"

/* ---- The MP partition dies ... ---- */

/* A condemned context: it still runs, though its partition died on the other CPU. */
static bool mp_is_condemned(const struct step *t)
{
    return mp_before(t) == PARTITION_ABORTED && t->actor == t->mine;
}

static bool peer_is_off_line(const struct step *t)
{
    return !t->o->before->cpus[t->other].online;
}

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

struct situation deaths[] = {
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
    SITUATION(a_kicked_cpu_goes_off),
    SITUATION(the_cpu_of_a_dead_link_goes_off),
    SITUATION(a_cpu_comes_without_it),
    SITUATION(a_chain_unwinds_over_it),
    {NULL, NULL, 0},
};
