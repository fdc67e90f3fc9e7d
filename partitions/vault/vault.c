/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vault: a key store that every CPU may use at once. Keys are kept packed and in
 * order of creation, so that a list needs no order of its own; one lock guards them all.
 * Values that fill no message come and go through memory that the asker sends.
 */
#include "abi/demo.h"
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(8);

#define SMALL_BYTES 16

struct key {
    uint64_t name;
    uint64_t value[2];
    uint8_t *large; /* where it is kept instead, if it is larger than that */
    uint64_t bytes;
};

static struct key keys[VAULT_KEYS];
static uint64_t key_count;
static struct sdk_lock keys_lock;

static uint8_t large[VAULT_LARGE_VALUES][VAULT_LARGE_BYTES];
static bool large_used[VAULT_LARGE_VALUES];

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

/* ---- Places for large values ---- */

static uint8_t *large_new(void)
{
    for (unsigned int i = 0; i < VAULT_LARGE_VALUES; i++)
        if (!large_used[i]) {
            large_used[i] = true;
            return large[i];
        }
    return NULL;
}

/* Nothing of a value that is forgotten stays behind. */
static void large_free(struct key *key)
{
    if (key->large == NULL)
        return;
    memset(key->large, 0, VAULT_LARGE_BYTES);
    large_used[(key->large - large[0]) / VAULT_LARGE_BYTES] = false;
    key->large = NULL;
}

/* ---- Values in messages ---- */

/* What stands in the way of a value under this name, or DEMO_OK. */
static uint64_t check_place(uint64_t name, const struct key *key)
{
    if (name == 0)
        return DEMO_BAD_ARGUMENT;
    return !exists(key) && key_count == VAULT_KEYS ? DEMO_FULL : DEMO_OK;
}

static void put(struct ffa_regs *message)
{
    struct key *key = find(message->x[4]);
    uint64_t status = check_place(message->x[4], key);

    if (status == DEMO_OK) {
        if (exists(key))
            large_free(key);
        else
            key_count++;
        *key = (struct key){message->x[4], {message->x[5], message->x[6]}, .bytes = SMALL_BYTES};
    }
    sdk_answer(message, status, 0, 0, 0);
}

static void get(struct ffa_regs *message)
{
    const struct key *key = find(message->x[4]);

    if (!exists(key))
        sdk_answer(message, DEMO_NOT_FOUND, 0, 0, 0);
    else if (key->large != NULL)
        sdk_answer(message, DEMO_TOO_LARGE, key->bytes, 0, 0);
    else
        sdk_answer(message, DEMO_OK, 0, key->value[0], key->value[1]);
}

/* Closes the gap, and leaves no copy of the last key behind. */
static void delete (struct ffa_regs *message)
{
    struct key *key = find(message->x[4]);

    if (!exists(key)) {
        sdk_answer(message, DEMO_NOT_FOUND, 0, 0, 0);
        return;
    }
    large_free(key);
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

/* ---- Values in memory ---- */

static void store(struct ffa_regs *message, const struct sdk_memory *memory)
{
    struct key *key = find(message->x[4]);
    struct key new = {.name = message->x[4], .bytes = message->x[6]};
    uint64_t status = check_place(new.name, key);
    void *place = new.value;

    if (new.bytes == 0 || new.bytes > VAULT_LARGE_BYTES)
        status = DEMO_BAD_ARGUMENT;
    if (status == DEMO_OK && new.bytes > SMALL_BYTES) {
        new.large = exists(key) && key->large != NULL ? key->large : large_new();
        status = new.large != NULL ? DEMO_OK : DEMO_FULL;
        place = new.large;
    }
    if (status == DEMO_OK && !sdk_memory_read(memory, place, new.bytes)) {
        if (!exists(key) || key->large == NULL)
            large_free(&new);
        status = DEMO_BAD_ARGUMENT;
    }
    if (status == DEMO_OK) {
        if (exists(key) && key->large != new.large)
            large_free(key);
        key_count += !exists(key);
        *key = new;
    }
    sdk_answer(message, status, status == DEMO_OK ? new.bytes : 0, 0, 0);
}

static void fetch(struct ffa_regs *message, const struct sdk_memory *memory)
{
    const struct key *key = find(message->x[4]);
    uint64_t status = DEMO_OK, bytes = 0;

    if (!exists(key)) {
        status = DEMO_NOT_FOUND;
    } else {
        bytes = key->bytes;
        if (!(memory->access & FFA_ACCESS_RW))
            status = DEMO_BAD_ARGUMENT;
        else if (!sdk_memory_write(memory, key->large != NULL ? (void *)key->large : key->value,
                                   bytes))
            status = DEMO_TOO_LARGE;
    }
    sdk_answer(message, status, bytes, 0, 0);
}

/* What was lent or shared is relinquished; what was donated goes back as it came. */
static int32_t give_back(uint64_t kind, uint16_t to, struct sdk_memory *memory, uint64_t *handle)
{
    const struct ffa_memory_access receiver = {.id = to};
    int32_t status;

    sdk_memory_unmap(memory);
    if (kind != FFA_MEMORY_DONATED)
        return sdk_memory_relinquish(memory, 0);
    memory->flags = 0;
    status = sdk_memory_send(FFA_MEM_DONATE_64, memory, &receiver, 1);
    *handle = status == FFA_OK ? memory->handle : 0;
    return status;
}

/*
 * The asker is whom the memory comes from; it is vault's for as long as this takes. What was not
 * sent as the asker says is refused: vault could not give it back.
 */
static void use_memory(struct ffa_regs *message,
                       void (*use)(struct ffa_regs *message, const struct sdk_memory *memory))
{
    const uint64_t kind = message->x[7];
    const uint16_t asker = (uint16_t)(message->x[1] >> 16);
    struct ffa_memory_range range[VAULT_RANGES];
    struct sdk_memory memory = {.handle = message->x[5],
                                .sender = asker,
                                .access = kind == FFA_MEMORY_SHARED ? 0 : FFA_ACCESS_NX,
                                .flags = (uint32_t)(kind << FFA_MEMORY_KIND_SHIFT),
                                .room = VAULT_RANGES,
                                .range = range};
    int32_t status = sdk_memory_retrieve(&memory);

    if (status == FFA_OK) {
        if (sdk_memory_map(&memory)) {
            sdk_lock(&keys_lock);
            use(message, &memory);
            sdk_unlock(&keys_lock);
        } else {
            sdk_answer(message, DEMO_REFUSED, (uint32_t)FFA_NO_MEMORY, 0, 0);
        }
        status = give_back(kind, asker, &memory, &message->x[5]);
    }
    if (status != FFA_OK)
        sdk_answer(message, DEMO_REFUSED, (uint32_t)status, 0, 0);
}

static void use_keys(struct ffa_regs *message)
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

static void answer(struct ffa_regs *message)
{
    if (message->x[3] == VAULT_STORE)
        use_memory(message, store);
    else if (message->x[3] == VAULT_FETCH)
        use_memory(message, fetch);
    else
        use_keys(message);
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    (void)boot;
    sdk_printf("vault: room for %d keys, %d of them large\n", VAULT_KEYS, VAULT_LARGE_VALUES);
    if (sdk_mailbox_map() != FFA_OK)
        sdk_printf("vault: no buffers, so no large values\n");
    sdk_serve(answer);
}
