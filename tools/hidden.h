/*
 * Included before every file of the target: no symbol of a bare-metal image is visible outside it,
 * so the compiler reaches each one relative to the PC, never through a table of absolute addresses
 * that early code could not use.
 */
#ifndef BULKHEAD_TOOLS_HIDDEN_H
#define BULKHEAD_TOOLS_HIDDEN_H

#pragma GCC visibility push(hidden)

#endif
