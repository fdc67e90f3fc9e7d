/* SPDX-License-Identifier: BSD-3-Clause */
/* Which call exists for whom, in which form and version (13, and 1.4 of the reference); what
 * FFA_VERSION and FFA_FEATURES say of it. */
#include "rules/book.h"
#include "rules/choices.h"

#include <stddef.h>
#include <string.h>

/* Who has a call, and who is told so by FFA_FEATURES alone: as a reply, or for another reason. */
enum { NOT, TOLD, CALLS, OFFERED = CALLS };
enum { NARROW = 1, WIDE = 2, BOTH = 3 };

struct known {
    uint8_t number;
    uint8_t forms;
    uint32_t since;
    uint8_t world, member; /* the Normal world, a partition */
};

#define V0 FFA_VERSION_1_0
#define V1 FFA_VERSION_1_1
#define V2 FFA_VERSION_1_2

static const struct known known[] = {
    {0x60, NARROW, V0, TOLD, CALLS},                            /* ERROR */
    {0x61, BOTH, V0, TOLD, TOLD},                               /* SUCCESS */
    {0x62, NARROW, V0, TOLD, CALLS},                            /* INTERRUPT: INTERRUPT_CALL */
    {0x63, NARROW, V0, TOLD, CALLS},                            /* VERSION */
    {0x64, NARROW, V0, CALLS, CALLS},                           /* FEATURES */
    {0x65, NARROW, V0, CALLS, CALLS},                           /* RX_RELEASE */
    {0x66, CHOICE_RXTX_MAP_32 ? BOTH : WIDE, V0, CALLS, CALLS}, /* RXTX_MAP */
    {0x67, NARROW, V0, CALLS, CALLS},                           /* RXTX_UNMAP */
    {0x68, NARROW, V0, CALLS, CALLS},                           /* PARTITION_INFO_GET */
    {0x69, NARROW, V0, CALLS, CALLS},                           /* ID_GET */
    {0x6b, NARROW, V0, TOLD, CALLS},                            /* MSG_WAIT */
    {0x6c, NARROW, V0, NOT, CALLS},                             /* YIELD */
    {0x6d, NARROW, V0, CALLS, CALLS},                           /* RUN */
    {0x6f, BOTH, V0, CALLS, CALLS},                             /* MSG_SEND_DIRECT_REQ */
    {0x70, BOTH, V0, CALLS, CALLS},                             /* MSG_SEND_DIRECT_RESP */
    {0x71, BOTH, V0, CALLS, CALLS},                             /* MEM_DONATE */
    {0x72, BOTH, V0, CALLS, CALLS},                             /* MEM_LEND */
    {0x73, BOTH, V0, CALLS, CALLS},                             /* MEM_SHARE */
    {0x74, BOTH, V0, CALLS, CALLS},                             /* MEM_RETRIEVE_REQ */
    {0x75, NARROW, V0, TOLD, TOLD},                             /* MEM_RETRIEVE_RESP */
    {0x76, NARROW, V0, CHOICE_RELINQUISH_BY_WORLD ? CALLS : TOLD, CALLS}, /* MEM_RELINQUISH */
    {0x77, NARROW, V0, CALLS, CALLS},                                     /* MEM_RECLAIM */
    {0x7a, NARROW, V0, CALLS, CALLS},                                     /* MEM_FRAG_RX */
    {0x7b, NARROW, V0, CALLS, CALLS},                                     /* MEM_FRAG_TX */
    {0x7d, NARROW, V1, CALLS, CHOICE_BITMAP_FEATURES ? TOLD : NOT},       /* BITMAP_CREATE */
    {0x7e, NARROW, V1, CALLS, CHOICE_BITMAP_FEATURES ? TOLD : NOT},       /* BITMAP_DESTROY */
    {0x7f, NARROW, V1, CALLS, CALLS},                                     /* NOTIFICATION_BIND */
    {0x80, NARROW, V1, CALLS, CALLS},                                     /* NOTIFICATION_UNBIND */
    {0x81, NARROW, V1, CALLS, CALLS},                                     /* NOTIFICATION_SET */
    {0x82, NARROW, V1, CALLS, CALLS},                                     /* NOTIFICATION_GET */
    {0x83, BOTH, V1, CALLS, NOT},                           /* NOTIFICATION_INFO_GET */
    {0x84, NARROW, V1, CALLS, NOT},                         /* RX_ACQUIRE */
    {0x85, NARROW, V1, CALLS, CALLS},                       /* SPM_ID_GET */
    {0x86, NARROW, V1, CALLS, CALLS},                       /* MSG_SEND2 */
    {0x87, WIDE, V1, NOT, CALLS},                           /* SECONDARY_EP_REGISTER */
    {0x88, BOTH, V1, NOT, CALLS},                           /* MEM_PERM_GET */
    {0x89, BOTH, V1, NOT, CALLS},                           /* MEM_PERM_SET */
    {0x8a, BOTH, CHOICE_LOG_SINCE, NOT, CALLS},             /* CONSOLE_LOG */
    {0x8b, WIDE, CHOICE_REGISTERS_SINCE, CALLS, CALLS},     /* PARTITION_INFO_GET_REGS */
    {0x8d, WIDE, V2, CALLS, CALLS},                         /* MSG_SEND_DIRECT_REQ2 */
    {0x8e, WIDE, V2, CALLS, CALLS},                         /* MSG_SEND_DIRECT_RESP2 */
    {0x90, BOTH, V0, NOT, CHOICE_ABORT_CALL ? CALLS : NOT}, /* ABORT */
};

