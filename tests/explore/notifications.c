/* SPDX-License-Identifier: BSD-3-Clause */
/* Notifications: who is told, who fetches them, and who does not live to. */
#include "explore/situations.h"

static bool a_notification_is_set_for_a_partition(const struct step *t)
{
    return normal_call(t) == FFA_NOTIFICATION_SET && succeeds(t);
}

static bool a_notification_is_set_for_the_normal_world(const struct step *t)
{
    return t->call == FFA_NOTIFICATION_SET && succeeds(t);
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

struct situation notifications[] = {
    SITUATION(a_notification_is_set_for_a_partition),
    SITUATION(a_notification_is_set_for_the_normal_world),
    SITUATION(a_partition_fetches_a_notification),
    SITUATION(a_partition_learns_of_a_full_buffer),
    SITUATION(the_normal_world_fetches_a_notification),
    SITUATION(a_partition_with_a_notification_dies),
    {NULL, NULL, 0},
};
