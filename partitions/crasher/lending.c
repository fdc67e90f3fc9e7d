/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory transactions: what it got, what it gives, and how far it can reach. */
#include "partitions/crasher/crasher.h"

#define RANGES (SDK_VCPUS * 300) /* of all contexts together */
#define GIGABYTE (1ULL << 30)

static struct ffa_memory_range ranges[RANGES];
static struct sdk_memory got[SDK_VCPUS]; /* what each context retrieved last */

void crash_retrieve(struct ffa_regs *message)
{
    uint32_t room = RANGES / (uint32_t)sdk_contexts();
    struct sdk_memory *m = &got[sdk_context()];
    int32_t status;

    *m = (struct sdk_memory){
        .handle = message->x[4],
        .tag = message->x[6],
        .sender = (uint16_t)message->x[5],
        .access = (uint8_t)(message->x[5] >> 16),
        .flags = (uint32_t)(message->x[5] >> 32),
        .room = room,
        .range = &ranges[sdk_context() * room],
    };
    status = sdk_memory_retrieve(m);
    if (status == FFA_OK && !sdk_memory_map(m))
        status = FFA_NO_MEMORY;
    sdk_answer(message, DEMO_OK, status_word(status), (uint64_t)m->pages << 32 | m->count,
               (uint64_t)m->flags << 32 | (uint64_t)m->non_secure << 8 | m->access);
}

void crash_range(struct ffa_regs *message)
{
    const struct sdk_memory *m = &got[sdk_context()];

    if (message->x[4] < m->count)
        sdk_answer(message, DEMO_OK, m->range[message->x[4]].address, m->range[message->x[4]].pages,
                   0);
    else
        sdk_answer(message, DEMO_NOT_FOUND, 0, 0, 0);
}

/* The first word of each page, by its number. */
void crash_swap(struct ffa_regs *message)
{
    const struct sdk_memory *m = &got[sdk_context()];
    uint64_t number = 0, wrong = 0;

    sdk_expect_faults();
    for (uint32_t i = 0; i < m->count; i++)
        for (uint32_t page = 0; page < m->range[i].pages; page++, number++) {
            uint64_t address = m->range[i].address + page * (uint64_t)SDK_PAGE;

            wrong += load(address) != message->x[4] + number;
            store(address, message->x[5] + number);
        }
    sdk_answer(message, DEMO_OK, wrong, sdk_expected_fault(), number);
}

/* Stage 1 shall not be in the way: code in the Non-secure space takes a whole gigabyte. */
static uint64_t execute(uint64_t address, bool non_secure)
{
    uint64_t from = non_secure ? address & ~(GIGABYTE - 1) : address & ~(uint64_t)(SDK_PAGE - 1);
    uint64_t size = non_secure ? GIGABYTE : SDK_PAGE;
    uint64_t space = non_secure ? SDK_NONSECURE : 0;
    uint64_t esr;

    sdk_map(from, size, SDK_EXECUTE | space);
    sdk_expect_faults();
    ((void (*)(void))address)();
    esr = sdk_expected_fault();
    sdk_map(from, size, SDK_WRITE | space);
    return esr;
}

void crash_touch(struct ffa_regs *message)
{
    uint64_t address = message->x[4], value = 0, esr;

    if (message->x[5] == 4) {
        answer_seen(message, execute(address, message->x[7] == 1));
        return;
    }
    if (message->x[7] != 1)
        sdk_map(address & ~(uint64_t)(SDK_PAGE - 1), SDK_PAGE, SDK_WRITE);
    sdk_expect_faults();
    if (message->x[5] == 1)
        value = load(address);
    else
        store(address, message->x[6]);
    esr = sdk_expected_fault();
    sdk_answer(message, DEMO_OK, esr, value, 0);
}

void crash_relinquish(struct ffa_regs *message)
{
    const struct sdk_memory memory = {.handle = message->x[4]};

    answer_seen(message, status_word(sdk_memory_relinquish(&memory, (uint32_t)message->x[5])));
}

void crash_send(struct ffa_regs *message)
{
    struct ffa_memory_range range = {message->x[6] & ~(uint64_t)(SDK_PAGE - 1),
                                     (uint32_t)message->x[7], 0};
    struct ffa_memory_access borrowers[4] = {{0}};
    struct sdk_memory memory = {
        .flags = (uint32_t)(message->x[7] >> 32), .count = 1, .range = &range};
    unsigned int count = 0;
    int32_t status;

    for (; count < 4 && (uint16_t)(message->x[5] >> 16 * count) != 0; count++) {
        borrowers[count].id = (uint16_t)(message->x[5] >> 16 * count);
        borrowers[count].permissions = message->x[6] % SDK_PAGE;
    }
    status = sdk_memory_send(message->x[4], &memory, borrowers, count);
    sdk_answer(message, DEMO_OK, status_word(status), memory.handle, 0);
}