static const struct known *known_by(uint32_t function)
{
    unsigned form = function & FFA_SMC64 ? WIDE : NARROW;

    if ((function & ~(uint32_t)(FFA_SMC64 | 0xff)) != 0x84000000)
        return NULL;
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].number == (function & 0xff) && known[i].forms & form)
            return &known[i];
    return NULL;
}

/* ---- What several calls need ---- */

uint64_t *arrives(struct rules *r, int frame, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
    unsigned i;
    struct written *to;

    for (i = 0; i < r->writes && r->written[i].frame != frame; i++)
        ;
    if (i == r->writes && r->writes < WRITES_MAX)
        r->writes++;
    if (i + 1 != r->writes && i < WRITES_MAX) { /* the last one is who was written to last */
        r->written[i] = r->written[r->writes - 1];
        i = r->writes - 1;
    }
    to = &r->written[i < WRITES_MAX ? i : WRITES_MAX - 1];
    *to = (struct written){.frame = frame, .checked = EIGHT, .x = {x0, x1, x2, x3}};
    return to->x;
}

uint64_t *answers_with(struct rules *r, uint64_t x0, uint64_t x2, uint64_t x3)
{
    int caller = caller_of_call(r);

    if (caller >= 0) {
        r->follows = THEN_RUNS;
        r->runs = caller;
        return arrives(r, caller, x0, 0, x2, x3);
    }
    nobody_goes_on(r);
    return arrives(r, FRAME_OF(r->a.cpu), x0, 0, x2, x3);
}

struct endpoint_facts *caller_facts(struct rules *r)
{
    int caller = caller_of_call(r);

    return caller >= 0 ? &member_of(r, caller)->is : &r->b.world;
}

int member_by_id(const struct rules *r, uint16_t id)
{
    for (int i = 0; i < r->b.members; i++)
        if (r->b.member[i].is.id == id && r->b.member[i].life != IS_ABSENT)
            return i;
    return NO_ONE;
}

bool member_has_uuid(const struct member *m, uint64_t low, uint64_t high)
{
    const uint64_t asked[2] = {low, high};

    for (unsigned i = 0; i < m->uuids; i++)
        if (memcmp(&m->uuid[i], asked, sizeof(asked)) == 0)
            return true;
    return false;
}

bool extended_is_zero(struct rules *r)
{
    if (caller_facts(r)->version >= FFA_VERSION_1_2)
        for (unsigned i = 8; i < 18; i++)
            if (r->a.x[i] != 0)
                return false;
    return true;
}

/* ---- FFA_VERSION (13.2) ---- */

/* A response of the second kind is on its way to the Normal world, in registers that it must know.
 */
static bool second_kind_is_out(const struct rules *r)
{
    for (int i = 0; i < BOOK_CONTEXTS; i++) {
        const struct context *c = &r->b.context[i];
        bool waits = c->model == FOR_REQUEST ||
                     (c->model <= FOR_START && c->giver == THE_WORLD && c->run != IS_OFF);
        if (waits && c->second && c->run != IS_ENDED && !is_secure(c->requester))
            return true;
    }
    return false;
}

