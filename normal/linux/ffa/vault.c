/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ffa vault: keep values in the vault partition. A name is one register, a short text two; files
 * go through shared memory.
 */
#include <stdio.h>
#include <string.h>

#include "abi/demo.h"
#include "abi/ffa.h"
#include "ffa.h"

/* Where vault's arguments lie among the words of a message (abi/demo.h counts registers from x3).
 */
enum { COMMAND, NAME, VALUE };
enum { HANDLE = VALUE, BYTES, KIND };

static uint64_t ask_vault(struct bulkhead_message *message)
{
    message->partition = find_partition("vault")->id;
    must_send(message);
    return message->word[COMMAND];
}

static void must_ask_vault(struct bulkhead_message *message)
{
    ask_vault(message);
    require_demo_ok("vault", message);
}

static void put(struct bulkhead_message *message, char **arguments)
{
    uint64_t value[2];

    pack_text("value", arguments[1], value, 2);
    memcpy(&message->word[VALUE], value, sizeof(value));
    must_ask_vault(message);
}

static void get(struct bulkhead_message *message, char **arguments)
{
    uint64_t value[2];

    if (ask_vault(message) == DEMO_TOO_LARGE)
        fail("'%s' has %llu bytes: ffa vault fetch prints them", arguments[0],
             (unsigned long long)message->word[1]);
    require_demo_ok("vault", message);
    memcpy(value, &message->word[VALUE], sizeof(value));
    print_packed(value, 2);
}

static void delete (struct bulkhead_message *message, char **arguments)
{
    (void)arguments;
    must_ask_vault(message);
}

static void list(struct bulkhead_message *message, char **arguments)
{
    (void)arguments;
    for (uint64_t i = 0;; i++) {
        *message = (struct bulkhead_message){.word = {VAULT_LIST, i}};
        if (ask_vault(message) == DEMO_NOT_FOUND)
            return;
        require_demo_ok("vault", message);
        print_packed((const uint64_t[]){message->word[NAME]}, 1);
    }
}

/* Shares memory with vault for one command. */
static void ask_with_memory(struct bulkhead_message *message, void *data, size_t size)
{
    struct bulkhead_memory memory = {.data = (uintptr_t)data,
                                     .size = size,
                                     .partition = find_partition("vault")->id,
                                     .kind = BULKHEAD_SHARE};

    must_send_memory(&memory);
    message->word[HANDLE] = memory.handle;
    message->word[BYTES] = size;
    message->word[KIND] = FFA_MEMORY_SHARED;
    ask_vault(message);
    must_reclaim_memory(&memory);
    require_demo_ok("vault", message);
}

static void store(struct bulkhead_message *message, char **arguments)
{
    static uint8_t data[VAULT_LARGE_BYTES];

    ask_with_memory(message, data, read_file(arguments[1], data, sizeof(data)));
}

static void fetch(struct bulkhead_message *message, char **arguments)
{
    static uint8_t data[VAULT_LARGE_BYTES];

    (void)arguments;
    ask_with_memory(message, data, sizeof(data));
    fwrite(data, 1, message->word[1], stdout);
}

static const struct {
    const char *name;
    uint64_t command;
    int arguments;
    void (*run)(struct bulkhead_message *message, char **arguments);
} actions[] = {
    {"put", VAULT_PUT, 2, put},          {"get", VAULT_GET, 1, get},
    {"delete", VAULT_DELETE, 1, delete}, {"list", VAULT_LIST, 0, list},
    {"store", VAULT_STORE, 2, store},    {"fetch", VAULT_FETCH, 1, fetch},
};

void vault_command(int count, char **arguments)
{
    struct bulkhead_message message = {0};
    uint64_t name;

    if (count == 0)
        misuse("vault needs put, get, delete, list, store or fetch");
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(arguments[0], actions[i].name) != 0)
            continue;
        if (count - 1 != actions[i].arguments)
            misuse("vault %s takes %d arguments, not %d", arguments[0], actions[i].arguments,
                   count - 1);
        message.word[COMMAND] = actions[i].command;
        if (actions[i].arguments > 0) {
            pack_text("name", arguments[1], &name, 1);
            message.word[NAME] = name;
        }
        actions[i].run(&message, arguments + 1);
        return;
    }
    misuse("vault has no '%s', but put, get, delete, list, store and fetch", arguments[0]);
}
