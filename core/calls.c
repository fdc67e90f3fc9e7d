/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a function id to its handler. The table is abi/ffa_calls.def; the few calls
 * that only ask about it (FFA_FEATURES, FFA_VERSION, the ids) are handled here too.
 */
#include "core/calls.h"

#include "core/interrupt.h"
#include "core/mailbox.h"
#include "core/memory.h"
#include "core/notify.h"
#include "core/port.h"
#include "core/trace.h"
#include "core/vcpu.h"

#define W32 1
#define W64 2
#define OLD_DENIED 4
#define NWD 1
#define SP 2
#define MORE 4 /* FFA_FEATURES has more to say of it */
#define FEATURES_SHIFT 2
#define REG(n) (1U << (n))
#define REGS(first, last) ((2U << (last)) - (1U << (first)))

struct row {
    uint8_t allowed[2]; /* by width: who may call, and shifted, who learns of it by FFA_FEATURES */
    uint8_t since;      /* minor version */
    bool old_denied;
    uint32_t reserved;
};

#define FIRST_NUMBER 0x60
#define LAST_NUMBER 0xEF /* FF-A owns 0x60 to 0xEF of the standard secure service calls */
#define LAST_ROW 0x90
#define ROWS (LAST_ROW - FIRST_NUMBER + 1)
#define WIDE_SHIFT 30 /* the bit of FFA_SMC64 */

static const struct row rows[ROWS] = {
#define FFA_CALL(name, number, widths, since, features, callers, reserved, handler)           \
    [(number)-FIRST_NUMBER] = {{(widths)&W32 ? (callers) | (features) << FEATURES_SHIFT : 0,  \
                                (widths)&W64 ? (callers) | (features) << FEATURES_SHIFT : 0}, \
                               FFA_VERSION_##since & 0xff,                                    \
                               ((widths)&OLD_DENIED) != 0,                                    \
                               reserved},
#include "abi/ffa_calls.def"
#undef FFA_CALL
};

/* The number of a function id's row, beyond the last where it has none. */
static inline uint32_t number_of(uint32_t function)
{
    return (function | FFA_SMC64) - (0xC4000000 | FIRST_NUMBER);
}

/* NULL when the table does not reach it. */
static inline const struct row *row_of(uint32_t number)
{
    return number < ROWS ? ONCE(&rows[bounded(number, ROWS)]) : NULL;
}

/* Who may do what with the form of a function that an id names. */
static inline unsigned allowed(const struct row *row, uint32_t function)
{
    return row->allowed[function >> WIDE_SHIFT & 1];
}

/* Most are as old as FF-A. */
static bool is_newer(const struct row *row, const struct endpoint *who)
{
    return row->since != 0 && row->since > (who->version & 0xff);
}

/* Whether a function id lies in FF-A's range, known to Bulkhead or not. */
static bool is_ffa(uint32_t function)
{
    uint32_t number = function & 0xff;

    return (function & ~(FFA_SMC64 | 0xffU)) == 0x84000000 && number >= FIRST_NUMBER &&
           number <= LAST_NUMBER;
}

#define FIRST_EXTENDED 8 /* x8 to x17 are part of a call from version 1.2 on */

static bool reserved_registers_are_zero(const struct row *row, const struct call *c,
                                        uint32_t function)
{
    uint64_t width = function & FFA_SMC64 ? UINT64_MAX : UINT32_MAX;
    unsigned end = c->who->version >= FFA_VERSION_1_2 ? 18 : FIRST_EXTENDED;

    for (unsigned i = 1; i < end; i++)
        if (row->reserved & REG(i) &&
            (c->regs->x[i] & (i < FIRST_EXTENDED ? width : UINT64_MAX)) != 0)
            return false;
    return true;
}

/* A partition's call that is nobody's gets what SMCCC says of unknown functions. */
COLD static refusal unknown(struct spmc *s, struct call *c, uint32_t function)
{
    if (c->from != NULL && interrupt_is_hypercall(function))
        return interrupt_hypercall(s, c, function);
    if (c->from != NULL && !is_ffa(function)) {
        c->regs->x[0] = (uint64_t)SMCCC_NOT_SUPPORTED;
        return ANSWERED;
    }
    return REFUSAL(FFA_NOT_SUPPORTED, "not for this caller");
}

/* Of a row that nobody may call. */
refusal call_nobody(struct spmc *s, struct call *c)
{
    return unknown(s, c, 0);
}

/*
 * No pointers in the table, but calls: through these the compiler sees that there is one struct
 * spmc only, whose address it need not hand on.
 */
