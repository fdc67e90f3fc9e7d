/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * courier: memory from three sides. It borrows what its clients share or lend, copies between that
 * and pages of its own, and sends those to vault, which keeps what is in them. Nothing stays away:
 * its own pages are back, and clean, before it answers; the clients' memory when they say so.
 */
#include "abi/demo.h"
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);

#define PAGES (VAULT_LARGE_BYTES / SDK_PAGE)

static uint8_t pages[VAULT_LARGE_BYTES] __attribute__((aligned(SDK_PAGE)));
static uint16_t own, vault;

/* What clients sent; free where `memory.pages` is 0. */
static struct borrowed {
    struct sdk_memory memory;
    struct ffa_memory_range range[VAULT_RANGES];
} borrowed[COURIER_BORROWED];

static uint16_t asker_of(const struct ffa_regs *message)
{
    return (uint16_t)(message->x[1] >> 16);
}

static void refused(struct ffa_regs *message, int32_t status)
{
    sdk_answer(message, DEMO_REFUSED, (uint32_t)status, 0, 0);
}

/* ---- Borrowing ---- */

/* By the handle in x4, for whoever sent it; NULL. */
static struct borrowed *find(const struct ffa_regs *message)
{
    for (struct borrowed *b = borrowed; b != borrowed + COURIER_BORROWED; b++)
        if (b->memory.pages != 0 && b->memory.handle == message->x[4] &&
            b->memory.sender == asker_of(message))
            return b;
    return NULL;
}

static struct borrowed *free_place(void)
{
    for (struct borrowed *b = borrowed; b != borrowed + COURIER_BORROWED; b++)
        if (b->memory.pages == 0)
            return b;
    return NULL;
}

static void take(struct ffa_regs *message)
{
    struct borrowed *b = free_place();
    struct sdk_memory memory = {.handle = message->x[4],
                                .sender = asker_of(message),
                                .access = message->x[5] == FFA_MEMORY_SHARED ? 0 : FFA_ACCESS_NX,
                                .flags = (uint32_t)message->x[5] << FFA_MEMORY_KIND_SHIFT,
                                .room = VAULT_RANGES};
    int32_t status;

    if (b == NULL || (message->x[5] != FFA_MEMORY_SHARED && message->x[5] != FFA_MEMORY_LENT)) {
        sdk_answer(message, b == NULL ? DEMO_FULL : DEMO_BAD_ARGUMENT, 0, 0, 0);
        return;
    }
    memory.range = b->range;
    status = sdk_memory_retrieve(&memory);
    if (status == FFA_OK && !sdk_memory_map(&memory)) {
        status = FFA_NO_MEMORY;
        sdk_memory_relinquish(&memory, 0);
    }
    if (status != FFA_OK) {
        refused(message, status);
        return;
    }
    b->memory = memory;
    sdk_answer(message, DEMO_OK, memory.count, memory.pages, 0);
}

static void give(struct ffa_regs *message)
{
    struct borrowed *b = find(message);
    int32_t status;

    if (b == NULL) {
        sdk_answer(message, DEMO_NOT_FOUND, 0, 0, 0);
        return;
    }
    sdk_memory_unmap(&b->memory);
    status = sdk_memory_relinquish(&b->memory, 0);
    b->memory.pages = 0;
    if (status == FFA_OK)
        sdk_answer(message, DEMO_OK, 0, 0, 0);
    else
        refused(message, status);
}

/* ---- Its own pages, to vault and back ---- */

static int32_t send_own(uint64_t kind, uint8_t access, uint64_t bytes,
                        struct sdk_memory *own_memory)
{
    static const uint64_t functions[] = {[FFA_MEMORY_SHARED] = FFA_MEM_SHARE_64,
                                         [FFA_MEMORY_LENT] = FFA_MEM_LEND_64,
                                         [FFA_MEMORY_DONATED] = FFA_MEM_DONATE_64};
    struct ffa_memory_access receiver = {.id = vault, .permissions = access};

    /* Pages that were donated come back without the right to execute: they stay alike. */
    if (kind == FFA_MEMORY_DONATED) {
        receiver.permissions = 0;
        bytes = sizeof(pages);
    }
    own_memory->range->pages = (uint32_t)((bytes + SDK_PAGE - 1) / SDK_PAGE);
    return sdk_memory_send(functions[kind], own_memory, &receiver, 1);
}

