/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory transactions that are refused, each with its status, and with nothing changed: after each
 * one, the transaction as it should be is accepted.
 */
#define SUITE "refused"

#include "cpu.h"
#include "memory.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define VM 0x0005
#define SECURE_MEMORY 0x0e300000
#define DEVICE_MEMORY 0x09000000
#define NO_MEMORY_AT 0xff0000000ULL
#define IN_FLIGHT 128
#define NX FFA_ACCESS_NX
#define RW_NX (FFA_ACCESS_RW | FFA_ACCESS_NX)
#define ROUNDS 200

/* What a sender writes to TX: for one borrower, two pages and a third, in the form of version 1.2.
 */
struct description {
    struct ffa_memory_header header;
    struct ffa_memory_access access;
    struct ffa_memory_composite composite;
    struct ffa_memory_range range[2];
};

/* The registers of the call too. */
struct said {
    struct ffa_regs regs;
    struct description d;
};

#define BYTES sizeof(struct description)

static struct said usual(uint64_t function)
{
    bool shared = function == FFA_MEM_SHARE_64, donated = function == FFA_MEM_DONATE_64;

    return (struct said){
        .regs = {{function, BYTES, BYTES}},
        .d = {.header = {.attributes = shared ? FFA_MEMORY_USUAL : 0,
                         .access_size = FFA_MEMORY_ACCESS_1_2,
                         .count = 1,
                         .offset = FFA_MEMORY_HEADER_1_1},
              .access = {.id = crasher.info.id,
                         .permissions = donated ? 0 : FFA_ACCESS_RW,
                         .composite = FFA_MEMORY_HEADER_1_1 + FFA_MEMORY_ACCESS_1_2},
              .composite = {.pages = 3, .count = 2},
              .range = {{POOL, 2, 0}, {POOL + 8 * PAGE_SIZE, 1, 0}}},
    };
}

static struct ffa_regs say(const struct said *said)
{
    __builtin_memcpy(mailbox_tx, &said->d, BYTES);
    return ffa_call(&said->regs);
}

static void expect_usual(uint64_t function)
{
    struct said said = usual(function);
    struct ffa_regs reply = say(&said);

    EXPECT_SUCCESS(reply);
    EXPECT_SUCCESS(memory_reclaim(memory_handle(reply), 0));
}

static bool ready(void)
{
    return EXPECT_SUCCESS(mailbox_map()) && EXPECT_TRUE(crasher.info.id != 0);
}

/* X(what is wrong, the status) */
#define WRONG_HEADER(X)                                                  \
    X(s.regs.x[1] = 0, INVALID_PARAMETERS)                               \
    X(s.regs.x[1] -= 16, INVALID_PARAMETERS)                             \
    X(s.regs.x[1] += 1, INVALID_PARAMETERS)                              \
    X(s.regs.x[1] = 0xffffffff, INVALID_PARAMETERS)                      \
    X(s.regs.x[2] = 0, INVALID_PARAMETERS)                               \
    X(s.regs.x[2] = 95, INVALID_PARAMETERS)                              \
    X(s.regs.x[2] -= 8, INVALID_PARAMETERS)                              \
    X(s.regs.x[2] += 16, INVALID_PARAMETERS)                             \
    X(s.regs.x[1] = s.regs.x[2] = PAGE_SIZE + 16, INVALID_PARAMETERS)    \
    X(s.regs.x[3] = POOL, INVALID_PARAMETERS)                            \
    X(s.regs.x[4] = 1, INVALID_PARAMETERS)                               \
    X(d->header.sender = crasher.info.id, DENIED)                        \
    X(d->header.sender = FFA_ID_SPMC, DENIED)                            \
    X(d->header.handle = 1, INVALID_PARAMETERS)                          \
    X(d->header.flags = 1 << 2, INVALID_PARAMETERS)                      \
    X(d->header.flags = 1 << 3, INVALID_PARAMETERS)                      \
    X(d->header.flags = 0x80000000, INVALID_PARAMETERS)                  \
    X(d->header.attributes |= FFA_MEMORY_NON_SECURE, INVALID_PARAMETERS) \
    X(d->header.attributes |= 0x80, INVALID_PARAMETERS)                  \
    X(d->header.attributes = FFA_MEMORY_TYPE, INVALID_PARAMETERS)        \
    X(d->header.access_size = 0, INVALID_PARAMETERS)                     \
    X(d->header.access_size = 24, INVALID_PARAMETERS)                    \
    X(d->header.access_size = 0x80000000, INVALID_PARAMETERS)            \
    X(d->header.count = 0, INVALID_PARAMETERS)                           \
    X(d->header.count = 2, INVALID_PARAMETERS)                           \
    X(d->header.count = 0xffffffff, INVALID_PARAMETERS)                  \
    X(d->header.offset = 0, INVALID_PARAMETERS)                          \
    X(d->header.offset = 56, INVALID_PARAMETERS)                         \
    X(d->header.offset = 0xfffffff0, INVALID_PARAMETERS)                 \
    X(d->header.reserved[0] = 1, INVALID_PARAMETERS)                     \
    X(d->header.reserved[1] = 1, INVALID_PARAMETERS)                     \
    X(d->header.reserved[2] = 1, INVALID_PARAMETERS)

