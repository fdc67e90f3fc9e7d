/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FF-A's rules for everything but memory, written a second time. The book says who is in which
 * state; a rule says what may be asked in it, and what follows. The numbers in comments are
 * sections of FF-A v1.2, or "choice" with a name of choices.def, where it leaves one.
 *
 * Nothing here knows core/ but read.c, which makes a book of its state: so each step can be
 * checked alone, wherever its state came from.
 */
#ifndef TESTS_RULES_BOOK_H
#define TESTS_RULES_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/ffa.h"
#include "core/limits.h"

#define BOOK_CONTEXTS (PARTITION_MAX * CPU_MAX)
#define BOOK_RECEIVERS (PARTITION_MAX + 1 + VM_MAX) /* partitions, the Normal world, VMs */
#define BOOK_WORLD PARTITION_MAX

/* Who gives cycles to a context, if it is no other context, or goes on. */
enum { NO_ONE = -1, THE_WORLD = -2, THE_SPM = -3 };

/* ---- Contexts (8.2, 8.3). No structure has holes: books are compared as bytes ---- */

enum run {
    IS_OFF,
    IS_WAITING,
    IS_RUNNING,
    IS_BLOCKED, /* on `waits_for`; on nobody: it yielded */
    IS_PREEMPTED,
    IS_SUSPENDED, /* for a Secure interrupt's handler */
    IS_ENDED,
};

enum model { FOR_NOTHING, FOR_START, FOR_RUN, FOR_REQUEST, FOR_POWER, FOR_INTERRUPT };

/* Interrupts that are kept away: none, the Normal world's, all but the SPMC's own. */
enum { KEEPS_NONE, KEEPS_NORMAL, KEEPS_ALL };

struct context {
    uint8_t run;
    uint8_t model;
    uint8_t cpu;
    uint8_t keeps;
    int8_t giver;
    int8_t waits_for;
    bool second; /* its request, and so its response */
    bool owed;   /* fetched an interrupt in its handler; while WAITING: a handler is due */
    uint16_t requester;
    uint16_t pending; /* virtual interrupts by place in its partition's list */
    uint16_t enabled;
    uint16_t by_fiq;
    uint16_t serving;
    uint16_t home;     /* the CPU that watches its timers */
    bool looked_at;    /* that CPU looks by itself, when the time of handlers is paid for */
    uint32_t response; /* w2 of its response */
};

struct clock { /* a timer */
    uint64_t control, compare;
};

/* ---- Endpoints ---- */

enum life { IS_ABSENT, IS_LOADED, IS_STARTING, IS_LIVE, IS_DEAD, IS_RESTORED };
enum rx { RX_NONE, RX_EMPTY, RX_FULL, RX_HELD };

struct box {
    uint32_t rx;
    uint32_t pages;
    uint64_t tx_at;
    uint64_t rx_at;
};

struct endpoint_facts {
    uint32_t version;
    uint16_t id;
    bool fixed; /* its version */
    bool tells_ns;
    struct box box;
};

#define INTERRUPT_TIMER 0 /* places in every list */
#define INTERRUPT_EXIT 1
#define INTERRUPT_NEWS 2
#define INTERRUPT_DEVICES 3

struct line {
    uint16_t number;
    uint8_t priority;
    bool per_cpu;
    bool off;
    uint8_t target;
    uint8_t first_target;
};

struct member {
    struct endpoint_facts is;
    uint8_t life;
    uint8_t contexts;
    uint8_t action;
    uint8_t keeps;
    bool s_el0;
    bool told_of_off;
    bool exit_by_irq;
    bool comes_back; /* after its death */
    bool came_back;  /* once */
    bool may_handle; /* its handlers did not take too much time */
    uint32_t properties;
    uint16_t shared_enabled;
    uint16_t shared_fiq;
    uint8_t uuids;
    uint8_t lines;
    struct ffa_uuid uuid[UUID_MAX];
    struct line line[INTERRUPT_MAX];
    uint64_t from, size; /* its package */
    uint64_t second_entry;
    uint64_t first_entry;
    struct box first_box; /* buffers of its manifest */
    uint32_t first_version;
    bool memory_is_back; /* what it lent and borrowed */
    char name[NAME_MAX_BYTES];
    uint32_t restarts, deaths, requests, interrupts, held_back; /* so far */
};