static bool world_is_in_use(const struct rules *r)
{
    bool bitmap = false;

    for (unsigned i = BOOK_WORLD; i < BOOK_RECEIVERS; i++)
        bitmap |= r->b.reader[i].vcpus != 0;
    return r->b.world.box.rx != RX_NONE || bitmap || second_kind_is_out(r);
}

int32_t version_of_answer(struct rules *r, struct endpoint_facts *who, uint32_t asked)
{
    uint32_t wanted = asked > CHOICE_NEWER_MINOR ? CHOICE_NEWER_MINOR : asked;
    bool fixed = who == &r->b.world ? world_is_in_use(r) : who->fixed;

    if (asked >> 31 || asked >> 16 != 1 || (fixed && wanted != who->version))
        return FFA_NOT_SUPPORTED;
    who->version = wanted;
    return FFA_VERSION_1_2;
}

void rules_version(struct rules *r)
{
    int32_t version = version_of_answer(r, caller_facts(r), w(r, 1));

    answers_with(r, (uint32_t)version, 0, 0);
}

/* ---- FFA_FEATURES (13.3) ---- */

/* NPI, SRI, ME: interrupts, of who has them. */
static uint32_t feature(struct rules *r, uint32_t asked)
{
    int caller = caller_of_call(r);
    const struct member *m = caller >= 0 ? member_of(r, caller) : NULL;

    if (w(r, 2) != 0 || caller_facts(r)->version < FFA_VERSION_1_1)
        return 0;
    if (m == NULL)
        return asked == FFA_FEATURE_SRI ? CHOICE_SRI : 0;
    if (!m->s_el0 && asked == FFA_FEATURE_NPI && m->properties & FFA_PROPERTY_NOTIFICATIONS)
        return CHOICE_NEWS_NUMBER;
    return !m->s_el0 && asked == FFA_FEATURE_ME ? CHOICE_EXIT_NUMBER : 0;
}

static uint32_t properties_of(struct rules *r, uint32_t function, struct endpoint_facts *is)
{
    uint32_t ns = w(r, 2) & FFA_RETRIEVE_NS_BIT;

    if (function == FFA_RXTX_MAP_64)
        return is->version >= FFA_VERSION_1_2 ? CHOICE_LARGEST_BUFFER << 16 : 0;
    if ((function & ~(uint32_t)FFA_SMC64) == FFA_MEM_RETRIEVE_REQ_32) {
        if (is->version < FFA_VERSION_1_1)
            is->tells_ns = ns != 0;
        return ns | CHOICE_HYPERVISOR_RETRIEVES;
    }
    return CHOICE_NO_DYNAMIC_BUFFERS;
}

static bool has_function(struct rules *r, uint32_t function)
{
    const struct known *k = known_by(function);
    int caller = caller_of_call(r);
    uint32_t version = caller_facts(r)->version;

    if (k == NULL || version < k->since || (caller >= 0 ? k->member : k->world) == NOT)
        return false;
    switch (k->number) {
    case 0x74: /* 1.1 and later know the NS bit */
        return version < FFA_VERSION_1_1 || w(r, 2) & FFA_RETRIEVE_NS_BIT;
    case 0x87:
        return is_mp(member_of(r, caller));
    case 0x88:
    case 0x89:
        return member_of(r, caller)->s_el0;
    default:
        return true;
    }
}

void rules_features(struct rules *r)
{
    uint32_t asked = w(r, 1);
    bool function = asked >> 31;

    must(r, function ? has_function(r, asked) : feature(r, asked) != 0, FFA_NOT_SUPPORTED);
    if (!refused(r))
        answers_with(r, FFA_SUCCESS_32,
                     function ? properties_of(r, asked, caller_facts(r)) : feature(r, asked), 0);
}

/* ---- Others that are short ---- */

/* 13.16: so many characters as its registers hold. */
static void rules_log(struct rules *r)
{
    bool wide = called(r) & FFA_SMC64;
    uint32_t most = !wide ? 24 : caller_facts(r)->version >= FFA_VERSION_1_2 ? 128 : 48;

    must(r, w(r, 1) >= 1 && w(r, 1) <= most, FFA_INVALID_PARAMETERS);
    if (!refused(r))
        answers_with(r, FFA_SUCCESS_32, 0, 0);
}

