/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves: what `stage2_change` shows, of a partition at S-EL0, which has one table of stage 1
 *   for both spaces.
 * Bounds: one call, from any sound tables of a partition at S-EL0; tables of 2 entries instead
 *   of 512, so blocks of 2 pages and 8 pages in all: any 1 or 2 of them; any change that wants
 *   something of an entry, and leaves its address alone or removes all of it; a pool of 6
 *   tables.
 * Options: --sat-solver minisat2 --unwind 8 --unwindset stage2_change.0:3,change_entries.0:3
 *   -DTABLE_BITS=1 -DTABLE_MAX=7 -DPAGES=2 -DCPU_MAX=1 -DPARTITION_MAX=1 -DVM_MAX=1
 *   -DNOTIFY_VCPU_MAX=1 --unsigned-overflow-check
 */
#define S_EL0 1

#include "prove_stage2_change.c"