static __attribute__((noinline)) refusal handle_row(struct spmc *s, struct call *c, uint32_t row)
{
    switch (row + FIRST_NUMBER) {
#define FFA_CALL(name, number, widths, since, features, callers, reserved, handler) \
    case number:                                                                    \
        return handler(s, c);
#include "abi/ffa_calls.def"
#undef FFA_CALL
    default:
        return call_nobody(s, c);
    }
}

/* The upper half of x0 is garbage in SMCCC, bit 16 of w0 a hint that belongs to EL3. */
static refusal handle(struct spmc *s, struct call *c)
{
    uint32_t function = (uint32_t)c->regs->x[0] & ~(uint32_t)FFA_SVE_HINT;
    uint32_t number = number_of(function);
    const struct row *row = row_of(number);

    if (row == NULL || !(allowed(row, function) & (c->from != NULL ? SP : NWD)))
        return unknown(s, c, function);
    if (c->from != NULL && function != FFA_VERSION)
        c->who->version_locked = true;
    if (is_newer(row, c->who))
        return row->old_denied ? REFUSAL(FFA_DENIED, "not in the caller's version")
                               : REFUSAL(FFA_NOT_SUPPORTED, "not in the caller's version");
    if (row->reserved != 0 && !reserved_registers_are_zero(row, c, function))
        return REFUSAL(FFA_INVALID_PARAMETERS, "a reserved register is not zero");
    return handle_row(s, c, bounded(number, ROWS));
}

COLD static void refuse(const struct call *c, refusal no)
{
    trace_reason(c->cpu, no);
    regs_error(c->regs, refusal_status(no));
}

struct next call_dispatch(struct spmc *s, unsigned cpu, struct vcpu *from, struct endpoint *who,
                          struct regs *regs)
{
    struct next caller = {from != NULL ? NEXT_RUN : NEXT_REPLY_NORMAL, from};
    struct call c = {cpu, 0, from, who, regs, caller};

    if (TRACE)
        trace_registers(&c);
    refusal no = handle(s, &c);
    if (no == NULL)
        regs_set(c.regs, FFA_SUCCESS_32, 0, 0, 0);
    else if (refusal_status(no) != 0)
        refuse(&c, no);
    return c.next;
}

void regs_set(struct regs *regs, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
    regs->x[0] = x0;
    regs->x[1] = x1;
    regs->x[2] = x2;
    regs->x[3] = x3;
    regs->x[4] = 0;
    regs->x[5] = 0;
    regs->x[6] = 0;
    regs->x[7] = 0;
}

void regs_error(struct regs *regs, int status)
{
    regs_set(regs, FFA_ERROR, 0, (uint32_t)status, 0);
}

refusal succeed(struct call *c, uint64_t w2, uint64_t w3)
{
    regs_set(c->regs, FFA_SUCCESS_32, 0, w2, w3);
    return ANSWERED;
}

/* FFA_INTERRUPT goes to partitions, never comes from them. */
COLD refusal call_interrupt(struct spmc *s, struct call *c)
{
    (void)s;
    (void)c;
    return REFUSAL(FFA_DENIED, "a partition cannot send FFA_INTERRUPT");
}

/* Whether a response of the second kind is to come to the Normal world: it takes x8 to x17. */
COLD static bool owes_extended(const struct spmc *s)
{
    for (unsigned i = 0; i < s->partition_count * CPU_MAX; i++) {
        const struct vcpu *v = &s->vcpus[i];
        bool held = v->model <= MODEL_INIT && v->caller == NORMAL_WORLD && v->state != VCPU_OFF;
        if ((v->model == MODEL_DIRECT || held) && v->extended && v->state != VCPU_ABORTED &&
            !(v->requester & FFA_ID_SECURE))
            return true;
    }
    return false;
}

/*
 * A partition may choose its version until it uses another call. The Normal world's loader and its
 * OS may differ, so there a change is refused only while buffers are mapped, a notification
 * bitmap exists, or a response is to come in registers that an older version keeps.
 */
static bool version_is_fixed(const struct spmc *s, const struct endpoint *who)
{
    if (who != &s->normal)
        return who->version_locked;
    return who->mailbox.state != MAILBOX_UNMAPPED || notify_bitmap_exists(s) || owes_extended(s);
}

