/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/calls.h"

#include <string.h>

#include "abi/stat.h"
#include "core/interrupt.h"
#include "support/port_model.h"
#include "support/world.h"

static struct spmc *const now = &fuzz_world;
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t functions[] = {
#define FFA_CALL(name, number, widths, since, features, callers, reserved, handler) number,
#include "abi/ffa_calls.def"
#undef FFA_CALL
};

static const uint16_t hypercalls[] = {HF_INTERRUPT_ENABLE, HF_INTERRUPT_GET,
                                      HF_INTERRUPT_DEACTIVATE, HF_INTERRUPT_RECONFIGURE};

static const uint8_t interrupts[] = {40, 41, 50, 22, 60, 3, 4, 5, 99};

static const uint16_t ids[] = {
    0,           1,           0x7fff,           FFA_ID_SPMC,      WORLD_ID(0),
    WORLD_ID(1), WORLD_ID(2), WORLD_UNKNOWN_ID, FFA_ID_EL3_FIRST, FFA_ID_SPMD,
    2,           3,
};

uint32_t some_interrupt(uint8_t choice)
{
    return interrupts[choice % sizeof(interrupts)];
}

uint16_t some_id(uint8_t choice)
{
    return ids[choice % COUNT(ids)];
}

uint64_t some_address(uint8_t choice)
{
    static const uint64_t addresses[] = {
        WORLD_NORMAL_TX, WORLD_NORMAL_RX,        WORLD_TX(0),    WORLD_RX(0),    WORLD_TX(1),
        WORLD_RX(2),     WORLD_NORMAL_REGION(1), 0x0e100000,     0x41fff000,     1ULL << 36,
        ~0xfffULL,       WORLD_VM_TX(1),         WORLD_VM_RX(1), WORLD_VM_TX(2),
    };

    return addresses[choice % COUNT(addresses)];
}

void set_call(struct regs *regs, const uint64_t x[8])
{
    memset(regs->x, 0, 18 * sizeof(regs->x[0]));
    memcpy(regs->x, x, 8 * sizeof(x[0]));
}

uint8_t *tx_of(struct vcpu *v, size_t size)
{
    const struct mailbox *m = &caller(v)->mailbox;

    if (m->state != MAILBOX_UNMAPPED)
        return port_model_memory(m->tx, size);
    return port_model_memory(v != NULL ? WORLD_TX(v->partition) : WORLD_NORMAL_TX, size);
}

/* ---- Registers, each for itself ---- */

static uint64_t some_value(struct script *script)
{
    uint8_t kind = next_byte(script);
    uint8_t choice = next_byte(script);

    switch (kind % 8) {
    case 0:
        return choice;
    case 1:
        return (uint32_t)some_id(choice) << 16 | some_id(kind >> 3);
    case 2:
        return (uint32_t)some_id(choice) << 16 | (kind >> 3);
    case 3:
        return some_address(choice);
    case 4:
        return 0x84000000 | (choice & 1 ? FFA_SMC64 : 0) | functions[choice % sizeof(functions)];
    case 5:
        return 0x80000000 | choice;
    case 6:
        return FFA_VERSION_1_0 + choice % 4;
    default:
        return next_number(script);
    }
}

static uint32_t some_function(struct script *script)
{
    uint8_t choice = next_byte(script);
    uint8_t flags = next_byte(script);
    uint32_t function = 0x84000000 | functions[choice % sizeof(functions)];

    if (flags & 1)
        function |= FFA_SMC64;
    if (flags & 2)
        function |= FFA_SVE_HINT;
    return flags >= 0xfc ? (uint32_t)next_number(script) : function;
}

/* Only messages of the second kind carry x8 to x17; other calls reserve them, or do not care. */
static void fill_extended(struct script *script, struct regs *regs, bool zero)
{
    for (unsigned i = 8; i < 18; i++)
        regs->x[i] = zero ? 0 : next_byte(script) * 0x0101010101010101ULL;
}

/* A bit of the mask for each of x1 to x7: the others are zero, or garbage above bit 31. */
void fill_arguments(struct script *script, struct regs *regs)
{
    uint8_t mask;

    regs->x[0] = some_function(script);
    mask = next_byte(script);
    for (unsigned i = 1; i < 8; i++) {
        regs->x[i] = mask & (1U << i) ? some_value(script) : 0;
        if (mask & 1 && !(regs->x[0] & FFA_SMC64))
            regs->x[i] |= 0xbadULL << 52;
    }
    fill_extended(script, regs, regs->x[0] & FFA_SVE_HINT);
}

