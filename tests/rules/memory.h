/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FF-A's rules for memory, written a second time: a list of pages that says whose each is, and a
 * list of transactions. No page tables, no registers, no layouts, and nothing of core/ but limits.
 */
#ifndef TESTS_RULES_MEMORY_H
#define TESTS_RULES_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/ffa.h"
#include "core/limits.h"

/* Who calls: the Normal world, and three partitions. */
enum { NORMAL, FIRST, SECOND, THIRD, ENDPOINTS };
#define NOBODY ENDPOINTS

enum kind {
    SHARE,
    LEND,
    DONATE,
    SEND_MORE,
    RETRIEVE,
    TELL_MORE,
    RELINQUISH,
    RECLAIM,
    ASK, /* the hypervisor's retrieval */
    RELEASE,
    RIGHTS, /* FFA_MEM_PERM_GET, and SET */
    PERMIT,
    WRITE, /* no call: who can writes to a page */
    DIE,
    COME_BACK,
    KINDS,
};

#define RANGES 256
#define PARTIES 8

struct party {
    uint16_t id;
    uint8_t permissions;
    uint8_t flags;
    uint64_t own[2];
    bool unlike; /* another composite than the first names */
};

struct piece {
    uint64_t address;
    uint32_t pages;
    uint32_t reserved;
};

/* A call, as it is meant. */
struct call_made {
    uint8_t kind;
    uint8_t who;
    uint16_t sender;
    uint16_t attributes;
    uint32_t flags;
    int of;         /* the handle that this call of the sequence was given, -1 for none, */
    uint64_t twist; /* and what it is changed by */
    uint64_t tag;
    unsigned count;
    struct party entry[PARTIES];
    uint8_t entry_bytes; /* 16 or 32; others are wrong */
    bool composite_off;  /* its offset is not aligned, or given where it must not be */
    uint8_t composite_reserved;
    uint32_t pages_said;
    uint32_t ranges_said;
    unsigned ranges;
    struct piece range[RANGES];
    unsigned now;  /* how many of these ranges come in this call, from `from` on */
    unsigned from; /* SEND_MORE */
    int bytes_more;
    uint64_t x3; /* of a 32-bit call the lower half */
    uint32_t w4;
    uint32_t offset; /* TELL_MORE: less than what was told */
    uint16_t named;  /* RELINQUISH: for whom */
    uint32_t named_count;
    uint8_t page; /* WRITE */
    uint8_t value;
    bool malformed; /* what is no description, whatever it says */
    bool may;       /* RIGHTS, PERMIT: it starts, at S-EL0 */
    bool longer;    /* a request, than its entries */
    bool forgets;   /* a send: it is not the one that gave way */
    bool goes_on;   /* SEND_MORE: with a send that gave way, which nobody was told the handle of */
};

#define RIGHT_READ 1
#define RIGHT_WRITE 2
#define RIGHT_EXECUTE 4
#define RIGHT_DEVICE 8 /* reached as a device */

struct page {
    uint64_t address;
    bool secure;
    bool device;
    uint8_t home; /* whose by manifest */
    uint8_t home_rights;
    uint8_t owner;
    uint8_t rights; /* that its owner has when it is its alone */
    int part_of;    /* a transaction, -1 */
    bool buffer;    /* part of a mailbox */
    uint16_t content;
    uint8_t
        access[ENDPOINTS]; /* RIGHT_* as tables have it: where a call gave way, not all or none */
};

/* RETURNING: its reclaim gave way. OVER: a donation that was not told whole. */
enum phase { UNUSED, SENDING, SENT, RETURNING, OVER };

/* What a borrower's call does that gave way: its pages come, or go, one after the other. */
enum doing { NOTHING, TAKES, FAILS, GIVES };

/* When its pages are zeroed: for the borrowers, as one gives up, as it comes back. */
enum cleaning { AT_FIRST, AS_GIVEN_UP, AS_RETURNED, CLEANINGS };

struct deal {
    enum phase phase;
    uint64_t handle;
    uint8_t kind;
    uint8_t who;
    uint16_t sender;
    uint16_t attributes;
    uint64_t tag;
    uint8_t rights; /* of its pages, as they were sent */
    bool device;    /* what they are */
    bool zero;
    bool zero_back;
    bool cleaned; /* once, before the first retrieval */
    uint8_t entry_bytes;
    unsigned count;
    struct party entry[PARTIES];
    bool has[PARTIES];
    uint8_t doing[PARTIES];
    uint8_t taken[PARTIES]; /* permissions */
    bool zero_after[PARTIES];
    uint32_t told[PARTIES];
    uint32_t told_world;       /* to the hypervisor */
    bool fails;                /* SENDING: a page cannot be sent, */
    uint32_t fails_at;         /* the one of this number */
    bool leaves;               /* a donation: pages have left the sender for good */
    bool is_back;              /* RETURNING: some of it */
    uint32_t clean[CLEANINGS]; /* so many of its pages are, while a call gives way */
    bool was_half;             /* RETURNING: it was not sent whole */
    uint32_t pages_said;
    uint32_t ranges_said;
    unsigned ranges;
    unsigned pages;
    struct piece range[RANGES];
};

#define PAGES_MAX 512

struct memory_book {
    const char *open; /* why the book does not say: more than it has room for */
    unsigned pages;
    uint32_t version[ENDPOINTS];
    bool dead[ENDPOINTS];
    bool absent[ENDPOINTS];  /* nobody's borrower */
    bool lingers[ENDPOINTS]; /* dead, and still on another CPU */
    bool rx_full[ENDPOINTS]; /* or not there */
    bool wants_ns[ENDPOINTS];
    struct page page[PAGES_MAX];
    struct deal deal[TRANSACTION_MAX];
};

/* What must follow. */
enum outcome {
    REFUSED,
    PLAIN,
    GIVEN_RIGHTS,
    GIVEN_HANDLE, /* of a new deal, or of one that is complete now */
    WANTS_MORE,   /* of its ranges */
    TOLD,         /* a description, of which the first part comes */
    TOLD_MORE,
};

struct verdict {
    enum outcome outcome;
    int status;        /* REFUSED */
    int deal;          /* else: -1 for none */
    unsigned borrower; /* TOLD, to a borrower */
    uint32_t rights;   /* GIVEN_RIGHTS, as the call has them */
    bool was_known;    /* the deal has its handle already */
};

uint16_t id_of(unsigned who);

struct verdict oracle_decide(struct memory_book *o, const struct call_made *c, uint64_t handle);

/* So much of a description was told to a borrower, or to the hypervisor, of a whole length. */
#define TO_WORLD PARTIES
void oracle_told(struct memory_book *o, int deal, unsigned borrower, uint32_t told,
                 uint32_t length);

/* RIGHT_* that a partition has to a page. */
unsigned oracle_rights(const struct memory_book *o, unsigned who, unsigned page);

void oracle_die(struct memory_book *o, unsigned who);
bool has_page(const struct deal *d, uint64_t address);
uint32_t number_in(const struct deal *d, uint64_t address); /* of its pages; UINT32_MAX: none */
void end_deal(struct memory_book *o, int deal);
void oracle_renew(struct memory_book *o, unsigned who);

int oracle_deal(const struct memory_book *o, uint64_t handle);
int oracle_page(const struct memory_book *o, uint64_t address);
bool oracle_is_held(const struct deal *d);

#endif
