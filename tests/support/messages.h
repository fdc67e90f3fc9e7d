/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages in buffers, made and compared: what the tests of FFA_MSG_SEND2 share. */
#ifndef TESTS_SUPPORT_MESSAGES_H
#define TESTS_SUPPORT_MESSAGES_H

#include "core/mailbox.h"
#include "support/unit.h"

static struct spmc s;
static struct regs *const normal = &s.cpus[0].normal;

#define SELF (&world_vcpu(&s, WORLD_UP, 0)->regs)
#define SEND2 FFA_MSG_SEND2
#define OLD FFA_MESSAGE_HEADER_SIZE_1_1
#define NEW FFA_MESSAGE_HEADER_SIZE_1_2
#define VM 5
#define OTHER_VM 6

static inline struct mailbox *box(unsigned partition)
{
    return &s.partitions[partition].endpoint.mailbox;
}

static inline struct mailbox pages(uint64_t tx, uint64_t rx, uint32_t count)
{
    return (struct mailbox){MAILBOX_EMPTY, count, tx, rx};
}

/* All have a page each, and take messages. */
static inline int boot(void **state)
{
    (void)state;
    port_model_reset();
    world_boot(&s);
    s.normal.mailbox = pages(WORLD_NORMAL_TX, WORLD_NORMAL_RX, 1);
    s.vms[0] = (struct vm){VM, pages(WORLD_VM_TX(1), WORLD_VM_RX(1), 1)};
    for (unsigned i = 0; i < WORLD_PARTITIONS; i++) {
        s.partitions[i].properties |= FFA_PROPERTY_INDIRECT;
        *box(i) = pages(WORLD_TX(i), WORLD_RX(i), 1);
    }
    return 0;
}

/* ---- Messages: the payload counts from 1 ---- */

static inline struct ffa_message_header header_of(uint16_t sender, uint16_t receiver,
                                                  uint32_t offset, uint32_t size)
{
    return (struct ffa_message_header){
        .offset = offset, .receiver = receiver, .sender = sender, .size = size};
}

static inline void put_header(const struct mailbox *from, const struct ffa_message_header *h)
{
    memcpy(port_model_memory(from->tx, sizeof(*h)), h, sizeof(*h));
}

static inline void put(const struct mailbox *from, uint16_t sender, uint16_t receiver,
                       uint32_t offset, uint32_t size)
{
    const struct ffa_message_header h = header_of(sender, receiver, offset, size);
    uint8_t *tx = port_model_memory(from->tx, from->pages * PAGE_BYTES);

    put_header(from, &h);
    for (uint32_t i = 0; i < size; i++)
        tx[offset + i] = (uint8_t)(i + 1);
}

static inline void assert_received(const struct mailbox *by, uint16_t sender, uint16_t receiver,
                                   uint32_t offset, uint32_t size)
{
    const struct ffa_message_header h = header_of(sender, receiver, offset, size);
    const uint8_t *rx = port_model_memory(by->rx, by->pages * PAGE_BYTES);

    assert_int_equal(by->state, MAILBOX_FULL);
    assert_memory_equal(rx, &h, OLD);
    for (uint32_t i = 0; i < size; i++)
        assert_int_equal(rx[offset + i], (uint8_t)(i + 1));
}

static inline void assert_nothing_received(const struct mailbox *by)
{
    const uint8_t *rx = port_model_memory(by->rx, PAGE_BYTES);

    for (unsigned i = 0; i < PAGE_BYTES; i++)
        assert_int_equal(rx[i], 0);
}

/* A message of the Normal world for a partition. */
static inline void send_to(unsigned partition)
{
    put(&s.normal.mailbox, 0, WORLD_ID(partition), OLD, 64);
    world_normal_call(&s, 0, SEND2);
}

/* UP runs, and sends. */
static inline void run_up(void)
{
    if (world_running(&s, 0) == NULL)
        world_normal_call(&s, 0, FFA_RUN, PAIR(UP_ID, 0));
}

static inline void up_sends_to(uint16_t receiver)
{
    run_up();
    put(box(WORLD_UP), UP_ID, receiver, OLD, 64);
    world_call(&s, 0, SEND2);
}

#endif