/* ---- Messages ---- */

/* What a hypervisor's TX says of a VM's buffers: good, or with one byte that is not. */
static void fill_forwarded(struct script *script, struct regs *regs)
{
    uint8_t where = next_byte(script);
    uint8_t *tx = port_model_memory(WORLD_NORMAL_TX, PAGE_BYTES);

    world_forward(next_byte(script) % 4, some_address(next_byte(script)),
                  some_address(next_byte(script)));
    if (where < 80)
        tx[where] ^= next_byte(script);
    regs->x[0] = FFA_RXTX_MAP_64;
}

/* A message in TX, of somebody for somebody: good, or with one byte of its header that is not. */
static void fill_message(struct script *script, struct regs *regs, const struct vcpu *v)
{
    uint8_t where = next_byte(script), who = next_byte(script);
    uint16_t self = v != NULL ? now->partitions[v->partition].endpoint.id : who % 4;
    uint64_t tx = v != NULL   ? WORLD_TX(v->partition)
                  : self != 0 ? WORLD_VM_TX(self)
                              : WORLD_NORMAL_TX;

    world_message(tx, self, some_id(who >> 2));
    if (where < sizeof(struct ffa_message_header))
        ((uint8_t *)port_model_memory(tx, PAGE_BYTES))[where] ^= next_byte(script);
    regs->x[0] = FFA_MSG_SEND2;
    regs->x[1] = v == NULL ? (uint64_t)self << 16 : 0;
    regs->x[2] = v != NULL && where & 0x80 ? FFA_MSG_SEND2_DELAY_SRI : 0;
}

/* A hypercall on an interrupt: to enable it mostly. */
static void fill_hypercall(struct script *script, struct regs *regs)
{
    uint8_t choice = next_byte(script);
    uint32_t intid = some_interrupt(choice >> 2);

    regs->x[0] = hypercalls[choice % 4];
    regs->x[1] = intid;
    regs->x[2] = regs->x[0] == HF_INTERRUPT_DEACTIVATE ? intid : next_byte(script) % 4;
    regs->x[3] = next_byte(script) % 3;
}

static void fill_response(struct script *script, struct regs *regs, const struct vcpu *v,
                          uint8_t choice)
{
    uint16_t self = now->partitions[v->partition].endpoint.id;

    regs->x[0] =
        v->extended && choice < 0xf0 ? FFA_MSG_SEND_DIRECT_RESP2 : FFA_MSG_SEND_DIRECT_RESP_32;
    regs->x[1] = (uint32_t)self << 16 | v->requester;
    regs->x[2] = choice < 0xe0 ? v->response_w2 : 0;
    if (regs->x[0] == FFA_MSG_SEND_DIRECT_RESP_32 && choice < 0xf0)
        fill_extended(script, regs, true);
}

static void fill_framework(struct regs *regs, uint8_t choice)
{
    regs->x[0] = FFA_MSG_SEND_DIRECT_REQ_32;
    regs->x[1] = (uint32_t)FFA_ID_SPMD << 16 | FFA_ID_SPMC;
    regs->x[2] = choice & 2 ? FFA_FRAMEWORK_VERSION_REQUEST : FFA_FRAMEWORK_PSCI_REQUEST;
    if ((choice & 0x60) == 0x60)
        regs->x[2] = choice & 2 ? FFA_FRAMEWORK_WARM_BOOT : FFA_FRAMEWORK_WARM_BOOT + choice;
    regs->x[3] = choice & 2 ? FFA_VERSION_1_0 + (choice >> 2) % 4U : PSCI_CPU_OFF;
}

static void fill_request(struct regs *regs, uint16_t self, uint8_t choice)
{
    regs->x[0] = choice & 2    ? FFA_MSG_SEND_DIRECT_REQ_32
                 : choice & 32 ? FFA_MSG_SEND_DIRECT_REQ2
                               : FFA_MSG_SEND_DIRECT_REQ_64;
    regs->x[1] = (uint32_t)self << 16 | WORLD_ID((choice >> 2) % WORLD_PARTITIONS);
    if (regs->x[0] == FFA_MSG_SEND_DIRECT_REQ_32 && choice >= 0xd0)
        regs->x[2] = choice & 64 ? FFA_FRAMEWORK_VM_CREATED : FFA_FRAMEWORK_VM_DESTROYED;
}

