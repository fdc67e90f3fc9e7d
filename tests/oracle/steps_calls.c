/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that both worlds make, good ones and nearly good ones. */
#include "oracle/steps_internal.h"

#include <string.h>

#include "abi/stat.h"
#include "core/interrupt.h"
#include "core/vcpu.h"
#include "support/port_model.h"

/* ---- Who, and what ---- */

static uint64_t some_receiver(uint64_t *seed)
{
    return WORLD_ID(random_below(seed, WORLD_PARTITIONS));
}

static uint64_t some_id(uint64_t *seed)
{
    if (!one_in(seed, 3))
        return some_receiver(seed);
    return PICK(seed, 0, 0, 0, 1, 1, 2, 0x7fff, FFA_ID_SPMC, WORLD_UNKNOWN_ID, FFA_ID_SPMD, 0xffc0);
}

uint64_t some_number(uint64_t *seed)
{
    return PICK(seed, UP_DEVICE, UP_DEVICE + 1, MP_DEVICE, MP_PPI, LOW_DEVICE, 3, 4, 5, 99);
}

static uint64_t random_word(uint64_t *seed)
{
    return random_below(seed, 1ULL << 32) << 32 | random_below(seed, 1ULL << 32);
}

void some_payload(uint64_t *seed, uint64_t *x, unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++)
        x[i] = random_word(seed);
}

/* One that stopped, and that this CPU could go on with: or any. */
uint64_t some_context(uint64_t *seed, const struct spmc *s, unsigned cpu, vcpu_ref caller)
{
    unsigned first = (unsigned)random_below(seed, WORLD_PARTITIONS * CPU_MAX);

    for (unsigned n = 0; n < WORLD_PARTITIONS * CPU_MAX && !one_in(seed, 8); n++) {
        const struct vcpu *v = &s->vcpus[(first + n) % (WORLD_PARTITIONS * CPU_MAX)];
        if (v->caller == caller && (v->state == VCPU_PREEMPTED || v->state == VCPU_BLOCKED))
            return (uint64_t)s->partitions[v->partition].endpoint.id << 16 | v->index;
    }
    unsigned partition = (unsigned)random_below(seed, WORLD_PARTITIONS);
    return (uint64_t)WORLD_ID(partition) << 16 | (partition == WORLD_MP ? cpu
                                                  : one_in(seed, 16)    ? 1
                                                                        : 0);
}

/* ---- Calls of both worlds ---- */

static void fill_uuid(uint64_t *seed, const struct spmc *s, uint16_t receiver, uint64_t to[2])
{
    const struct partition *p = &s->partitions[receiver % WORLD_PARTITIONS];
    const uint32_t own[4] = {STAT_UUID};

    to[0] = to[1] = 0;
    if (s->logical && one_in(seed, 8))
        memcpy(to, own, sizeof(own));
    else if (one_in(seed, 2))
        memcpy(to, &p->uuid[random_below(seed, p->uuid_count)], 2 * sizeof(to[0]));
    else if (one_in(seed, 8))
        to[1] = 1;
}

void fill_request(uint64_t *seed, const struct spmc *s, const struct caller *c, uint64_t *x)
{
    if (s->logical && one_in(seed, 5)) {
        fill_asked(seed, c, x);
        return;
    }
    uint64_t receiver = some_id(seed);

    x[0] = PICK(seed, FFA_MSG_SEND_DIRECT_REQ_32, FFA_MSG_SEND_DIRECT_REQ_64,
                FFA_MSG_SEND_DIRECT_REQ_64, FFA_MSG_SEND_DIRECT_REQ2);
    x[1] = (uint64_t)c->id << 16 | receiver;
    some_payload(seed, x, 3, one_in(seed, 2) ? 18 : 8);
    if (x[0] == FFA_MSG_SEND_DIRECT_REQ2)
        fill_uuid(seed, s, (uint16_t)receiver, &x[2]);
    else if (one_in(seed, c->vcpu == NULL ? 6 : 40))
        x[0] = FFA_MSG_SEND_DIRECT_REQ_32,
        x[2] = PICK(seed, FFA_FRAMEWORK_VM_CREATED, FFA_FRAMEWORK_VM_DESTROYED,
                    FFA_FRAMEWORK_VM_CREATED_RESPONSE, 1);
}

#define MESSAGE_BYTES 128

