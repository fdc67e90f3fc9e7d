/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vault: a key store that every CPU may use at once. Keys are kept packed and in
 * order of creation, so that a list needs no order of its own; one lock guards them all.
 */
#include "abi/demo.h"
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(8);

struct key {
    uint64_t name;
    uint64_t value[2];
};

static struct key keys[VAULT_KEYS];
static uint64_t key_count;
static struct sdk_lock keys_lock;

/* The key of this name, or the free place behind the last key. */
static struct key *find(uint64_t name)
{
    struct key *key = keys;

    while (key != keys + key_count && key->name != name)
        key++;
    return key;
}

static bool exists(const struct key *key)
{
    return key != keys + key_count;
}

static void put(struct ffa_regs *message)
{
    struct key *key = find(message->x[4]);
    uint64_t status = DEMO_OK;

    if (message->x[4] == 0) {
        status = DEMO_BAD_ARGUMENT;
    } else if (!exists(key) && key_count == VAULT_KEYS) {
        status = DEMO_FULL;
    } else {
        key_count += !exists(key);
        *key = (struct key){message->x[4], {message->x[5], message->x[6]}};
    }
    sdk_answer(message, status, 0, 0, 0);
}

static void get(struct ffa_regs *message)
{
    const struct key *key = find(message->x[4]);

    if (exists(key))
        sdk_answer(message, DEMO_OK, 0, key->value[0], key->value[1]);
    else
        sdk_answer(message, DEMO_NOT_FOUND, 0, 0, 0);
}

/* Closes the gap, and leaves no copy of the last key behind. */
static void delete (struct ffa_regs *message)
{
    struct key *key = find(message->x[4]);

    if (!exists(key)) {
        sdk_answer(message, DEMO_NOT_FOUND, 0, 0, 0);
        return;
    }
    key_count--;
    memmove(key, key + 1, (size_t)(keys + key_count - key) * sizeof(*key));
    memset(&keys[key_count], 0, sizeof(keys[key_count]));
    sdk_answer(message, DEMO_OK, 0, 0, 0);
}

static void list(struct ffa_regs *message)
{
    uint64_t index = message->x[4];

    if (index < key_count)
        sdk_answer(message, DEMO_OK, keys[index].name, key_count, 0);
    else
        sdk_answer(message, DEMO_NOT_FOUND, 0, key_count, 0);
}

static void answer(struct ffa_regs *message)
{
    sdk_lock(&keys_lock);
    switch (message->x[3]) {
    case VAULT_PUT:
        put(message);
        break;
    case VAULT_GET:
        get(message);
        break;
    case VAULT_DELETE:
        delete (message);
        break;
    case VAULT_LIST:
        list(message);
        break;
    default:
        sdk_answer(message, DEMO_UNKNOWN_COMMAND, 0, 0, 0);
    }
    sdk_unlock(&keys_lock);
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    (void)boot;
    sdk_printf("vault: room for %d keys\n", VAULT_KEYS);
    sdk_serve(answer);
}
