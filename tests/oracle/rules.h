/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FF-A's rules for memory, written a second time: a list of pages that says whose each is, and a
 * list of transactions. No page tables, no registers, no layouts, and nothing of core/ but limits.
 */
#ifndef TESTS_ORACLE_RULES_H
#define TESTS_ORACLE_RULES_H

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
    WRITE, /* no call: who can writes to a page */
    DIE,
    COME_BACK,
    KINDS,
};

#define RANGES 8
#define PARTIES 4

struct party {
    uint16_t id;
    uint8_t permissions;
    uint8_t flags;
    uint64_t own[2];
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
    uint64_t x3; /* of which LEND and RETRIEVE_REQ, in 32 bits, have the lower half */
    uint32_t w4;
    uint32_t offset; /* TELL_MORE: less than what was told */
    uint16_t named;  /* RELINQUISH: for whom */
    uint32_t named_count;
    uint8_t page; /* WRITE */
    uint8_t value;
};

#define RIGHT_READ 1
#define RIGHT_WRITE 2
#define RIGHT_EXECUTE 4

struct page {
    uint64_t address;
    bool secure;
    uint8_t home; /* whose by manifest */
    uint8_t home_rights;
    uint8_t owner;
    uint8_t rights; /* that its owner has when it is its alone */
    int part_of;    /* a transaction, -1 */
    uint8_t content;
};

enum phase { UNUSED, SENDING, SENT, OVER };

struct deal {
    enum phase phase;
    uint64_t handle;
    uint8_t kind;
    uint8_t who;
    uint16_t sender;
    uint16_t attributes;
    uint64_t tag;
    bool zero;
    bool zero_back;
    bool cleaned; /* once, before the first retrieval */
    uint8_t entry_bytes;
    unsigned count;
    struct party entry[PARTIES];
    bool has[PARTIES];
    uint8_t taken[PARTIES]; /* permissions */
    bool zero_after[PARTIES];
    uint32_t told[PARTIES];
    uint32_t pages_said;
    uint32_t ranges_said;
    unsigned ranges;
    unsigned pages;
    struct piece range[RANGES];
};

#define PAGES_MAX 32

struct oracle {
    unsigned pages;
    struct page page[PAGES_MAX];
    struct deal deal[TRANSACTION_MAX];
    uint32_t version[ENDPOINTS];
    bool dead[ENDPOINTS];
    bool rx_full[ENDPOINTS];
};

/* What must follow. */
enum outcome {
    REFUSED,
    PLAIN,
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
    bool was_known;    /* the deal has its handle already */
};

uint16_t id_of(unsigned who);

struct verdict oracle_decide(struct oracle *o, const struct call_made *c, uint64_t handle);

/* So much of a description was told to a borrower, of a whole length. */
void oracle_told(struct oracle *o, int deal, unsigned borrower, uint32_t told, uint32_t length);

/* RIGHT_* that a partition has to a page. */
unsigned oracle_rights(const struct oracle *o, unsigned who, unsigned page);

int oracle_deal(const struct oracle *o, uint64_t handle);
int oracle_page(const struct oracle *o, uint64_t address);
bool oracle_is_held(const struct deal *d);

#endif