struct news {
    uint64_t set, told;
};

struct board {
    uint64_t bound, per_vcpu;
    struct news global;
    struct news vcpu[NOTIFY_VCPU_MAX];
    uint16_t sender[64];
};

struct reader {
    uint32_t id;
    uint32_t vcpus; /* of the Normal world, or a VM: 0 without a bitmap */
    struct news framework;
    struct board from[2]; /* partitions, the Normal world */
};

enum door { DOOR_NONE, DOOR_BOOT, DOOR_ON, DOOR_CALL, DOOR_INTERRUPT, DOOR_MESSAGE };

struct seat { /* a CPU */
    uint8_t door;
    uint8_t next; /* in the order of the start */
    bool online;
    bool late; /* its handler has had all the time that it may take at once */
    bool denied;
    bool tell_late; /* the schedule-receiver interrupt, when it leaves */
    int8_t runs;
    int8_t behind; /* a handler: who goes on after it */
};

struct book {
    uint16_t spmc;
    uint8_t members;
    uint8_t cpus;
    bool logical;     /* Bulkhead answers as a partition, */
    bool tells_trace; /* also of its trace */
    uint8_t order[PARTITION_MAX];
    struct endpoint_facts world;
    struct member member[PARTITION_MAX];
    struct context context[BOOK_CONTEXTS];
    struct seat place[CPU_MAX];
    struct {
        uint64_t id;
        struct box box;
    } vm[VM_MAX];
    struct reader reader[BOOK_RECEIVERS];
    struct clock clock[BOOK_CONTEXTS][2]; /* physical, virtual */
    uint64_t held[BOOK_CONTEXTS][18];     /* calls that wait for a restart */
};

/* ---- What happens ---- */

enum happens {
    COMES_BOOT,
    COMES_ON,
    COMES_ENTRY, /* of the SPMD: a call, a message */
    COMES_CALL,
    COMES_NORMAL_INTERRUPT,
    COMES_DEADLINE,
    COMES_LOOK,     /* a kick, or a timer */
    COMES_DEVICE,   /* its interrupt; `number` */
    COMES_REGISTER, /* a timer's, trapped */
    COMES_FAULT,    /* `can_take` */
    COMES_END,
    COMES_PIECE, /* of a restart; `last` */
    COMES_NOTHING,
};

/* A context that is to be looked after: its timer expired, or something waits. */
struct due {
    int context;
    bool expired;
};

/* A record of the trace. What is more than one record holds is in those that follow it. */
struct record {
    bool is_kept;
    bool call_is_kept;  /* the first one of its call */
    uint8_t kind, next; /* STAT_EVENT_*, STAT_NEXT_* */
    int8_t who, then;
    uint32_t number; /* of all CPUs' */
    uint64_t time;
    uint64_t x[6];
    int status;
    const char *reason;
    bool is_call;
    uint64_t function, type; /* x0 and x2 of the call that it belongs to */
};

/* What a question to Bulkhead is about (abi/stat.h). */
struct asked {
    uint32_t next, oldest; /* records of a CPU */
    struct record record;
    uint64_t handle; /* a transaction's place */
    uint8_t state, kind, borrowers;
    uint32_t ranges;
};

struct act {
    enum happens what;
    unsigned cpu;
    bool by_spmd; /* an interrupt: it came while the Normal world ran */
    bool can_take;
    bool last;
    bool fails;       /* a piece of a restart: its page cannot be read, or written */
    bool copies_fail; /* some copy from or to a buffer may fault, */
    bool writes_fail; /* be it one to a buffer */
    bool racing;      /* somebody writes to buffers meanwhile */
    uint32_t number;
    uint64_t x[18]; /* of who acts */
    int returns;    /* a partition whose restart is due on this CPU */
    struct due due; /* of this CPU's contexts, the first */
    struct {
        bool known, reads;
        uint8_t clock, number; /* TVAL, CTL, CVAL */
        uint8_t x;             /* 31: zero */
        uint64_t value, now;
    } access;                         /* to a timer's register */
    struct ffa_message_header header; /* at the sender's TX */
    uint8_t descriptor[16];           /* what the hypervisor's TX begins with, */
    uint8_t composite[2][32];         /* and what it says of RX and TX of a VM */
    struct asked asked;
    uint32_t buffer_refusals; /* RXTX_MAP: why these pages cannot be buffers, by status */
    const char *open;         /* what happens is not the book's matter */
};

