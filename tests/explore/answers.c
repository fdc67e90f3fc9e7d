/* SPDX-License-Identifier: BSD-3-Clause */
/* Situations in which the state may stay as it is: refusals and what is told again. */
#include "explore/situations.h"

static bool is_denied(const struct step *t)
{
    return t->o->next.kind == NEXT_RUN && t->o->next.vcpu->regs.x[0] == FFA_ERROR &&
           (uint32_t)t->o->next.vcpu->regs.x[2] == (uint32_t)FFA_DENIED;
}

static bool the_kick_comes_to_somebody_else(const struct step *t)
{
    return mp_before(t) == PARTITION_ABORTED && t->o->event->kind == EVENT_KICK &&
           t->kicks & (1U << t->o->cpu) && t->actor != t->mine;
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

static bool the_scheduler_is_told(const struct step *t)
{
    return normal_call(t) == FFA_NOTIFICATION_INFO_GET_64 && succeeds(t);
}

struct situation answers[] = {
    SITUATION(the_kick_comes_to_somebody_else),
    SITUATION(a_second_kind_is_answered_like_the_first),
    SITUATION(a_first_kind_is_answered_like_the_second),
    SITUATION(the_scheduler_is_told),
    {NULL, NULL, 0},
};
