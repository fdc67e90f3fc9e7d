/* SPDX-License-Identifier: BSD-3-Clause */
/* Notifications (10): a receiver's boards, with a bit for each; who may set and fetch them; what
 * its scheduler is told. */
#include "rules/book.h"
#include "rules/choices.h"

#include <string.h>

enum { BY_MEMBERS, BY_WORLD };

static bool is_member(int reader)
{
    return reader < PARTITION_MAX;
}

static struct reader *reader_of(struct rules *r, int reader)
{
    return &r->b.reader[reader];
}

static unsigned vcpus_of(const struct rules *r, int reader)
{
    return is_member(reader) ? r->b.member[reader].contexts : r->b.reader[reader].vcpus;
}

/* Who takes notifications now: by the manifest, or by a bitmap that was made. */
int reader_by_id(struct rules *r, uint16_t id)
{
    int member = member_by_id(r, id);

    if (member >= 0)
        return r->b.member[member].properties & FFA_PROPERTY_NOTIFICATIONS &&
                       r->b.member[member].is.version >= FFA_VERSION_1_1
                   ? member
                   : NO_ONE;
    for (int i = BOOK_WORLD; !is_secure(id) && i < BOOK_RECEIVERS; i++)
        if (r->b.reader[i].vcpus != 0 && r->b.reader[i].id == id && (i == BOOK_WORLD) == (id == 0))
            return i;
    return NO_ONE;
}

/* ---- Bits ---- */

static uint64_t bits_of(const struct rules *r)
{
    return (uint64_t)w(r, 4) << 32 | w(r, 3);
}

static struct board *board_of(struct rules *r, int reader, uint16_t sender)
{
    return &reader_of(r, reader)->from[is_secure(sender) ? BY_MEMBERS : BY_WORLD];
}

static bool all_bound_to(const struct board *b, uint16_t sender, uint64_t bits)
{
    for (unsigned i = 0; i < 64; i++)
        if (bits >> i & 1 && (!(b->bound >> i & 1) || b->sender[i] != sender))
            return false;
    return true;
}

static uint64_t all_pending(const struct board *b)
{
    uint64_t bits = b->global.set;

    for (unsigned i = 0; i < NOTIFY_VCPU_MAX; i++)
        bits |= b->vcpu[i].set;
    return bits;
}

static uint64_t taken(struct news *n, uint64_t bits)
{
    uint64_t found = n->set & bits;

    n->set &= ~bits;
    n->told &= ~bits;
    return found;
}

static void unbind(struct board *b, uint64_t bits)
{
    b->bound &= ~bits;
    b->per_vcpu &= ~bits;
    for (unsigned i = 0; i < 64; i++)
        if (bits >> i & 1)
            b->sender[i] = 0;
}

bool something_waits(const struct rules *r, int context)
{
    const struct reader *at = &r->b.reader[context / CPU_MAX];
    unsigned vcpu = (unsigned)(context % CPU_MAX);

    return (at->framework.set | at->from[BY_MEMBERS].global.set | at->from[BY_WORLD].global.set |
            at->from[BY_MEMBERS].vcpu[vcpu].set | at->from[BY_WORLD].vcpu[vcpu].set) != 0;
}

/* Contexts for which nothing waits any more have no reason for the interrupt (NEWS_AGAIN). */
static void calm(struct rules *r, int reader)
{
    if (!is_member(reader))
        return;
    for (int i = reader * CPU_MAX; i < reader * CPU_MAX + r->b.member[reader].contexts; i++)
        if (!something_waits(r, i))
            withdraw(context_of(r, i), INTERRUPT_NEWS);
}

/* The receiver's contexts that have started, and the scheduler, are interrupted (10.5). */
static void rings(struct rules *r, int reader, unsigned first, unsigned end, bool late)
{
    if (is_member(reader))
        for (int i = (int)first; i < (int)end; i++)
            if (context_of(r, reader * CPU_MAX + i)->run != IS_OFF)
                pend(r, reader * CPU_MAX + i, INTERRUPT_NEWS);
    if (late)
        r->b.place[r->a.cpu].tell_late = true;
    else
        r->interrupts_world = true;
}