/* ---- What must follow ---- */

enum follows {
    THEN_RUNS,
    THEN_ANSWERS, /* the Normal world */
    THEN_RESUMES, /* it, after an interrupt */
    THEN_REPLIES, /* to the SPMD */
    THEN_READY,   /* this CPU's start is over */
    THEN_AGAIN,   /* a restart: `runs` is restored */
};

#define FRAME_OF(cpu) (BOOK_CONTEXTS + (int)(cpu)) /* the Normal world's, of a CPU */
#define WRITES_MAX 4
#define EIGHT 0xffU
#define EIGHTEEN 0x3ffffU

struct written {
    int frame;
    uint32_t checked; /* a bit for each register */
    uint64_t x[18];
    unsigned loose;  /* a register of these: */
    uint64_t unsaid; /* bits of it that may be anything */
};

struct rules {
    struct book b; /* becomes what must be after the step */
    struct act a;
    const char *open;  /* why the book does not say what follows; NULL: it does */
    uint32_t refusals; /* by status, a bit each: one of them, if any */
    bool may_abort;    /* a fault at a buffer explains it */
    bool memory;       /* a call for the other rule book */
    bool unrecorded;   /* it leaves nothing in the trace */
    enum follows follows;
    int runs;
    unsigned writes;
    struct written written[WRITES_MAX];
    bool interrupts_world;           /* by the schedule-receiver interrupt, now */
    uint32_t kicks;                  /* CPUs that must be */
    uint64_t copied_from, copied_to; /* what a message was, and where it is */
    uint32_t copied;
    unsigned listed; /* descriptors in RX */
    uint32_t listed_size;
    uint64_t listed_at;
    struct ffa_partition_info list[PARTITION_MAX * UUID_MAX + 1];
};

/* One step: `r->b` and `r->a` are given, the rest is zero. */
void rules_step(struct rules *r);

/* ---- For the rules ---- */

/* The call is refused so, unless this holds. Of several such reasons any may be told. */
static inline void must(struct rules *r, bool holds, int status)
{
    if (!holds)
        r->refusals |= 1U << -status;
}

static inline bool refused(const struct rules *r)
{
    return r->refusals != 0 || r->open != NULL;
}

static inline bool is_secure(uint16_t id)
{
    return id & FFA_ID_SECURE;
}

static inline int caller_of_call(const struct rules *r)
{
    int runs = r->b.place[r->a.cpu].runs;

    return runs >= 0 ? runs : THE_WORLD;
}

static inline uint32_t w(const struct rules *r, unsigned i)
{
    return (uint32_t)r->a.x[i];
}

static inline uint32_t called(const struct rules *r)
{
    return w(r, 0) & ~(uint32_t)FFA_SVE_HINT;
}

static inline struct context *context_of(struct rules *r, int context)
{
    return &r->b.context[context];
}

static inline struct member *member_of(struct rules *r, int context)
{
    return &r->b.member[context / CPU_MAX];
}

static inline bool is_mp(const struct member *m)
{
    return m->contexts > 1;
}

/* The context of a partition that serves a CPU. */
static inline int serves(const struct rules *r, int member, unsigned cpu)
{
    return member * CPU_MAX + (is_mp(&r->b.member[member]) ? (int)cpu : 0);
}

/* id:context, as FFA_RUN, FFA_INTERRUPT and FFA_YIELD have it. */
static inline uint32_t name_of(struct rules *r, int context)
{
    return (uint32_t)member_of(r, context)->is.id << 16 | (unsigned)(context % CPU_MAX);
}

static inline bool has_interrupts(const struct context *c)
{
    return (c->pending & c->enabled) != 0;
}