/* A message in TX: its header is good, or has a byte that is not. */
void fill_message(uint64_t *seed, const struct spmc *s, const struct caller *c,
                  struct step_made *step)
{
    struct ffa_message_header h = {.sender = c->id, .receiver = (uint16_t)some_id(seed)};
    uint64_t uuid[2];

    h.offset = (uint32_t)PICK(seed, 20, 40, 40, 40, 48, 4096);
    h.size = (uint32_t)PICK(seed, 0, 8, 8, 8, 60, 4056, 4057, UINT32_MAX);
    fill_uuid(seed, s, h.receiver, uuid);
    memcpy(&h.uuid, uuid, sizeof(uuid));
    step->at = c->tx;
    step->size = MESSAGE_BYTES;
    for (unsigned i = sizeof(h); i < MESSAGE_BYTES; i++)
        step->bytes[i] = (uint8_t)random_below(seed, 256);
    memcpy(step->bytes, &h, sizeof(h));
    if (one_in(seed, 8))
        step->bytes[random_below(seed, sizeof(h))] ^= (uint8_t)(1 << random_below(seed, 8));
    step->x[0] = FFA_MSG_SEND2;
    step->x[1] = c->vcpu == NULL ? (uint64_t)c->id << 16 : 0;
    step->x[2] = c->vcpu != NULL && one_in(seed, 3) ? FFA_MSG_SEND2_DELAY_SRI : 0;
}

/* About one that is bound: its sender sets it, its receiver fetches or unbinds it. */
static uint16_t sender_of(const struct notifications *n, unsigned world, unsigned bit)
{
    if (world == FROM_NORMAL)
        return n->sender[bit];
    for (unsigned i = 0; i < PARTITION_MAX; i++)
        if (n->of[i] >> bit & 1)
            return (uint16_t)WORLD_ID(i);
    return 0;
}

static bool fill_bound(uint64_t *seed, const struct spmc *s, const struct caller *c, uint64_t *x)
{
    unsigned first = (unsigned)random_below(seed, 2 * RECEIVER_MAX);

    for (unsigned i = first; i < first + 2 * RECEIVER_MAX; i++) {
        unsigned number = i / 2 % RECEIVER_MAX;
        const struct notifications *n = &s->receivers[number].from[i % 2];
        uint64_t receiver =
            number < PARTITION_MAX ? WORLD_ID(number) : (uint64_t)s->receivers[number].id;
        unsigned bit = n->bound != 0 ? (unsigned)__builtin_ctzll(n->bound) : 0;
        bool per_vcpu = (n->per_vcpu >> bit & 1) ^ one_in(seed, 8);
        if (n->bound == 0 || (receiver != c->id && sender_of(n, i % 2, bit) != c->id))
            continue;
        x[0] = receiver == c->id ? FFA_NOTIFICATION_UNBIND : FFA_NOTIFICATION_SET;
        x[1] = (uint64_t)sender_of(n, i % 2, bit) << 16 | receiver;
        x[2] = receiver != c->id && per_vcpu ? random_below(seed, CPU_MAX) << 16 | 1 : 0;
        x[3] = (uint32_t)(1ULL << bit);
        x[4] = 1ULL << bit >> 32;
        return true;
    }
    return false;
}

void fill_notification(uint64_t *seed, const struct spmc *s, const struct caller *c, uint64_t *x)
{
    uint64_t other = some_id(seed);
    uint64_t bits = 1ULL << random_below(seed, 3) | (one_in(seed, 4) ? 1ULL << 40 : 0);
    uint64_t vcpu = random_below(seed, CPU_MAX);
    bool per_vcpu = one_in(seed, 3);

    if (one_in(seed, 2) && fill_bound(seed, s, c, x))
        return;
    x[3] = (uint32_t)bits;
    x[4] = bits >> 32;
    switch (random_below(seed, 7)) {
    case 0:
        x[0] = FFA_NOTIFICATION_BIND;
        x[1] = other << 16 | c->id;
        x[2] = per_vcpu;
        break;
    case 1:
        x[0] = FFA_NOTIFICATION_UNBIND;
        x[1] = other << 16 | c->id;
        break;
    case 2:
    case 3:
    case 4:
        x[0] = FFA_NOTIFICATION_SET;
        x[1] = (uint64_t)c->id << 16 | other;
        x[2] = (per_vcpu ? vcpu << 16 | 1 : 0) | (c->vcpu != NULL && one_in(seed, 3) ? 2 : 0);
        break;
    default:
        x[0] = FFA_NOTIFICATION_GET;
        x[1] = (c->vcpu != NULL ? c->vcpu->index : vcpu) << 16 | c->id;
        x[2] = c->vcpu != NULL ? random_below(seed, 16) : PICK(seed, 1, 4, 5, 5, 15);
        x[3] = x[4] = 0;
        break;
    }
}