/* ---- Of the framework: RX is full ---- */

bool rx_is_announced(struct rules *r, uint16_t id)
{
    int reader = reader_by_id(r, id);

    return reader >= 0 && (reader_of(r, reader)->framework.set & (1 | 1ULL << 32)) != 0;
}

void announce_rx(struct rules *r, uint16_t id, uint64_t bit, bool late)
{
    int reader = reader_by_id(r, id);

    if (reader < 0)
        return;
    reader_of(r, reader)->framework.set |= bit;
    rings(r, reader, 0, vcpus_of(r, reader), late);
}

/* ---- Bitmaps of the Normal world (16.1, 16.2) ---- */

void rules_bitmap(struct rules *r, bool create)
{
    uint16_t id = (uint16_t)w(r, 1);
    int reader = is_secure(id) ? NO_ONE : reader_by_id(r, id);
    int free = BOOK_WORLD;

    must(r, !is_secure(id), FFA_INVALID_PARAMETERS);
    must(r, (reader < 0) == create || is_secure(id), FFA_DENIED);
    if (!create) {
        if (refused(r))
            return;
        must(r, reader_of(r, reader)->framework.set == 0, FFA_DENIED);
        must(r, all_pending(&reader_of(r, reader)->from[BY_MEMBERS]) == 0, FFA_DENIED);
        if (refused(r))
            return;
        *reader_of(r, reader) = (struct reader){0};
        answers_with(r, FFA_SUCCESS_32, 0, 0);
        return;
    }
    must(r, w(r, 2) >= 1 && w(r, 2) <= NOTIFY_VCPU_MAX, FFA_INVALID_PARAMETERS);
    if (id != 0)
        for (free = BOOK_WORLD + 1; free < BOOK_RECEIVERS && reader_of(r, free)->vcpus != 0; free++)
            ;
    must(r, free < BOOK_RECEIVERS, CHOICE_VM_LIMIT);
    if (refused(r))
        return;
    reader_of(r, free)->id = id;
    reader_of(r, free)->vcpus = (uint16_t)w(r, 2);
    answers_with(r, FFA_SUCCESS_32, 0, 0);
}

/* ---- FFA_NOTIFICATION_BIND, UNBIND (16.3, 16.4) ---- */

static bool is_own_id(struct rules *r, uint16_t id)
{
    return caller_of_call(r) >= 0 ? id == caller_facts(r)->id : !is_secure(id);
}

/* The one that a call names; why it is none. */
static int named_reader(struct rules *r, uint16_t id, int status)
{
    int reader = reader_by_id(r, id);

    if (reader < 0)
        must(r, false, !is_secure(id) && id != 0 ? CHOICE_VM_NO_READER : status);
    return reader;
}

void rules_bind(struct rules *r, bool bind)
{
    uint16_t sender = (uint16_t)(w(r, 1) >> 16), receiver = (uint16_t)w(r, 1);
    bool per_vcpu = w(r, 2) & FFA_NOTIFICATION_PER_VCPU;
    uint64_t bits = bits_of(r);
    struct board *b;
    int reader;

    must(r, (w(r, 2) & ~(bind ? 1U : 0U)) == 0, FFA_INVALID_PARAMETERS);
    must(r, bits != 0, FFA_INVALID_PARAMETERS);
    must(r, is_own_id(r, receiver), FFA_INVALID_PARAMETERS);
    must(r, sender != receiver, FFA_INVALID_PARAMETERS);
    must(r, !is_secure(sender) || member_by_id(r, sender) >= 0, FFA_INVALID_PARAMETERS);
    must(r, caller_of_call(r) >= 0 || is_secure(sender), FFA_INVALID_PARAMETERS);
    reader = named_reader(r, receiver, CHOICE_NO_READER);
    if (reader < 0)
        return;
    b = board_of(r, reader, sender);
    if (bind) {
        must(r, (b->bound & bits) == 0, FFA_DENIED);
    } else {
        must(r, all_bound_to(b, sender, bits), FFA_DENIED);
        must(r, (all_pending(b) & bits) == 0, FFA_DENIED);
    }
    if (refused(r))
        return;
    unbind(b, bits);
    for (unsigned i = 0; bind && i < 64; i++)
        if (bits >> i & 1)
            b->sender[i] = sender;
    b->bound |= bind ? bits : 0;
    b->per_vcpu |= bind && per_vcpu ? bits : 0;
    answers_with(r, FFA_SUCCESS_32, 0, 0);
}