#define WRONG_BORROWER(X)                                           \
    X(d->access.id = NO_PARTITION, INVALID_PARAMETERS)              \
    X(d->access.id = FFA_ID_SPMC, INVALID_PARAMETERS)               \
    X(d->access.id = FFA_ID_NORMAL_WORLD, INVALID_PARAMETERS)       \
    X(d->access.id = VM, DENIED)                                    \
    X(d->access.permissions |= 3, INVALID_PARAMETERS)               \
    X(d->access.permissions |= FFA_ACCESS_NX, INVALID_PARAMETERS)   \
    X(d->access.permissions |= FFA_ACCESS_X, INVALID_PARAMETERS)    \
    X(d->access.permissions |= FFA_ACCESS_CODE, INVALID_PARAMETERS) \
    X(d->access.permissions |= 0x10, INVALID_PARAMETERS)            \
    X(d->access.permissions ^= FFA_ACCESS_RW, INVALID_PARAMETERS)   \
    X(d->access.flags = 1, INVALID_PARAMETERS)                      \
    X(d->access.flags = 2, INVALID_PARAMETERS)                      \
    X(d->access.reserved = 1, INVALID_PARAMETERS)                   \
    X(d->access.composite = 0, INVALID_PARAMETERS)                  \
    X(d->access.composite -= 16, INVALID_PARAMETERS)                \
    X(d->access.composite += 8, INVALID_PARAMETERS)                 \
    X(d->access.composite = 0xfffffff0, INVALID_PARAMETERS)

#define WRONG_RANGES(X)                                              \
    X(d->composite.pages = 0, INVALID_PARAMETERS)                    \
    X(d->composite.pages = 2, INVALID_PARAMETERS)                    \
    X(d->composite.pages = 4, INVALID_PARAMETERS)                    \
    X(d->composite.pages = 0xffffffff, NO_MEMORY)                    \
    X(d->composite.count = 0, INVALID_PARAMETERS)                    \
    X(d->composite.count = 1, INVALID_PARAMETERS)                    \
    X(d->composite.count = 3, INVALID_PARAMETERS)                    \
    X(d->composite.count = 0x10000001, NO_MEMORY)                    \
    X(d->composite.reserved = 1, INVALID_PARAMETERS)                 \
    X(d->range[0].address += 1, INVALID_PARAMETERS)                  \
    X(d->range[1].address += 0x800, INVALID_PARAMETERS)              \
    X(d->range[0].pages = 0, INVALID_PARAMETERS)                     \
    X(d->range[0].pages = 0xffffffff, INVALID_PARAMETERS)            \
    X(d->range[1].reserved = 1, INVALID_PARAMETERS)                  \
    X(d->range[1].address = d->range[0].address, INVALID_PARAMETERS) \
    X(d->range[1].address = POOL + PAGE_SIZE, INVALID_PARAMETERS)    \
    X(d->range[0].address = 0xfffffffffffff000, INVALID_PARAMETERS)  \
    X(d->range[0].address = 0xffffffffff000, INVALID_PARAMETERS)     \
    X(d->range[0].address = 0, DENIED)                               \
    X(d->range[0].address = NO_MEMORY_AT, DENIED)                    \
    X(d->range[0].address = SECURE_MEMORY, DENIED)                   \
    X(d->range[0].address = DEVICE_MEMORY, DENIED)                   \
    X(d->range[1].address = CRASHER_NORMAL_PAGE, DENIED)             \
    X(d->range[0].address = CRASHER_NORMAL_PAGE - PAGE_SIZE, DENIED) \
    X(d->range[1].address = (uint64_t)mailbox_tx, DENIED)            \
    X(d->range[1].address = (uint64_t)mailbox_rx, DENIED)