void fill_mailbox(uint64_t *seed, const struct caller *c, uint64_t *x)
{
    x[0] = PICK(seed, FFA_RXTX_MAP_64, FFA_RXTX_MAP_64, FFA_RXTX_UNMAP, FFA_RX_RELEASE,
                FFA_RX_RELEASE, FFA_RX_RELEASE);
    if (x[0] != FFA_RXTX_MAP_64)
        return;
    x[1] = one_in(seed, 12)
               ? PICK(seed, WORLD_TX(0), 0x0e100000, 0x41fff000, 1ULL << 36, 0x40001800)
               : c->tx;
    x[2] = one_in(seed, 12)
               ? PICK(seed, c->tx, WORLD_NORMAL_REGION(0), WORLD_DEVICE(0), WORLD_NORMAL_RX)
               : c->rx;
    x[3] = one_in(seed, 12) ? PICK(seed, 0, 2, 63, 64, 1ULL << 32 | 1) : 1;
}

void fill_question(uint64_t *seed, const struct spmc *s, uint64_t *x)
{
    static const uint32_t functions[] = {0x60, 0x61, 0x66, 0x6b, 0x6c, 0x74, 0x74, 0x7d, 0x83, 0x84,
                                         0x87, 0x88, 0x8a, 0x8b, 0x8d, 0x90, 0x7c, 0x8c, 0x6a};

    x[0] = PICK(seed, FFA_FEATURES, FFA_FEATURES, FFA_ID_GET, FFA_SPM_ID_GET,
                FFA_PARTITION_INFO_GET, FFA_PARTITION_INFO_GET_REGS);
    if (x[0] == FFA_FEATURES) {
        x[1] = one_in(seed, 3) ? random_below(seed, 5)
                               : 0x84000000 | functions[random_below(seed, COUNT(functions))] |
                                     (one_in(seed, 2) ? FFA_SMC64 : 0);
        x[2] = one_in(seed, 3) ? 2 : 0;
    } else if (x[0] == FFA_PARTITION_INFO_GET) {
        fill_uuid(seed, s, WORLD_ID(1), &x[1]);
        x[3] = (uint32_t)x[2], x[4] = x[2] >> 32;
        x[2] = x[1] >> 32, x[1] = (uint32_t)x[1];
        x[5] = one_in(seed, 3) ? random_below(seed, 3) : 0;
    } else if (x[0] == FFA_PARTITION_INFO_GET_REGS) {
        fill_uuid(seed, s, WORLD_ID(1), &x[1]);
        x[3] = one_in(seed, 3) ? random_below(seed, 8) | (one_in(seed, 4) ? 1 << 16 : 0) : 0;
    }
}

/* What a well-behaved caller does not do. */
void spoil(uint64_t *seed, uint64_t *x)
{
    switch (random_below(seed, 5)) {
    case 0:
        x[random_below(seed, 8)] ^= 1ULL << random_below(seed, 64);
        break;
    case 1:
        x[0] ^= FFA_SMC64;
        break;
    case 2:
        x[random_below(seed, 18)] = random_word(seed);
        break;
    case 3:
        x[1] = some_id(seed) << 16 | some_id(seed);
        break;
    default:
        x[0] = (x[0] & ~0xffULL) | (0x60 + random_below(seed, 0x40));
        break;
    }
}

/* The upper halves of a 32-bit call's registers are garbage, and EL3 may hint. */
void dirty(uint64_t *seed, uint64_t *x)
{
    if (!(x[0] & FFA_SMC64) && one_in(seed, 3))
        for (unsigned i = 1; i < 8; i++)
            x[i] |= 0xbadULL << 52;
    if (one_in(seed, 6))
        x[0] |= FFA_SVE_HINT;
    if (one_in(seed, 6))
        x[0] |= 0x5eedULL << 40;
}