/* ---- FFA_NOTIFICATION_SET (16.5) ---- */

void rules_set(struct rules *r)
{
    uint16_t sender = (uint16_t)(w(r, 1) >> 16), receiver = (uint16_t)w(r, 1);
    bool by_world = caller_of_call(r) == THE_WORLD, per_vcpu = w(r, 2) & 1;
    uint32_t flags = 0xffff0001U | (by_world ? 0 : FFA_NOTIFICATION_DELAY_SRI);
    unsigned vcpu = w(r, 2) >> 16;
    int member = member_by_id(r, receiver), reader;
    struct board *b;

    must(r, (w(r, 2) & ~flags) == 0, FFA_INVALID_PARAMETERS);
    must(r, per_vcpu || vcpu == 0, FFA_INVALID_PARAMETERS);
    must(r, bits_of(r) != 0, FFA_INVALID_PARAMETERS);
    must(r, is_own_id(r, sender) && sender != receiver, FFA_INVALID_PARAMETERS);
    must(r, is_secure(receiver) ? member >= 0 : !by_world, FFA_INVALID_PARAMETERS);
    must(r, member < 0 || r->b.member[member].life < IS_DEAD, CHOICE_DEAD_READER);
    reader = named_reader(r, receiver, CHOICE_SET_NO_READER);
    if (reader < 0)
        return;
    b = board_of(r, reader, sender);
    must(r, vcpu < vcpus_of(r, reader), FFA_INVALID_PARAMETERS);
    must(r, all_bound_to(b, sender, bits_of(r)), FFA_DENIED);
    must(r, (bits_of(r) & (per_vcpu ? ~b->per_vcpu : b->per_vcpu)) == 0, FFA_INVALID_PARAMETERS);
    if (refused(r))
        return;
    (per_vcpu ? &b->vcpu[vcpu] : &b->global)->set |= bits_of(r);
    answers_with(r, FFA_SUCCESS_32, 0, 0);
    rings(r, reader, vcpu, per_vcpu ? vcpu + 1 : vcpus_of(r, reader),
          w(r, 2) & FFA_NOTIFICATION_DELAY_SRI);
}

/* ---- FFA_NOTIFICATION_GET (16.6) ---- */

void rules_get(struct rules *r)
{
    unsigned vcpu = w(r, 1) >> 16;
    uint16_t receiver = (uint16_t)w(r, 1);
    bool by_world = caller_of_call(r) == THE_WORLD;
    struct reader *at;
    uint64_t *x;
    int reader;

    must(r, (w(r, 2) & ~(by_world ? 5U : 15U)) == 0, FFA_INVALID_PARAMETERS);
    must(r, is_own_id(r, receiver), FFA_INVALID_PARAMETERS);
    reader = named_reader(r, receiver, CHOICE_NO_READER);
    if (reader < 0)
        return;
    must(r, vcpu < vcpus_of(r, reader), FFA_INVALID_PARAMETERS);
    if (refused(r))
        return;
    at = reader_of(r, reader);
    x = answers_with(r, FFA_SUCCESS_32, 0, 0);
    for (unsigned i = 0; i < 2; i++) {
        struct board *b = &at->from[i];
        uint64_t bits = w(r, 2) & 1U << i
                            ? taken(&b->global, UINT64_MAX) | taken(&b->vcpu[vcpu], UINT64_MAX)
                            : 0;
        x[2 + 2 * i] = (uint32_t)bits;
        x[3 + 2 * i] = bits >> 32;
    }
    x[6] = w(r, 2) & 4 ? taken(&at->framework, UINT32_MAX) : 0;
    x[7] = w(r, 2) & 8 ? taken(&at->framework, ~(uint64_t)UINT32_MAX) >> 32 : 0;
    calm(r, reader);
}

