/* SPDX-License-Identifier: BSD-3-Clause */
/* Direct messages of two kinds, framework messages, indirect messages. */
#include "explore/situations.h"

static bool a_second_kind_is_answered(const struct step *t)
{
    return t->call == FFA_MSG_SEND_DIRECT_RESP2 && t->o->next.kind == NEXT_REPLY_NORMAL;
}

static bool a_second_kind_is_answered_in_a_chain(const struct step *t)
{
    return t->call == FFA_MSG_SEND_DIRECT_RESP2 && t->o->next.kind == NEXT_RUN &&
           t->o->next.vcpu->regs.x[0] == FFA_MSG_SEND_DIRECT_RESP2;
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

struct situation messages[] = {
    SITUATION(a_second_kind_is_answered),
    SITUATION(a_second_kind_is_answered_in_a_chain),
    SITUATION(a_framework_message_is_answered),
    SITUATION(a_framework_message_is_interrupted),
    SITUATION(a_message_reaches_a_partition),
    SITUATION(a_message_reaches_a_vm),
    SITUATION(a_vms_buffer_is_held),
    {NULL, NULL, 0},
};
