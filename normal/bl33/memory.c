/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptions in TX, in the form of any version; and crasher's commands as functions.
 */
#include "memory.h"

static uint32_t tx_lock; /* CPUs that send take turns at TX */

static void lock_tx(void)
{
    while (__atomic_exchange_n(&tx_lock, 1, __ATOMIC_ACQUIRE))
        __asm__ volatile("yield");
}

static void unlock_tx(void)
{
    __atomic_store_n(&tx_lock, 0, __ATOMIC_RELEASE);
}

struct sending memory_sending(uint64_t function, const struct partition *to,
                              const struct ffa_memory_range *range, unsigned ranges)
{
    bool donated = function == FFA_MEM_DONATE_64;

    return (struct sending){
        .function = function,
        .borrowers = 1,
        .borrower = {{.id = to->info.id, .permissions = donated ? 0 : FFA_ACCESS_RW}},
        .ranges = ranges,
        .range = range,
    };
}

/* Header, borrowers and composite, at the start of TX; gives their size. */
static uint32_t put_head(const struct sending *s, uint32_t version)
{
    uint32_t header_bytes =
        version == FFA_VERSION_1_0 ? FFA_MEMORY_HEADER_1_0 : FFA_MEMORY_HEADER_1_1;
    uint32_t access_bytes =
        version == FFA_VERSION_1_2 ? FFA_MEMORY_ACCESS_1_2 : FFA_MEMORY_ACCESS_1_0;
    uint32_t composite_at = header_bytes + s->borrowers * access_bytes;
    struct ffa_memory_header header = {
        .sender = s->sender,
        .attributes = (uint32_t)s->function == FFA_MEM_SHARE_64 ? FFA_MEMORY_USUAL : 0,
        .flags = s->flags,
        .tag = s->tag,
        .access_size = version == FFA_VERSION_1_0 ? 0 : access_bytes,
        .count = s->borrowers,
        .offset = header_bytes,
    };
    struct ffa_memory_composite composite = {.count = s->ranges};

    for (unsigned i = 0; i < s->ranges; i++)
        composite.pages += s->range[i].pages;
    __builtin_memcpy(mailbox_tx, &header, header_bytes);
    for (unsigned i = 0; i < s->borrowers; i++) {
        struct ffa_memory_access access = s->borrower[i];

        access.composite = composite_at;
        __builtin_memcpy(mailbox_tx + header_bytes + i * access_bytes, &access, access_bytes);
    }
    __builtin_memcpy(mailbox_tx + composite_at, &composite, sizeof(composite));
    return composite_at + (uint32_t)sizeof(composite);
}

/* Ranges behind `at` bytes of TX; gives how many bytes there are then. */
static uint32_t put_ranges(const struct sending *s, uint32_t at, uint32_t limit, unsigned *next)
{
    for (; *next < s->ranges && at + sizeof(*s->range) <= limit; at += sizeof(*s->range), ++*next)
        __builtin_memcpy(mailbox_tx + at, &s->range[*next], sizeof(*s->range));
    return at;
}

static struct ffa_regs send_fragments(const struct sending *s, uint32_t version)
{
    uint32_t limit = s->fragment ? s->fragment : PAGE_SIZE;
    uint32_t head = put_head(s, version);
    uint32_t bytes, done;
    unsigned next = 0;
    struct ffa_regs reply;

    bytes = done = put_ranges(s, head, limit < head ? head : limit, &next);
    reply = ffa(s->function, head + s->ranges * sizeof(*s->range), bytes);
    while (reply.x[0] == FFA_MEM_FRAG_RX) {
        EXPECT((uint32_t)reply.x[3], done);
        EXPECT((uint32_t)reply.x[4], (uint32_t)s->sender << 16);
        bytes = put_ranges(s, 0, limit, &next);
        done += bytes;
        reply = ffa(FFA_MEM_FRAG_TX, reply.x[1], reply.x[2], bytes, (uint64_t)s->sender << 16);
    }
    return reply;
}

struct ffa_regs memory_send_as(const struct sending *sending, uint32_t version)
{
    struct ffa_regs reply;

    lock_tx();
    reply = send_fragments(sending, version);
    unlock_tx();
    return reply;
}

struct ffa_regs memory_send(const struct sending *sending)
{
    return memory_send_as(sending, FFA_VERSION_1_2);
}

uint64_t memory_handle(struct ffa_regs reply)
{
    return (uint32_t)reply.x[2] | reply.x[3] << 32;
}

uint64_t memory_sent(const struct sending *sending)
{
    struct ffa_regs reply = memory_send(sending);

    return EXPECT_SUCCESS(reply) ? memory_handle(reply) : ~0ULL;
}

struct ffa_regs memory_reclaim(uint64_t handle, uint32_t flags)
{
    return ffa(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags);
}