void fill_usual(struct script *script, unsigned cpu, struct vcpu *v)
{
    struct regs *regs = regs_of(cpu, v);
    uint8_t choice = next_byte(script);

    world_arguments(regs, (const uint64_t[8]){0});
    if (choice >= 0xc0)
        fill_extended(script, regs, choice & 1);
    if (v == NULL && choice % 32 == 31)
        fill_forwarded(script, regs);
    else if (choice % 32 == 30)
        fill_message(script, regs, v);
    else if (v != NULL && choice % 8 == 4)
        fill_hypercall(script, regs);
    else if (v == NULL && choice % 8 == 4)
        regs->x[0] = FFA_INTERRUPT;
    else if (v != NULL && choice & 1)
        fill_response(script, regs, v, choice);
    else if (v == NULL && choice & 1)
        fill_framework(regs, choice);
    else
        fill_request(regs, caller(v)->id, choice);
}

/* ---- Buffers, notifications, permissions ---- */

/* Where an endpoint's buffers usually are, or elsewhere; of one page, or more. */
static void fill_map(struct script *script, struct regs *regs, const struct vcpu *v)
{
    uint8_t choice = next_byte(script);
    uint64_t tx = v != NULL ? WORLD_TX(v->partition) : WORLD_NORMAL_TX;
    uint64_t rx = v != NULL ? WORLD_RX(v->partition) : WORLD_NORMAL_RX;

    if (choice & 0x40)
        tx = some_address(next_byte(script));
    if (choice & 0x80)
        rx = some_address(next_byte(script));
    if ((choice & 0x30) == 0x30) /* as large as they can be */
        rx = tx + (choice % 16 + 1ULL) * PAGE_BYTES;
    CALL(regs, FFA_RXTX_MAP_64, tx, rx, (choice & 0x30) == 0x30 ? choice % 16 + 1U : 1);
}

static uint64_t some_bits(struct script *script)
{
    uint8_t choice = next_byte(script);

    return choice < 0xf0 ? 1ULL << choice % 4 : next_number(script);
}

/* By the caller for a sender, or to a receiver: global, or of a vCPU. */
static void fill_notification(struct script *script, struct regs *regs, uint16_t self, uint8_t what)
{
    static const uint32_t calls[] = {FFA_NOTIFICATION_BIND, FFA_NOTIFICATION_UNBIND,
                                     FFA_NOTIFICATION_SET, FFA_NOTIFICATION_SET};
    uint8_t choice = next_byte(script);
    uint16_t other = some_id(choice);
    uint64_t bits = some_bits(script);
    uint64_t flags = choice & 0x80 ? next_byte(script) : 0;
    uint64_t w1 = (uint64_t)other << 16 | self;

    if (calls[what % 4] == FFA_NOTIFICATION_SET) {
        w1 = (uint64_t)self << 16 | other;
        flags = (flags & 0xf0) << 12 | (flags & 3);
    }
    CALL(regs, calls[what % 4], w1, calls[what % 4] == FFA_NOTIFICATION_UNBIND ? 0 : flags,
         (uint32_t)bits, bits >> 32);
}

/* Its own pages, whole or not. */
static void fill_permissions(struct script *script, struct regs *regs, const struct vcpu *v)
{
    static const uint8_t permissions[] = {FFA_PERM_RO | FFA_PERM_NX, FFA_PERM_RO,
                                          FFA_PERM_RW | FFA_PERM_NX, 0};
    uint8_t choice = next_byte(script);
    uint64_t page = WORLD_LOAD(v->partition) + (choice & 15) * PAGE_BYTES;

    if (choice >= 0xf0)
        page = some_address(next_byte(script));
    if (choice & 16)
        CALL(regs, choice & 32 ? FFA_MEM_PERM_GET_64 : FFA_MEM_PERM_GET_32, page);
    else
        CALL(regs, choice & 32 ? FFA_MEM_PERM_SET_64 : FFA_MEM_PERM_SET_32, page,
             next_byte(script) % 18, permissions[choice >> 6]);
}