/* An answer or a message arrives in a frame: x0 to x7. */
uint64_t *arrives(struct rules *r, int frame, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

/* Who called goes on with FFA_SUCCESS, or other registers. */
uint64_t *answers_with(struct rules *r, uint64_t x0, uint64_t x2, uint64_t x3);

/* Whose endpoint the caller is. */
struct endpoint_facts *caller_facts(struct rules *r);

/* The partition with this id that can be seen, -1. */
int member_by_id(const struct rules *r, uint16_t id);
bool member_has_uuid(const struct member *m, uint64_t low, uint64_t high);

/* x8 to x17, of a caller of version 1.2. */
bool extended_is_zero(struct rules *r);

/* -- calls.c: who may call what -- */
void rules_call(struct rules *r);
void rules_version(struct rules *r);
int32_t version_of_answer(struct rules *r, struct endpoint_facts *who, uint32_t asked);
void rules_features(struct rules *r);
void rules_discovery(struct rules *r);
void rules_discovery_by_registers(struct rules *r);

/* -- direct.c -- */
void rules_request(struct rules *r, bool second);
void rules_response(struct rules *r, bool second);

/* -- logical.c: what Bulkhead answers itself -- */
void rules_question(struct rules *r);

/* -- cycles.c: who runs -- */
struct parcel {
    uint64_t x[18];
    bool whole; /* x8 to x17, too */
};
struct parcel parcel_of(const struct rules *r, bool second);
struct parcel short_parcel(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
void enters(struct rules *r, int context, enum model model, int giver);
void delivers(struct rules *r, int context, struct parcel p);
void goes_back(struct rules *r, int giver, struct parcel p);
void goes_on(struct rules *r, int context);
void nobody_goes_on(struct rules *r);
void finishes(struct rules *r, int context, struct parcel p);
void dead_goes_back(struct rules *r, int context);
uint8_t keeps_away(struct rules *r, int context);
void rules_wait(struct rules *r);
void rules_yield(struct rules *r);
void rules_run(struct rules *r);

/* -- interrupts.c -- */
void rules_normal_interrupt(struct rules *r);
void rules_device(struct rules *r);
void rules_look(struct rules *r);
void rules_hypercall(struct rules *r);
bool is_hypercall(uint32_t function);
void handler_begins(struct rules *r, int context);
void handler_waits(struct rules *r, int context);
void handler_is_over(struct rules *r);
void withdraw(struct context *c, unsigned place);
void pend(struct rules *r, int context, unsigned place);

/* -- clocks.c: timers' registers -- */
void rules_register(struct rules *r);

/* -- power.c: starts, CPUs that go off and on -- */
void rules_boot(struct rules *r);
void starts_next(struct rules *r);
void context_starts(struct rules *r, int context, int giver);
void rules_spmd_message(struct rules *r);
void power_was_answered(struct rules *r, struct parcel p);

/* -- death.c -- */
void dies(struct rules *r, int context);
void is_buried(struct rules *r, int context);

/* -- restart.c: who comes back after its death -- */
bool may_come_back(struct rules *r, int context);
bool comes_back_for_call(struct rules *r, int context);
void comes_back_by_itself(struct rules *r, int context);
void rules_piece(struct rules *r);
void is_put_off(struct rules *r, int context);
void gets_held_call(struct rules *r, int context);

/* -- boxes.c: RX and TX, indirect messages -- */
void rules_map(struct rules *r);
void rules_unmap(struct rules *r);
void rules_release(struct rules *r);
void rules_acquire(struct rules *r);
void rules_send2(struct rules *r);

/* -- bells.c: notifications -- */
int reader_by_id(struct rules *r, uint16_t id);
bool rx_is_announced(struct rules *r, uint16_t id);
void announce_rx(struct rules *r, uint16_t id, uint64_t bit, bool late);
void rules_bitmap(struct rules *r, bool create);
void rules_bind(struct rules *r, bool bind);
void rules_set(struct rules *r);
void rules_get(struct rules *r);
void rules_info_get(struct rules *r);
void readers_forget(struct rules *r, int member);
bool something_waits(const struct rules *r, int context);

#endif
