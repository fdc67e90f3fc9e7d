/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory that is another's, and its own: its regions, its stack, its mailbox's pages. */
#include "partitions/crasher/crasher.h"

/* Two pages of Bulkhead's own memory. Stage 1 is this partition's to write: it maps them anyway. */
#define BULKHEAD_DATA 0x0e100000
#define BULKHEAD_CODE 0x0e101000
/* All Normal memory that the board may have, the page that the manifest asks for among it. */
#define NORMAL_MEMORY 0x40000000ULL
#define NORMAL_MEMORY_SIZE 0xc0000000ULL
/* The board's devices, Secure ones among them. */
#define DEVICES 0x08000000ULL
#define DEVICES_SIZE 0x02000000ULL
/* TF-A's memory, and the first partition's. */
#define TFA_DATA 0x0e000000
#define NEIGHBOUR 0x0e200000

uint64_t load(uint64_t address)
{
    uint64_t value = 0;

    __asm__ volatile("ldr %0, [%1]" : "+r"(value) : "r"(address) : "memory");
    return value;
}

void store(uint64_t address, uint64_t value)
{
    __asm__ volatile("str %0, [%1]" ::"r"(value), "r"(address) : "memory");
}

void crash_read(struct ffa_regs *message)
{
    sdk_expect_faults();
    load(BULKHEAD_DATA);
    answer_seen(message, sdk_expected_fault());
}

void crash_write(struct ffa_regs *message)
{
    sdk_expect_faults();
    store(BULKHEAD_DATA, 0xbad);
    answer_seen(message, sdk_expected_fault());
}

void crash_execute(struct ffa_regs *message)
{
    sdk_expect_faults();
    ((void (*)(void))BULKHEAD_CODE)();
    answer_seen(message, sdk_expected_fault());
}

void crash_read_fatal(struct ffa_regs *message)
{
    answer_seen(message, load(BULKHEAD_DATA));
}

void crash_read_normal(struct ffa_regs *message)
{
    sdk_expect_faults();
    load(message->x[4]);
    answer_seen(message, sdk_expected_fault());
}

void crash_normal_page(struct ffa_regs *message)
{
    uint64_t value, esr;

    sdk_expect_faults();
    store(message->x[4], message->x[5]);
    value = load(message->x[4]);
    esr = sdk_expected_fault();
    if (esr == 0)
        answer_seen(message, value);
    else
        sdk_answer(message, DEMO_BAD_ARGUMENT, esr, 0, 0);
}

static uint64_t regions; /* of this partition, if its manifest has any */

/* Stage 1 is in nobody's way. */
void crash_region(struct ffa_regs *message)
{
    uint64_t page = regions + message->x[4] * SDK_PAGE;

    if (regions == 0 || message->x[4] >= CRASHER_REGIONS) {
        sdk_answer(message, DEMO_BAD_ARGUMENT, 0, 0, 0);
        return;
    }
    sdk_map(page, SDK_PAGE, message->x[5] == 4 ? SDK_EXECUTE : SDK_WRITE);
    sdk_expect_faults();
    if (message->x[5] == 1)
        load(page);
    else if (message->x[5] == 2)
        store(page, 0xbad);
    else
        ((void (*)(void))page)();
    answer_seen(message, sdk_expected_fault());
}

static __attribute__((noinline)) uint64_t deeper(uint64_t depth)
{
    volatile uint64_t room[16] = {depth};

    return depth == 0 ? 0 : deeper(depth + 1) + room[0];
}

void crash_stack(struct ffa_regs *message)
{
    answer_seen(message, deeper(1));
}

void crash_no_vectors(struct ffa_regs *message)
{
    __asm__ volatile("msr vbar_el1, xzr\n\tisb");
    answer_seen(message, load(BULKHEAD_DATA));
}

static uint8_t device[SDK_PAGE] __attribute__((aligned(SDK_PAGE)));

void crash_device(struct ffa_regs *message)
{
    sdk_expect_faults();
    load((uintptr_t)device + message->x[4]);
    answer_seen(message, sdk_expected_fault());
}

/* ---- Mailbox ---- */

static uint8_t pages[CRASHER_PAGES][SDK_PAGE] __attribute__((aligned(SDK_PAGE)));

void crash_mailbox(struct ffa_regs *message)
{
    sdk_answer(message, DEMO_OK, (uintptr_t)sdk_tx, (uintptr_t)sdk_rx, (uintptr_t)pages);
    message->x[7] = regions;
}

void crash_store(struct ffa_regs *message)
{
    store(message->x[4], message->x[5]);
    answer_seen(message, 0);
}

void crash_load(struct ffa_regs *message)
{
    answer_seen(message, load(message->x[4]));
}

void map_everything(const struct ffa_boot_info_header *boot)
{
    if (boot != NULL)
        regions = ((uintptr_t)boot & ~(uint64_t)(SDK_PAGE - 1)) + CRASHER_REGION_OFFSET;
    sdk_map(BULKHEAD_DATA, SDK_PAGE, SDK_WRITE);
    sdk_map(BULKHEAD_CODE, SDK_PAGE, SDK_EXECUTE);
    sdk_map(TFA_DATA, SDK_PAGE, SDK_WRITE);
    sdk_map(NEIGHBOUR, SDK_PAGE, SDK_WRITE);
    sdk_map(DEVICES, DEVICES_SIZE, SDK_DEVICE);
    sdk_map((uintptr_t)device, SDK_PAGE, SDK_DEVICE);
    sdk_map(NORMAL_MEMORY, NORMAL_MEMORY_SIZE, SDK_WRITE | SDK_NONSECURE);
}
