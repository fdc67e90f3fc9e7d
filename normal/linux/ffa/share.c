/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa share: a file's way through memory, step by step. Linux shares it with courier, or lends it;
 * courier borrows it, copies it into pages of its own and sends those on to vault, which keeps what
 * is there; then back the same way.
 */
#include <stdio.h>
#include <string.h>

#include "abi/demo.h"
#include "abi/ffa.h"
#include "ffa.h"

/* Where things lie among the words of an answer of courier. */
enum { STATUS, FIRST, SECOND };

#define NAME_IN_VAULT 0x6572616873 /* "share" */

static const struct way {
    const char *name;    /* argument of the command */
    uint32_t by_linux;   /* BULKHEAD_* */
    uint64_t kind;       /* FFA_MEMORY_*, the same, */
    const char *verb;    /* and in words */
    uint64_t by_courier; /* FFA_MEMORY_* */
    const char *by_courier_text;
} ways[] = {
    {"share", BULKHEAD_SHARE, FFA_MEMORY_SHARED, "share", FFA_MEMORY_LENT, "lent"},
    {"lend", BULKHEAD_LEND, FFA_MEMORY_LENT, "lend", FFA_MEMORY_LENT, "lent"},
    {"donate", BULKHEAD_SHARE, FFA_MEMORY_SHARED, "share", FFA_MEMORY_DONATED, "donated"},
};

static void step(const char *what, uint64_t handle)
{
    printf("%-10s  0x%016llx  %-9s  ", what, (unsigned long long)handle, transaction_state(handle));
}

static struct bulkhead_message ask_courier(const struct bulkhead_memory *memory, uint64_t command,
                                           uint64_t x5, uint64_t bytes, uint64_t kind)
{
    struct bulkhead_message m = {.partition = memory->partition,
                                 .word = {command, memory->handle, x5, bytes, kind}};

    must_send(&m);
    return m;
}

/* From now on courier has it, and Linux cannot have it back. */
static void send(const struct way *way, struct bulkhead_memory *memory)
{
    struct bulkhead_message m;
    int status;

    must_send_memory(memory);
    step(way->verb, memory->handle);
    printf("%llu bytes to courier: pages %u, ranges %u, from 0x%llx on\n",
           (unsigned long long)memory->size, memory->pages, memory->ranges,
           (unsigned long long)memory->address);
    m = ask_courier(memory, COURIER_TAKE, way->kind, 0, 0);
    require_demo_ok("courier", &m);
    status = reclaim_memory(memory);
    step("retrieve", memory->handle);
    printf("courier has it: Linux's reclaim is %s\n", status_text(status));
    if (status != FFA_DENIED)
        fail("that should have been DENIED");
}

static void bring_back(struct bulkhead_memory *memory)
{
    struct bulkhead_message m = ask_courier(memory, COURIER_GIVE, 0, 0, 0);

    require_demo_ok("courier", &m);
    step("relinquish", memory->handle);
    printf("courier has given it up\n");
    must_reclaim_memory(memory);
    step("reclaim", memory->handle);
    printf("it is Linux's alone again\n");
}

/* Whatever vault says to it, Linux's memory comes back. */
static void carry(const struct way *way, struct bulkhead_memory *memory, uint64_t command,
                  const char *name, const char *text)
{
    struct bulkhead_message m;

    send(way, memory);
    m = ask_courier(memory, command, NAME_IN_VAULT, memory->size, way->by_courier);
    if (m.word[STATUS] == DEMO_OK) {
        step(name, m.word[FIRST]);
        printf("courier %s vault pages %s the %llu bytes that it keeps\n", way->by_courier_text,
               text, (unsigned long long)m.word[SECOND]);
    }
    bring_back(memory);
    require_demo_ok("courier", &m);
}

static void forget(void)
{
    struct bulkhead_message m = {.partition = find_partition("vault")->id,
                                 .word = {VAULT_DELETE, NAME_IN_VAULT}};

    must_send(&m);
    require_demo_ok("vault", &m);
}

static const struct way *way_of(const char *name)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (strcmp(name, ways[i].name) == 0)
            return &ways[i];
    misuse("share knows share, lend and donate, not '%s'", name);
}

void share_command(int count, char **arguments)
{
    static uint8_t sent[VAULT_LARGE_BYTES], got[VAULT_LARGE_BYTES];
    struct bulkhead_memory memory = {0};
    const struct way *way;
    size_t size;

    if (count != 1 && count != 2)
        misuse("share needs a file, and at most one way before it");
    way = way_of(count == 2 ? arguments[0] : "share");
    size = read_file(arguments[count - 1], sent, sizeof(sent));
    memory.partition = find_partition("courier")->id;
    memory.kind = way->by_linux;
    memory.size = size;

    printf("%-10s  %-18s  %-9s\n", "STEP", "HANDLE", "STATE");
    memory.data = (uintptr_t)sent;
    carry(way, &memory, COURIER_PUT, "put", "with");
    memory.data = (uintptr_t)got; /* nothing yet */
    carry(way, &memory, COURIER_GET, "get", "for");
    forget();
    if (memcmp(sent, got, size) != 0)
        fail("other bytes came back");
    printf("the same %zu bytes came back\n", size);
}
