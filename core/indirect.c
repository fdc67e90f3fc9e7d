/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FFA_MSG_SEND2: a message goes from the sender's TX to the receiver's RX, at once, and waits there
 * until the receiver is scheduled. Between partitions, and between them and the Normal world; what
 * VMs send to each other is their hypervisor's affair.
 */
#include "core/direct.h"
#include "core/mailbox.h"
#include "core/notify.h"
#include "core/port.h"
#include "core/trace.h"

/* Who sends or receives. Of a VM, the SPMC knows its buffers; its version is its hypervisor's. */
struct party {
    struct mailbox *mailbox;     /* NULL: nobody */
    struct partition *partition; /* NULL: in the Normal world */
    uint32_t version;
};

static struct party party_by_id(struct spmc *s, uint16_t id)
{
    struct partition *p = partition_by_id(s, id);

    if (p != NULL)
        return (struct party){&p->endpoint.mailbox, p, p->endpoint.version};
    if (id == FFA_ID_NORMAL_WORLD)
        return (struct party){&s->normal.mailbox, NULL, s->normal.version};
    return (struct party){mailbox_of_vm(s, id), NULL, s->normal.version};
}

/* A partition sends for itself; a hypervisor for a VM whose buffers it forwarded, too. */
static uint16_t sender_of(const struct call *c)
{
    return c->from != NULL ? c->who->id : (uint16_t)(c->regs->x[1] >> 16);
}

static bool reserved_is_zero(const struct call *c)
{
    uint32_t w1 = (uint32_t)c->regs->x[1];
    uint32_t w2 = (uint32_t)c->regs->x[2];

    return c->from != NULL ? w1 == 0 && (w2 & ~(uint32_t)FFA_MSG_SEND2_DELAY_SRI) == 0 : w2 == 0;
}

static size_t header_size(const struct party *sender)
{
    return sender->version >= FFA_VERSION_1_2 ? FFA_MESSAGE_HEADER_SIZE_1_2
                                              : FFA_MESSAGE_HEADER_SIZE_1_1;
}

static bool has_method(const struct party *party)
{
    return party->partition == NULL || party->partition->properties & FFA_PROPERTY_INDIRECT;
}

/* May these two? And can the receiver take a message now? */
static refusal parties_refusal(const struct party *sender, const struct party *receiver)
{
    if (receiver->mailbox == NULL || receiver->mailbox == sender->mailbox ||
        (sender->partition == NULL && receiver->partition == NULL))
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such receiver");
    if (!has_method(sender))
        return REFUSAL(FFA_DENIED, "the sender may not send these");
    if (receiver->version < FFA_VERSION_1_1 || !has_method(receiver))
        return REFUSAL(FFA_DENIED, "the receiver does not take these");
    if (receiver->partition != NULL && partition_is_dead(receiver->partition))
        return REFUSAL(FFA_ABORTED, "the receiver is dead");
    if (receiver->mailbox->state != MAILBOX_EMPTY)
        return REFUSAL(FFA_BUSY, "the RX buffer is not free");
    return NULL;
}

/* A VM's UUIDs are known to its hypervisor alone. */
static bool is_for(const struct party *receiver, const struct ffa_uuid *uuid)
{
    return receiver->partition == NULL || (uuid_low(uuid) | uuid_high(uuid)) == 0 ||
           partition_has_uuid(receiver->partition, uuid_low(uuid), uuid_high(uuid));
}

/* Where the payload lies; a header that is shorter has no UUID. */
static refusal content_refusal(const struct party *sender, const struct party *receiver,
                               const struct ffa_message_header *h)
{
    uint64_t bytes = sender->mailbox->pages * PAGE_BYTES;

    if (h->offset < header_size(sender) || h->offset > bytes || h->size > bytes - h->offset)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the payload is not within TX");
    if (!is_for(receiver, &h->uuid))
        return REFUSAL(FFA_INVALID_PARAMETERS, "no such UUID");
    if (h->offset + h->size > MESSAGE_BYTES_MAX)
        return REFUSAL(FFA_NO_MEMORY, "longer than the limit");
    return NULL;
}

/* The header is read once: another CPU may write to TX. What was checked is what is delivered. */
refusal call_msg_send2(struct spmc *s, struct call *c)
{
    uint16_t id = sender_of(c);
    struct party sender = party_by_id(s, id);
    struct ffa_message_header h = {0};

    if (!reserved_is_zero(c))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved register is not zero");
    if (sender.mailbox == NULL || sender.mailbox->state == MAILBOX_UNMAPPED ||
        (c->from == NULL && SECURE(id)))
        return REFUSAL(FFA_DENIED, "the sender has no buffers");
    if (!trace_copy_in(c, &h, sender.mailbox->tx, header_size(&sender)))
        return REFUSAL(FFA_ABORTED, "TX is gone");
    if (h.sender != id)
        return REFUSAL(FFA_INVALID_PARAMETERS, "the sender is not the caller");
    struct party receiver = party_by_id(s, h.receiver);
    refusal no = parties_refusal(&sender, &receiver);
    if (no == NULL)
        no = content_refusal(&sender, &receiver, &h);
    if (no == NULL)
        no = mailbox_transfer(receiver.mailbox, sender.mailbox, &h, header_size(&sender),
                              h.offset + h.size);
    if (no != NULL)
        return no;

    notify_framework(s, c->cpu, h.receiver,
                     sender.partition != NULL ? NOTIFY_RX_FULL_BY_SPMC
                                              : NOTIFY_RX_FULL_BY_HYPERVISOR,
                     (uint32_t)c->regs->x[2] & FFA_MSG_SEND2_DELAY_SRI);
    return NULL;
}
