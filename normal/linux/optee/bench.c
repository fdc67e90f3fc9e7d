/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Round trips to trusted applications that OP-TEE's test suite brings: a command that does nothing
 * to speak of, and a buffer of 1 MiB that is shared for one command, reclaimed after it. Each round
 * trip lies between two marks for the plugin that counts instructions (tests/bench/plugin.c), and
 * each answer is checked.
 *
 *     bench NAME least COUNT right|wrong
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tee_client_api.h>

#include "tests/bench/mark.h"

#define WARMING 4
#define BUFFER_SIZE 0x100000
#define HUGE_PAGE_SIZE 0x200000
#define PAGE_SIZE 0x1000
#define PAGEMAP_FRAME 0x7fffffffffffff /* of an entry */

/* Its command says how many sessions came before this one. */
static const TEEC_UUID sims_uuid = {
    0xe6a33ed4, 0x562b, 0x463a, {0xbb, 0x7e, 0xff, 0x5e, 0x15, 0xa4, 0x93, 0xc8}};
#define SIMS_GET_COUNTER 3

/* Its command adds one to the first word of a buffer, says the sum, counts some rounds (here none)
 * and takes one away. */
static const TEEC_UUID concurrent_uuid = {
    0xe13010e0, 0x2ae1, 0x11e5, {0x89, 0x6a, 0x00, 0x02, 0xa5, 0xd5, 0xc5, 0x1b}};
#define CONCURRENT_BUSY_LOOP 0

static TEEC_Context context;
static TEEC_Session sims, concurrent;
static void *together, *scattered; /* buffers */

static void need(const char *what, bool good)
{
    if (good)
        return;
    printf("Bail out! %s\n", what);
    exit(1);
}

/* ---- Buffers: what a share costs depends on where their pages lie ---- */

static void *map(size_t size, int flags)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

    need("no memory", memory != MAP_FAILED);
    return memory;
}

/* A huge page is one range. */
static void *make_together(void)
{
    FILE *number = fopen("/proc/sys/vm/nr_hugepages", "w");

    need("no huge page", number && fputs("1", number) >= 0 && fclose(number) == 0);
    return memset(map(HUGE_PAGE_SIZE, MAP_HUGETLB), 0, HUGE_PAGE_SIZE);
}

/* Where a page lies, as a number of pages. */
static uint64_t frame(int pagemap, const char *page)
{
    uint64_t entry = 0;

    need("no page map",
         pread(pagemap, &entry, sizeof(entry),
               (off_t)((uintptr_t)page / PAGE_SIZE * sizeof(entry))) == sizeof(entry));
    need("no frame number", (entry & PAGEMAP_FRAME) != 0);
    return entry & PAGEMAP_FRAME;
}

/* Linux makes no huge page of it. */
static char *map_small(void)
{
    char *memory = map(BUFFER_SIZE, 0);

    need("huge pages everywhere", madvise(memory, BUFFER_SIZE, MADV_NOHUGEPAGE) == 0);
    return memory;
}

/* No page follows the one before it, so each is a range. One that would is given back, and a spare
 * page takes its place. */
static void *make_scattered(void)
{
    char *buffer = map_small(), *spare = map_small(), *end = spare + BUFFER_SIZE;
    int pagemap = open("/proc/self/pagemap", O_RDONLY);
    uint64_t before = 0, here;

    for (char *page = buffer; page < buffer + BUFFER_SIZE; page += PAGE_SIZE, before = here) {
        *page = 1;
        while ((here = frame(pagemap, page)) == before + 1) {
            need("no scattered pages", spare < end && madvise(page, PAGE_SIZE, MADV_DONTNEED) == 0);
            *spare = 1;
            spare += PAGE_SIZE;
            *page = 1;
        }
    }
    close(pagemap);
    return buffer;
}

/* ---- Round trips ---- */

static bool null_invocation(uint32_t number)
{
    TEEC_Operation operation = {
        .paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE)};

    operation.params[0].value.a = number + 1;
    return TEEC_InvokeCommand(&sims, SIMS_GET_COUNTER, &operation, NULL) == TEEC_SUCCESS &&
           operation.params[0].value.a == 0;
}

/* The trusted application reads and writes in the buffer, and puts back what was there. */
static bool invoke_with(TEEC_SharedMemory *memory, uint32_t number)
{
    TEEC_Operation operation = {
        .paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_WHOLE, TEEC_VALUE_INOUT, TEEC_NONE, TEEC_NONE)};
    uint32_t *word = memory->buffer;

    *word = number;
    operation.params[0].memref.parent = memory;
    return TEEC_InvokeCommand(&concurrent, CONCURRENT_BUSY_LOOP, &operation, NULL) ==
               TEEC_SUCCESS &&
           operation.params[1].value.b == number + 1 && *word == number;
}

static bool shared_buffer(void *buffer, uint32_t number)
{
    TEEC_SharedMemory memory = {
        .buffer = buffer, .size = BUFFER_SIZE, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
    bool right;

    if (TEEC_RegisterSharedMemory(&context, &memory) != TEEC_SUCCESS)
        return false;
    right = invoke_with(&memory, number);
    TEEC_ReleaseSharedMemory(&memory);
    return right;
}

static bool one_range(uint32_t number)
{
    return shared_buffer(together, number);
}

static bool many_ranges(uint32_t number)
{
    return shared_buffer(scattered, number);
}

static void measure(const char *name, unsigned count, bool (*round_trip)(uint32_t number))
{
    bool right = true;

    for (unsigned i = 0; i < WARMING; i++)
        right &= round_trip(i);
    for (unsigned i = 0; i < count; i++) {
        MARK(MARK_BEGIN);
        right &= round_trip(i);
        MARK(MARK_END);
    }
    printf("bench %s least %u %s\n", name, count, right ? "right" : "wrong");
}

static void open_session(TEEC_Session *session, const TEEC_UUID *application)
{
    need("a trusted application does not open",
         TEEC_OpenSession(&context, session, application, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL) ==
             TEEC_SUCCESS);
}

/* The plugin counts each CPU by itself. */
static void stay_on_one_cpu(void)
{
    cpu_set_t first;

    CPU_ZERO(&first);
    CPU_SET(0, &first);
    need("no CPU 0", sched_setaffinity(0, sizeof(first), &first) == 0);
}

int main(void)
{
    stay_on_one_cpu();
    together = make_together();
    scattered = make_scattered();
    need("no OP-TEE", TEEC_InitializeContext(NULL, &context) == TEEC_SUCCESS);
    open_session(&sims, &sims_uuid);
    open_session(&concurrent, &concurrent_uuid);
    measure("optee_null", 64, null_invocation);
    measure("optee_1_mib_1_range", 16, one_range);
    measure("optee_1_mib_256_ranges", 16, many_ranges);
    TEEC_CloseSession(&concurrent);
    TEEC_CloseSession(&sims);
    TEEC_FinalizeContext(&context);
    return 0;
}