/* What an endpoint asks of the SPMC, each with an argument. */
static void fill_question(struct script *script, struct regs *regs, uint16_t self)
{
    uint8_t what = next_byte(script);
    uint8_t choice = next_byte(script);
    uint64_t pair = (uint64_t)some_id(choice) << 16 | (choice >> 5);
    struct ffa_uuid uuid = {{0}};

    if (choice & 1)
        uuid = now->partitions[(choice >> 1) % WORLD_PARTITIONS].uuid[0];
    switch (what % 12) {
    case 0:
        CALL(regs, FFA_PARTITION_INFO_GET, uuid.word[0], uuid.word[1], uuid.word[2], uuid.word[3],
             choice >> 7);
        break;
    case 1:
        CALL(regs, FFA_PARTITION_INFO_GET_REGS, (uint64_t)uuid.word[1] << 32 | uuid.word[0],
             (uint64_t)uuid.word[3] << 32 | uuid.word[2], choice >> 4);
        break;
    case 2:
        CALL(regs, FFA_NOTIFICATION_BITMAP_CREATE, choice % 4, 1 + choice / 16);
        break;
    case 3:
        CALL(regs, FFA_NOTIFICATION_BITMAP_DESTROY, choice % 4);
        break;
    case 4:
        CALL(regs, choice & 1 ? FFA_NOTIFICATION_INFO_GET_64 : FFA_NOTIFICATION_INFO_GET_32);
        break;
    case 5:
        CALL(regs, FFA_NOTIFICATION_GET, (uint64_t)(choice >> 5) << 16 | self, choice & 15);
        break;
    case 6:
        CALL(regs, FFA_RX_RELEASE, choice % 4);
        break;
    case 7:
        CALL(regs, FFA_RX_ACQUIRE, choice % 4);
        break;
    case 8:
        CALL(regs, FFA_RXTX_UNMAP, (uint64_t)(choice % 4) << 16);
        break;
    case 9:
        CALL(regs, FFA_RUN, pair);
        break;
    case 10:
        CALL(regs, FFA_FEATURES,
             choice & 1 ? functions[next_byte(script) % sizeof(functions)] |
                              (choice & 2 ? 0xc4000000U : 0x84000000U)
                        : choice >> 3,
             choice & 4 ? FFA_RETRIEVE_NS_BIT : 0);
        break;
    default:
        CALL(regs, choice & 1 ? FFA_VERSION : FFA_SECONDARY_EP_REGISTER_64,
             choice & 1 ? FFA_VERSION_1_0 + choice / 2 % 4ULL : some_address(choice >> 1));
        break;
    }
}

/* Characters in registers: they may end a line, or not be printable. */
static void fill_console(struct script *script, struct regs *regs)
{
    uint8_t choice = next_byte(script);

    CALL(regs, choice & 1 ? FFA_CONSOLE_LOG_64 : FFA_CONSOLE_LOG_32, choice >> 1);
    for (unsigned i = 2; i < 18; i++)
        regs->x[i] = next_byte(script) * 0x0101010101010101ULL;
}

static void fill_stat(struct script *script, struct regs *regs)
{
    uint64_t what = next_byte(script) % 10, about = next_byte(script), number = next_byte(script);

    CALL(regs, FFA_MSG_SEND_DIRECT_REQ_64, STAT_ID, 0, what, about % 8, number % 70, about >> 3);
}

void fill_setup(struct script *script, unsigned cpu, struct vcpu *v)
{
    struct regs *regs = regs_of(cpu, v);
    uint8_t what = next_byte(script);

    switch (what % 8) {
    case 0:
        fill_map(script, regs, v);
        break;
    case 1:
    case 2:
        fill_notification(script, regs, caller(v)->id, what >> 3);
        break;
    case 3:
        if (v != NULL)
            fill_permissions(script, regs, v);
        else
            fill_stat(script, regs);
        break;
    case 4:
        if (v != NULL)
            fill_console(script, regs);
        else
            CALL(regs, what & 8 ? FFA_NOTIFICATION_INFO_GET_64 : FFA_NOTIFICATION_INFO_GET_32);
        break;
    case 5:
        if (v != NULL)
            CALL(regs, what & 8 ? FFA_MSG_WAIT : what & 16 ? FFA_YIELD : FFA_ABORT_32);
        else
            CALL(regs, FFA_RUN,
                 (uint64_t)WORLD_ID((what >> 3) % WORLD_PARTITIONS) << 16 |
                     ((what >> 3) % WORLD_PARTITIONS == WORLD_MP ? cpu : 0));
        break;
    default:
        fill_question(script, regs, caller(v)->id);
        break;
    }
}
