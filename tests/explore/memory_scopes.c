/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory searches: which two pages, which sends, what else. */
#include "explore/memory.h"
#include "support/world.h"

#define SHARE FFA_MEMORY_SHARED
#define LEND FFA_MEMORY_LENT
#define DONATE FFA_MEMORY_DONATED
#define RO FFA_ACCESS_RO
#define RW FFA_ACCESS_RW

/* Of UP's package; and of UP's, in the 2 MiB where the queued partition's package is. */
#define SECURE_PAGE (WORLD_LOAD(WORLD_UP) + 0xe000)
#define SECURE_FAR (WORLD_LOAD(WORLD_QUEUED) + 0x10000)
#define NORMAL_PAGE 0x40040000ULL
#define NORMAL_OTHER 0x40042000ULL

static const struct send of_each[] = {
    {SHARE, TO_NEXT, RW, false, 1, 1, 0}, {SHARE, TO_BOTH, RO, false, 1, 1, 0},
    {LEND, TO_LAST, RW, false, 1, 1, 0},  {DONATE, TO_NEXT, 0, false, 1, 1, 0},
    {LEND, TO_SELF, RW, false, 1, 1, 0},  {0}};
static const struct send cleaned[] = {{SHARE, TO_NEXT, RW, false, 1, 1, 0},
                                      {LEND, TO_BOTH, RW, true, 1, 1, 0},
                                      {DONATE, TO_NEXT, 0, true, 1, 1, 0},
                                      {0}};
static const struct send mortal[] = {
    {LEND, TO_NEXT, RW, true, 1, 1, 0}, {DONATE, TO_NEXT, 0, false, 1, 1, 0}, {0}};
static const struct send parts[] = {{SHARE, TO_NEXT, RW, false, 1, 1, 0},
                                    {LEND, TO_NEXT, RW, true, 2, 2, 1},
                                    {SHARE, TO_BOTH, RW, false, 2, 1, 1},
                                    {DONATE, TO_LAST, 0, false, 2, 2, 1},
                                    {LEND, TO_BOTH, RW, false, 2, 2, 0},
                                    {SHARE, TO_LAST, RO, false, 2, 2, ELSEWHERE},
                                    {0}};
/* The same, but the first part of one has no range. */
static const struct send normal_parts[] = {{SHARE, TO_NEXT, RW, false, 1, 1, 0},
                                           {LEND, TO_NEXT, RW, true, 2, 0, 1},
                                           {SHARE, TO_BOTH, RW, false, 2, 1, 1},
                                           {DONATE, TO_LAST, 0, false, 2, 2, 1},
                                           {LEND, TO_BOTH, RW, false, 2, 2, 0},
                                           {SHARE, TO_LAST, RO, false, 2, 2, ELSEWHERE},
                                           {0}};
static const struct send few_parts[] = {
    {LEND, TO_BOTH, RW, false, 2, 1, 1}, {DONATE, TO_NEXT, 0, false, 2, 2, 1}, {0}};
static const struct send mortal_parts[] = {
    {LEND, TO_BOTH, RW, false, 2, 2, 1}, {DONATE, TO_NEXT, 0, false, 2, 2, 1}, {0}};
static const struct send normal_mortal_parts[] = {
    {LEND, TO_NEXT, RW, false, 2, 1, 1}, {DONATE, TO_NEXT, 0, false, 2, 2, 1}, {0}};

const struct memory_scope memory_scopes[] = {
    {"a page of a partition and one of the Normal world",
     {SECURE_PAGE, NORMAL_PAGE},
     WITH_CHOICES,
     1,
     of_each},
    {"the same, cleaned", {SECURE_PAGE, NORMAL_PAGE}, WITH_CLEANING, 1, cleaned},
    {"the same, with deaths", {SECURE_PAGE, NORMAL_PAGE}, WITH_DEATHS | WITH_CLEANING, 1, mortal},
    {"two pages of a partition, in parts",
     {SECURE_FAR, SECURE_PAGE},
     WITH_PARTS | WITH_CHOICES | WITH_SECOND,
     1,
     parts},
    {"two pages of the Normal world, in parts",
     {NORMAL_PAGE, NORMAL_OTHER},
     WITH_PARTS | WITH_CHOICES,
     1,
     normal_parts},
    {"two pages of a partition, in parts, with full buffers",
     {SECURE_FAR, SECURE_PAGE},
     WITH_PARTS | WITH_BUSY,
     1,
     few_parts},
    {"two pages of the Normal world, in parts, with full buffers",
     {NORMAL_PAGE, NORMAL_OTHER},
     WITH_PARTS | WITH_BUSY,
     1,
     few_parts},
    {"two pages of a partition, in parts, with deaths",
     {SECURE_FAR, SECURE_PAGE},
     WITH_PARTS | WITH_DEATHS,
     1,
     mortal_parts},
    {"two pages of the Normal world, in parts, with deaths",
     {NORMAL_PAGE, NORMAL_OTHER},
     WITH_PARTS | WITH_DEATHS,
     1,
     normal_mortal_parts},
};
const unsigned memory_scope_count = sizeof(memory_scopes) / sizeof(memory_scopes[0]);