/* A newer minor version than ours is answered with ours, as callers cap it themselves. */
COLD int32_t version_negotiate(struct spmc *s, struct endpoint *who, uint32_t asked)
{
    uint32_t version = asked < FFA_VERSION_1_2 ? asked : FFA_VERSION_1_2;

    if (asked >> 16 != 1)
        return FFA_NOT_SUPPORTED;
    if (version != who->version) {
        if (version_is_fixed(s, who))
            return FFA_NOT_SUPPORTED;
        who->version = version;
        if (who == &s->normal)
            memory_tell_anew(s);
    }
    return FFA_VERSION_1_2;
}

COLD refusal call_version(struct spmc *s, struct call *c)
{
    int32_t version = version_negotiate(s, c->who, (uint32_t)c->regs->x[1]);

    regs_set(c->regs, (uint32_t)version, 0, 0, 0);
    return ANSWERED;
}

#define RETRIEVE_HYPERVISOR 0x4 /* without a borrower, for a hypervisor */

/* A caller of version 1.0 may choose whether it learns of Non-secure memory; later ones must. */
static refusal retrieve_features(struct call *c)
{
    bool wants = c->regs->x[2] & FFA_RETRIEVE_NS_BIT;

    if (c->who->version < FFA_VERSION_1_1)
        c->who->wants_ns_bit = wants;
    else if (!wants)
        return REFUSAL(FFA_NOT_SUPPORTED, "without the NS bit");
    return succeed(c, (wants ? FFA_RETRIEVE_NS_BIT : 0) | RETRIEVE_HYPERVISOR, 0);
}

/*
 * The functions that are marked with MORE. RXTX_MAP tells the largest
 * buffer, but only to callers that know the field: pKVM of Linux 6.12 takes any other bit for an
 * error.
 */
COLD static refusal further_features(struct call *c, uint32_t function)
{
    switch (function) {
    case FFA_SECONDARY_EP_REGISTER_64:
        if (c->from != NULL && !partition_is_mp(call_partition(c)))
            return REFUSAL(FFA_NOT_SUPPORTED, "the partition has one context");
        return NULL;
    case FFA_RXTX_MAP_64:
        return succeed(c, c->who->version >= FFA_VERSION_1_2 ? MAILBOX_PAGES_MAX << 16 : 0, 0);
    case FFA_MEM_RETRIEVE_REQ_32:
    case FFA_MEM_RETRIEVE_REQ_64:
        return retrieve_features(c);
    default: /* permissions of pages */
        if (!call_partition(c)->s_el0)
            return REFUSAL(FFA_NOT_SUPPORTED, "not for this caller");
        return NULL;
    }
}

static refusal function_features(struct call *c, uint32_t function)
{
    const struct row *row = row_of(number_of(function));

    if (row == NULL || !(allowed(row, function) >> FEATURES_SHIFT & (c->from != NULL ? SP : NWD)) ||
        is_newer(row, c->who))
        return REFUSAL(FFA_NOT_SUPPORTED, "not for this caller");
    return allowed(row, function) & MORE << FEATURES_SHIFT ? further_features(c, function) : NULL;
}

/* The number of a feature's interrupt, 0 for one that the caller does not have. */
static uint32_t feature_interrupt(const struct call *c, uint32_t feature)
{
    const struct partition *p = call_partition(c);

    if (c->who->version < FFA_VERSION_1_1)
        return 0;
    if (p == NULL)
        return feature == FFA_FEATURE_SRI ? INTID_SCHEDULE_RECEIVER : 0;
    if (p->s_el0)
        return 0;
    if (feature == FFA_FEATURE_NPI && p->properties & FFA_PROPERTY_NOTIFICATIONS)
        return HF_INTID_NOTIFICATION;
    return feature == FFA_FEATURE_ME ? HF_INTID_MANAGED_EXIT : 0;
}

/* Apart: most ask for functions. */
static __attribute__((noinline)) refusal interrupt_features(struct call *c, uint32_t feature)
{
    uint32_t intid = feature_interrupt(c, feature);

    if (intid == 0 || (uint32_t)c->regs->x[2] != 0)
        return REFUSAL(FFA_NOT_SUPPORTED, "not for this caller");
    return succeed(c, intid, 0);
}

refusal call_features(struct spmc *s, struct call *c)
{
    (void)s;
    uint32_t asked = (uint32_t)c->regs->x[1];

    return asked & 0x80000000 ? function_features(c, asked) : interrupt_features(c, asked);
}

COLD refusal call_id_get(struct spmc *s, struct call *c)
{
    (void)s;
    return succeed(c, c->who->id, 0);
}

COLD refusal call_spm_id_get(struct spmc *s, struct call *c)
{
    return succeed(c, s->id, 0);
}
