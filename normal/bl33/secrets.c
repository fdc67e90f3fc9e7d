/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What vault does with secrets, each time between two marks, for a QEMU plugin that follows it
 * (tests/secrets): every operation with several values, and one with several names, which are no
 * secrets and do show.
 *
 *     secret OPERATION VALUE right|wrong
 */
#include "console.h"
#include "mailbox.h"
#include "memory.h"
#include "partitions.h"
#include "tests/bench/mark.h"

void secrets_main(void);

#define VALUES 4
#define NAME 0x656d616e
#define NAMES 3
#define LARGE 1000 /* bytes: not whole words at the end */

static const uint64_t values[VALUES] = {0, ~(uint64_t)0, 1, 0x0123456789abcdef};
static const struct ffa_memory_range page = {POOL, 1, 0};

static bool put(uint64_t value)
{
    return ask(&vault, VAULT_PUT, NAME, value, ~value).x[3] == DEMO_OK;
}

static bool get(uint64_t value)
{
    struct ffa_regs reply = ask(&vault, VAULT_GET, NAME);

    return reply.x[3] == DEMO_OK && reply.x[5] == value && reply.x[6] == ~value;
}

static bool delete_it(uint64_t value)
{
    (void)value;
    return ask(&vault, VAULT_DELETE, NAME).x[3] == DEMO_OK;
}

static void fill(uint64_t value)
{
    uint64_t *words = (uint64_t *)POOL;

    for (unsigned i = 0; i < PAGE_SIZE / sizeof(*words); i++)
        words[i] = value * (i + 1);
}

static bool is_filled(uint64_t value)
{
    const uint64_t *words = (const uint64_t *)POOL;
    bool right = true;

    for (unsigned i = 0; i < LARGE / sizeof(*words); i++)
        right = right && words[i] == value * (i + 1);
    return right;
}

/* Shared memory has another handle each time, which is no secret either: only the request is
 * followed. */
static bool with_memory(uint64_t command, bool marked)
{
    struct sending sending = memory_sending(FFA_MEM_SHARE_64, &vault, &page, 1);
    uint64_t handle = memory_sent(&sending);
    struct ffa_regs reply;

    if (marked)
        MARK(MARK_BEGIN);
    reply = ask(&vault, command, NAME, handle, LARGE, FFA_MEMORY_SHARED);
    if (marked)
        MARK(MARK_END);
    return reply.x[3] == DEMO_OK && reply.x[4] == LARGE &&
           memory_reclaim(handle, 0).x[0] == FFA_SUCCESS_32;
}

static void report(const char *operation, uint64_t value, bool right)
{
    print("secret %s %lx %s\n", operation, value, right ? "right" : "wrong");
}

static void follow(const char *operation, bool (*call)(uint64_t value), uint64_t value)
{
    bool right;

    MARK(MARK_BEGIN);
    right = call(value);
    MARK(MARK_END);
    report(operation, value, right);
}

static void small_values(void)
{
    for (unsigned i = 0; i < VALUES; i++) {
        follow("put", put, values[i]);
        follow("get", get, values[i]);
        follow("delete", delete_it, values[i]);
    }
}

static void large_values(void)
{
    for (unsigned i = 0; i < VALUES; i++) {
        fill(values[i]);
        report("store", values[i], with_memory(VAULT_STORE, true));
        fill(~values[i]);
        report("fetch", values[i], with_memory(VAULT_FETCH, true) && is_filled(values[i]));
        delete_it(0);
    }
}

/* Whether a name is the first or the last of the list shows. */
static bool get_by_name(uint64_t name)
{
    return ask(&vault, VAULT_GET, name).x[3] == DEMO_OK;
}

static void names(void)
{
    for (uint64_t name = 1; name <= NAMES; name++)
        ask(&vault, VAULT_PUT, name, 1, 2);
    for (uint64_t name = 1; name <= NAMES; name++)
        follow("name", get_by_name, name);
    for (uint64_t name = 1; name <= NAMES; name++)
        ask(&vault, VAULT_DELETE, name);
}

void secrets_main(void)
{
    mailbox_map();
    put(0); /* once before: what is followed is warm */
    delete_it(0);
    fill(0);
    with_memory(VAULT_STORE, false);
    delete_it(0);
    small_values();
    large_values();
    names();
    mailbox_unmap();
}