/* ---- FFA_NOTIFICATION_INFO_GET (16.7): what its scheduler was not told yet ---- */

static bool is_new(const struct news *n)
{
    return n->set & ~n->told;
}

static bool has_global(const struct reader *at)
{
    return is_new(&at->framework) || is_new(&at->from[0].global) || is_new(&at->from[1].global);
}

static bool has_vcpu(const struct reader *at, unsigned vcpu)
{
    return is_new(&at->from[0].vcpu[vcpu]) || is_new(&at->from[1].vcpu[vcpu]);
}

static void is_told(struct news *n)
{
    n->told = n->set;
}

/* Only a partition that lives can be scheduled. */
static bool can_run(const struct rules *r, int reader)
{
    return !is_member(reader) || r->b.member[reader].life == IS_LIVE;
}

static bool has_any(const struct rules *r, int reader, bool global)
{
    const struct reader *at = &r->b.reader[reader];
    bool found = global && has_global(at);

    for (unsigned i = 0; i < NOTIFY_VCPU_MAX; i++)
        found |= has_vcpu(at, i);
    return found && can_run(r, reader);
}

void rules_info_get(struct rules *r)
{
    bool wide = called(r) & FFA_SMC64;
    unsigned room = wide ? 19 : 9; /* INFO_ROOM */
    uint16_t ids[20] = {0};
    unsigned count = 0, lists = 0, vcpus = 0;
    bool more = false;
    uint64_t *x;

    for (int i = 0; i < BOOK_RECEIVERS; i++) {
        struct reader *at = reader_of(r, i);
        if (!has_global(at) || !can_run(r, i) || count == room)
            continue;
        is_told(&at->framework);
        is_told(&at->from[0].global);
        is_told(&at->from[1].global);
        ids[count++] = is_member(i) ? r->b.member[i].is.id : at->id;
        lists++;
    }
    for (int i = 0; i < BOOK_RECEIVERS; i++) { /* INFO_ORDER */
        struct reader *at = reader_of(r, i);
        if (!has_any(r, i, true))
            continue;
        if (count + 2 > room)
            break;
        ids[count++] = is_member(i) ? r->b.member[i].is.id : at->id;
        for (unsigned j = 0; j < NOTIFY_VCPU_MAX && vcpus < 3 && count < room; j++)
            if (has_vcpu(at, j)) {
                is_told(&at->from[0].vcpu[j]);
                is_told(&at->from[1].vcpu[j]);
                ids[count++] = (uint16_t)j;
                vcpus++;
            }
        lists++;
        break;
    }
    must(r, lists != 0, FFA_NO_DATA);
    if (refused(r))
        return;
    for (int i = 0; i < BOOK_RECEIVERS; i++)
        more |= has_any(r, i, true);
    x = answers_with(r, wide ? FFA_SUCCESS_64 : FFA_SUCCESS_32,
                     more | lists << 7 | (uint64_t)vcpus << (12 + 2 * (lists - 1)), 0);
    for (unsigned i = 0; i < count; i++)
        x[3 + i / (wide ? 4 : 2)] |= (uint64_t)ids[i] << 16 * (i % (wide ? 4 : 2));
}

/* ---- Death: what it bound, and what is bound to it ---- */

void readers_forget(struct rules *r, int member)
{
    uint16_t id = r->b.member[member].is.id;

    *reader_of(r, member) = (struct reader){0};
    for (int i = 0; i < BOOK_RECEIVERS; i++) {
        struct board *b = &reader_of(r, i)->from[BY_MEMBERS];
        uint64_t bits = 0;
        for (unsigned j = 0; j < 64; j++)
            bits |= b->bound >> j & 1 && b->sender[j] == id ? 1ULL << j : 0;
        taken(&b->global, bits);
        for (unsigned j = 0; j < NOTIFY_VCPU_MAX; j++)
            taken(&b->vcpu[j], bits);
        unbind(b, bits);
        calm(r, i);
    }
}