/* `donation`: what vault sends back of what it was donated, 0 if it did not take it. */
static int32_t take_back(uint64_t handle, uint64_t donation)
{
    struct ffa_memory_range range;
    struct sdk_memory memory = {
        .handle = donation, .sender = vault, .access = FFA_ACCESS_NX, .room = 1, .range = &range};

    return donation != 0 ? sdk_memory_retrieve(&memory) : ffa_mem_reclaim(handle, 0);
}

/* Vault does what `command` says with what is in the pages. Its answer is in `reply`, and the
 * handle that it was given in `handle`. */
static int32_t ask_vault(uint64_t command, const struct ffa_regs *message, uint64_t kind,
                         struct ffa_regs *reply, uint64_t *handle)
{
    const bool put = command == VAULT_STORE;
    struct ffa_memory_range range = {.address = (uintptr_t)pages};
    struct sdk_memory memory = {.count = 1, .range = &range};
    int32_t status, back;

    status = send_own(kind, put ? FFA_ACCESS_RO : FFA_ACCESS_RW,
                      put ? message->x[6] : sizeof(pages), &memory);
    if (status != FFA_OK)
        return status;
    *handle = memory.handle;
    *reply =
        (struct ffa_regs){.x = {[3] = command, message->x[5], memory.handle, message->x[6], kind}};
    ffa_direct_request(own, vault, reply);
    status = ffa_status(reply);
    back =
        take_back(memory.handle, status == FFA_OK && kind == FFA_MEMORY_DONATED ? reply->x[5] : 0);
    return status != FFA_OK ? status : back;
}

static void carry(struct ffa_regs *message, uint64_t command)
{
    const uint64_t kind = message->x[7] != 0 ? message->x[7] : FFA_MEMORY_LENT;
    const struct borrowed *b = find(message);
    const bool put = command == VAULT_STORE;
    struct ffa_regs reply;
    uint64_t handle;
    int32_t status;

    if (b == NULL || vault == 0) {
        sdk_answer(message, DEMO_NOT_FOUND, 0, 0, 0);
        return;
    }
    if (kind > FFA_MEMORY_DONATED ||
        (put && (message->x[6] == 0 || message->x[6] > sizeof(pages) ||
                 !sdk_memory_read(&b->memory, pages, message->x[6]))) ||
        (!put && !(b->memory.access & FFA_ACCESS_RW))) {
        sdk_answer(message, DEMO_BAD_ARGUMENT, 0, 0, 0);
        return;
    }
    status = ask_vault(command, message, kind, &reply, &handle);
    if (status != FFA_OK)
        refused(message, status);
    else if (reply.x[3] != DEMO_OK)
        sdk_answer(message, reply.x[3], reply.x[4], 0, 0);
    else if (!put && !sdk_memory_write(&b->memory, pages, reply.x[4]))
        sdk_answer(message, DEMO_TOO_LARGE, reply.x[4], 0, 0);
    else
        sdk_answer(message, DEMO_OK, handle, reply.x[4], 0);
    if (status == FFA_OK) /* else they may be elsewhere */
        memset(pages, 0, sizeof(pages));
}

/* ---- Requests ---- */

static void answer(struct ffa_regs *message)
{
    switch (message->x[3]) {
    case COURIER_TAKE:
        take(message);
        break;
    case COURIER_PUT:
        carry(message, VAULT_STORE);
        break;
    case COURIER_GET:
        carry(message, VAULT_FETCH);
        break;
    case COURIER_GIVE:
        give(message);
        break;
    default:
        sdk_answer(message, DEMO_UNKNOWN_COMMAND, 0, 0, 0);
    }
}

static uint16_t find_vault(void)
{
    static const struct ffa_uuid uuid = {{VAULT_UUID}};
    struct ffa_partition_info info = {0};

    if (ffa_partition_info_get(&uuid, 0) > 0) {
        memcpy(&info, sdk_rx, sizeof(info));
        ffa_rx_release();
    }
    return info.id;
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    (void)boot;
    if (sdk_mailbox_map() != FFA_OK)
        sdk_printf("courier: no buffers\n");
    own = (uint16_t)ffa_id_get();
    vault = find_vault();
    if (vault == 0)
        sdk_printf("courier: there is no vault\n");
    sdk_serve(answer);
}