static volatile uint64_t *word_of(const struct ffa_memory_range *range, unsigned page)
{
    return (volatile uint64_t *)(range->address + (uint64_t)page * PAGE_SIZE);
}

void memory_fill(const struct ffa_memory_range *range, unsigned ranges, uint64_t first)
{
    for (unsigned i = 0; i < ranges; i++)
        for (unsigned page = 0; page < range[i].pages; page++)
            *word_of(&range[i], page) = first++;
}

unsigned memory_wrong(const struct ffa_memory_range *range, unsigned ranges, uint64_t first)
{
    unsigned wrong = 0;

    for (unsigned i = 0; i < ranges; i++)
        for (unsigned page = 0; page < range[i].pages; page++)
            wrong += *word_of(&range[i], page) != first++;
    return wrong;
}

/* ---- By a crasher ---- */

/* An answer, whatever interrupts came on the way. */
#define ask_whole(partition, ...) run_until_answered(ask(partition, __VA_ARGS__))

struct ffa_regs memory_call_by(const struct partition *by, uint64_t x0, uint64_t x1, uint64_t x2,
                               uint64_t x3)
{
    struct ffa_regs reply = ask_whole(by, CRASH_CALL, x0, x1, x2, x3);

    EXPECT_ANSWER(reply, by);
    return (struct ffa_regs){{reply.x[4], reply.x[5], reply.x[6], reply.x[7]}};
}

bool memory_begin(const struct partition *partition)
{
    struct ffa_regs pages = ask_whole(partition, CRASH_MAILBOX);

    return EXPECT_ANSWER(pages, partition) &&
           EXPECT_SUCCESS(memory_call_by(partition, FFA_RXTX_MAP_64, pages.x[4], pages.x[5], 1));
}

void memory_end(const struct partition *partition)
{
    EXPECT_SUCCESS(memory_call_by(partition, FFA_RXTX_UNMAP, 0, 0, 0));
}

struct retrieved memory_retrieve(const struct partition *by, uint64_t handle, uint16_t sender,
                                 uint8_t access, uint32_t flags)
{
    struct ffa_regs reply = ask_whole(by, CRASH_RETRIEVE, handle,
                                      (uint64_t)flags << 32 | (uint64_t)access << 16 | sender, 0);

    EXPECT_ANSWER(reply, by);
    return (struct retrieved){
        .status = (int32_t)reply.x[4],
        .ranges = (uint32_t)reply.x[5],
        .pages = (uint32_t)(reply.x[5] >> 32),
        .access = (uint8_t)reply.x[6],
        .non_secure = reply.x[6] & 0x100,
        .flags = (uint32_t)(reply.x[6] >> 32),
    };
}

int32_t memory_relinquish(const struct partition *by, uint64_t handle, uint32_t flags)
{
    struct ffa_regs reply = ask_whole(by, CRASH_RELINQUISH, handle, flags);

    EXPECT_ANSWER(reply, by);
    return (int32_t)reply.x[4];
}

void memory_expect_swap(const struct partition *by, uint64_t want, uint64_t put, unsigned pages)
{
    struct ffa_regs reply = ask_whole(by, CRASH_SWAP, want, put);

    EXPECT_ANSWER(reply, by);
    EXPECT(reply.x[4], 0);
    EXPECT(reply.x[5], 0);
    EXPECT(reply.x[6], pages);
}

uint64_t memory_touch(const struct partition *by, uint64_t address, uint64_t what, bool non_secure)
{
    struct ffa_regs reply = ask_whole(by, CRASH_TOUCH, address, what, 0xbad, non_secure);

    EXPECT_ANSWER(reply, by);
    return reply.x[4];
}

uint64_t memory_page_of(const struct partition *partition, unsigned number)
{
    struct ffa_regs pages = ask_whole(partition, CRASH_MAILBOX);

    EXPECT_ANSWER(pages, partition);
    return pages.x[6] + (uint64_t)number * PAGE_SIZE;
}

struct given memory_give(const struct partition *by, uint64_t function, uint64_t borrowers,
                         uint64_t address, uint8_t access, uint32_t pages, uint32_t flags)
{
    struct ffa_regs reply = ask_whole(by, CRASH_SEND, function, borrowers, address | access,
                                      (uint64_t)flags << 32 | pages);

    EXPECT_ANSWER(reply, by);
    return (struct given){(int32_t)reply.x[4], reply.x[5]};
}

int32_t memory_reclaim_by(const struct partition *by, uint64_t handle, uint32_t flags)
{
    struct ffa_regs reply =
        memory_call_by(by, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags);

    return reply.x[0] == FFA_SUCCESS_32 ? 0 : (int32_t)reply.x[2];
}