/* 18.2.2: an address of the package, by the start of an MP partition. */
static void rules_second_entry(struct rules *r)
{
    int caller = caller_of_call(r);
    struct member *m = member_of(r, caller);
    uint64_t at = r->a.x[1];

    must(r, is_mp(m), FFA_NOT_SUPPORTED);
    must(r, context_of(r, caller)->model == FOR_START, FFA_DENIED);
    must(r, at >= m->from && at - m->from < m->size && at % 4 == 0, FFA_INVALID_PARAMETERS);
    if (refused(r))
        return;
    m->second_entry = at;
    answers_with(r, FFA_SUCCESS_32, 0, 0);
}

/* 8.5: only a start may say that it failed. */
static void rules_error(struct rules *r)
{
    int caller = caller_of_call(r);

    must(r, context_of(r, caller)->model == FOR_START, CHOICE_ERROR_LATE);
    if (!refused(r))
        dies(r, caller);
}

/* ---- All calls ---- */

static void by_number(struct rules *r, unsigned number)
{
    switch (number) {
    case 0x60:
        rules_error(r);
        break;
    case 0x62:
        must(r, false, CHOICE_INTERRUPT_CALL);
        break;
    case 0x63:
        rules_version(r);
        break;
    case 0x64:
        rules_features(r);
        break;
    case 0x65:
        rules_release(r);
        break;
    case 0x66:
        rules_map(r);
        break;
    case 0x67:
        rules_unmap(r);
        break;
    case 0x68:
        rules_discovery(r);
        break;
    case 0x69:
        answers_with(r, FFA_SUCCESS_32, caller_facts(r)->id, 0);
        break;
    case 0x6b:
        rules_wait(r);
        break;
    case 0x6c:
        rules_yield(r);
        break;
    case 0x6d:
        rules_run(r);
        break;
    case 0x6f:
    case 0x8d:
        rules_request(r, number == 0x8d);
        break;
    case 0x70:
    case 0x8e:
        rules_response(r, number == 0x8e);
        break;
    case 0x7d:
    case 0x7e:
        rules_bitmap(r, number == 0x7d);
        break;
    case 0x7f:
    case 0x80:
        rules_bind(r, number == 0x7f);
        break;
    case 0x81:
        rules_set(r);
        break;
    case 0x82:
        rules_get(r);
        break;
    case 0x83:
        rules_info_get(r);
        break;
    case 0x84:
        rules_acquire(r);
        break;
    case 0x85:
        answers_with(r, FFA_SUCCESS_32, r->b.spmc, 0);
        break;
    case 0x86:
        rules_send2(r);
        break;
    case 0x87:
        rules_second_entry(r);
        break;
    case 0x8a:
        rules_log(r);
        break;
    case 0x8b:
        rules_discovery_by_registers(r);
        break;
    case 0x90:
        dies(r, caller_of_call(r));
        break;
    default:
        r->memory = true;
        break;
    }
}

void rules_call(struct rules *r)
{
    uint32_t function = called(r);
    const struct known *k = known_by(function);
    int caller = caller_of_call(r);
    struct endpoint_facts *is = caller_facts(r);
    bool ffa = (function & ~(uint32_t)(FFA_SMC64 | 0xff)) == 0x84000000 &&
               (function & 0xff) >= 0x60 && (function & 0xff) < 0xf0;

    if (caller >= 0 && is_hypercall(function)) {
        rules_hypercall(r);
        return;
    }
    if (k == NULL || (caller >= 0 ? k->member : k->world) != CALLS) {
        if (caller >= 0 && !ffa) {
            answers_with(r, (uint64_t)CHOICE_UNKNOWN_SMC, 0, 0);
            r->written[r->writes - 1].checked = 1; /* SMCCC keeps the others */
            return;
        }
        must(r, false, FFA_NOT_SUPPORTED);
        return;
    }
    if (caller >= 0 && k->number != 0x63)
        is->fixed = true; /* PARTITION_VERSION_ONCE */
    if (is->version < k->since) {
        must(r, false, k->number > 0x8c ? CHOICE_OLD_SECOND_KIND : FFA_NOT_SUPPORTED);
        return;
    }
    by_number(r, k->number);
}