#define EXPECT_WRONG(spoil, status)                                \
    s = usual(function);                                           \
    spoil;                                                         \
    reply = say(&s);                                               \
    tap_expect(__FILE__, __LINE__, #spoil, reply.x[0], FFA_ERROR); \
    tap_expect(__FILE__, __LINE__, #spoil, reply.x[2], (uint32_t)FFA_##status);

static void expect_refusals(uint64_t function)
{
    struct said s;
    struct description *d = &s.d;
    struct ffa_regs reply;

    tap_for(function);
    WRONG_HEADER(EXPECT_WRONG)
    WRONG_BORROWER(EXPECT_WRONG)
    WRONG_RANGES(EXPECT_WRONG)
    expect_usual(function);
}

TEST(a_share_with_anything_wrong_is_refused)
{
    uint64_t function = FFA_MEM_SHARE_64;
    struct said s;
    struct description *d = &s.d;
    struct ffa_regs reply;

    REQUIRE(ready(), true);
    expect_refusals(function);
    EXPECT_WRONG(d->header.flags = FFA_MEMORY_ZERO, INVALID_PARAMETERS)
    EXPECT_WRONG(d->header.attributes = 0, INVALID_PARAMETERS)
    EXPECT_WRONG(d->header.attributes = FFA_MEMORY_DEVICE, DENIED)
    EXPECT_WRONG(d->header.attributes = FFA_MEMORY_USUAL - 1, DENIED)
    expect_usual(function);
}

TEST(a_lend_with_anything_wrong_is_refused)
{
    uint64_t function = FFA_MEM_LEND_64;
    struct said s;
    struct description *d = &s.d;
    struct ffa_regs reply;

    REQUIRE(ready(), true);
    expect_refusals(function);
    EXPECT_WRONG(d->header.attributes = FFA_MEMORY_USUAL, INVALID_PARAMETERS)
    expect_usual(function);
}

TEST(a_donation_with_anything_wrong_is_refused)
{
    uint64_t function = FFA_MEM_DONATE_64;
    struct said s;
    struct description *d = &s.d;
    struct ffa_regs reply;

    REQUIRE(ready(), true);
    expect_refusals(function);
    EXPECT_WRONG(d->access.permissions = FFA_ACCESS_RO, INVALID_PARAMETERS)
    expect_usual(function);
}

TEST(memory_of_another_transaction_is_denied)
{
    struct said s = usual(FFA_MEM_LEND_64), again = usual(FFA_MEM_SHARE_64);
    struct ffa_regs reply;

    REQUIRE(ready(), true);
    reply = say(&s);
    EXPECT_SUCCESS(reply);
    EXPECT_ERROR(say(&again), FFA_DENIED);
    EXPECT_ERROR(mailbox_map_at(POOL, POOL + 0x100000, 1), FFA_DENIED);
    EXPECT_SUCCESS(memory_reclaim(memory_handle(reply), 0));
    expect_usual(FFA_MEM_SHARE_64);
}

TEST(without_buffers_nothing_is_sent)
{
    struct said s = usual(FFA_MEM_SHARE_64);

    EXPECT_ERROR(say(&s), FFA_INVALID_PARAMETERS);
    s.regs.x[0] = FFA_MEM_RETRIEVE_REQ_64;
    EXPECT_ERROR(say(&s), FFA_INVALID_PARAMETERS);
}

TEST(handles_that_are_not_in_flight_are_invalid)
{
    struct said s = usual(FFA_MEM_SHARE_64);
    uint64_t first, second;

    REQUIRE(ready(), true);
    first = memory_handle(say(&s));
    EXPECT_SUCCESS(memory_reclaim(first, 0));
    second = memory_handle(say(&s));
    EXPECT_TRUE(first != second);
    EXPECT_ERROR(memory_reclaim(first, 0), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(memory_reclaim(second ^ FFA_HANDLE_OF_HYPERVISOR, 0), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(memory_reclaim(~0ULL, 0), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(memory_reclaim(second + 1, 0), FFA_INVALID_PARAMETERS);
    for (unsigned bit = 2; bit < 32; bit++) {
        tap_for(bit);
        EXPECT_ERROR(memory_reclaim(second, 1U << bit), FFA_INVALID_PARAMETERS);
    }
    EXPECT_SUCCESS(memory_reclaim(second, 0));
    EXPECT_ERROR(memory_reclaim(second, 0), FFA_INVALID_PARAMETERS);
}

/* ---- Fragments ---- */

/* The last range is still to come. */
static uint64_t half_sent(struct said *s)
{
    struct ffa_regs reply;

    s->regs.x[2] = BYTES - 16;
    reply = say(s);
    EXPECT(reply.x[0], FFA_MEM_FRAG_RX);
    EXPECT(reply.x[3], BYTES - 16);
    return (uint32_t)reply.x[1] | reply.x[2] << 32;
}

static struct ffa_regs next_part(uint64_t handle, uint64_t bytes)
{
    return ffa(FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, bytes);
}

TEST(fragments_out_of_order_are_refused)
{
    struct said s = usual(FFA_MEM_SHARE_64);
    uint64_t handle;

    REQUIRE(ready(), true);
    handle = half_sent(&s);
    EXPECT_ERROR(ffa(FFA_MEM_FRAG_TX, (uint32_t)handle, handle >> 32, 16, (uint64_t)VM << 16),
                 FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(next_part(handle, 0), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(next_part(handle ^ 1, 16), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(ffa(FFA_MEM_FRAG_RX, (uint32_t)handle, handle >> 32, 0), FFA_INVALID_PARAMETERS);
    __builtin_memcpy(mailbox_tx, &s.d.range[1], 16);
    EXPECT_SUCCESS(next_part(handle, 16));
    EXPECT_ERROR(next_part(handle, 16), FFA_INVALID_PARAMETERS);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
}

/* As pKVM does when it cannot go on. */
TEST(a_half_sent_transaction_is_dropped_by_its_reclaim)
{
    struct said s = usual(FFA_MEM_SHARE_64);
    uint64_t handle;

    REQUIRE(ready(), true);
    handle = half_sent(&s);
    EXPECT_SUCCESS(memory_reclaim(handle, 0));
    EXPECT_ERROR(next_part(handle, 16), FFA_INVALID_PARAMETERS);
    expect_usual(FFA_MEM_SHARE_64);
}

TEST(a_wrong_last_fragment_ends_the_transaction)
{
    struct said s = usual(FFA_MEM_SHARE_64);
    uint64_t handle;

    REQUIRE(ready(), true);
    handle = half_sent(&s);
    s.d.range[1].address = POOL;
    __builtin_memcpy(mailbox_tx, &s.d.range[1], 16);
    EXPECT_ERROR(next_part(handle, 16), FFA_INVALID_PARAMETERS);
    EXPECT_ERROR(memory_reclaim(handle, 0), FFA_INVALID_PARAMETERS);
    expect_usual(FFA_MEM_SHARE_64);
}

TEST(past_the_transactions_in_flight_there_is_no_memory)
{
    struct ffa_memory_range page = {POOL + 16 * BLOCK, 1, 0};
    struct sending one = memory_sending(FFA_MEM_SHARE_64, &crasher, &page, 1);
    static uint64_t handles[IN_FLIGHT];

    REQUIRE(ready(), true);
    for (unsigned i = 0; i < IN_FLIGHT; i++, page.address += PAGE_SIZE) {
        tap_for(i);
        handles[i] = memory_sent(&one);
    }
    EXPECT_ERROR(memory_send(&one), FFA_NO_MEMORY);
    for (unsigned i = 0; i < IN_FLIGHT; i++)
        EXPECT_SUCCESS(memory_reclaim(handles[i], 0));
    expect_usual(FFA_MEM_LEND_64);
}

/* ---- A description that changes while it is read ---- */

static uint32_t stop_writing;

/* Another CPU writes a range of Secure memory, a count of many, an offset out of TX, and back. */
static void rewrite(void *said)
{
    const struct description *right = &((struct said *)said)->d;
    volatile struct description *d = (volatile struct description *)mailbox_tx;

    while (!__atomic_load_n(&stop_writing, __ATOMIC_ACQUIRE)) {
        d->range[1].address = SECURE_MEMORY;
        d->composite.count = 500;
        d->access.composite = 0xfff0;
        d->header.count = 8;
        __asm__ volatile("yield");
        d->header.count = right->header.count;
        d->access.composite = right->access.composite;
        d->composite.count = right->composite.count;
        d->range[1].address = right->range[1].address;
        __asm__ volatile("yield");
    }
}

TEST(a_description_that_another_cpu_rewrites_is_accepted_or_refused_whole)
{
    struct said s = usual(FFA_MEM_SHARE_64);
    unsigned accepted = 0;

    NEEDS_CPUS(2);
    REQUIRE(ready(), true);
    REQUIRE(memory_begin(&crasher), true);
    stop_writing = 0;
    __builtin_memcpy(mailbox_tx, &s.d, BYTES);
    cpu_start(1, rewrite, &s);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ffa_regs reply = ffa_call(&s.regs);

        delay_us(round % 7);
        if (reply.x[0] == FFA_SUCCESS_32) {
            uint64_t handle = memory_handle(reply);

            accepted++;
            EXPECT(memory_retrieve(&crasher, handle, 0, 0, 0).pages, 3);
            EXPECT(ask(&crasher, CRASH_RANGE, 1).x[4], s.d.range[1].address);
            EXPECT(memory_relinquish(&crasher, handle, 0), 0);
            EXPECT_SUCCESS(memory_reclaim(handle, 0));
        } else {
            EXPECT(reply.x[0], FFA_ERROR);
        }
    }
    __atomic_store_n(&stop_writing, 1, __ATOMIC_RELEASE);
    cpu_wait(1);
    EXPECT_TRUE(accepted > 0 && accepted < ROUNDS);
    expect_usual(FFA_MEM_SHARE_64);
    memory_end(&crasher);
}
