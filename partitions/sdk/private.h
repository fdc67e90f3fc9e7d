/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parts of the SDK know of each other, and of the image as partition.ld
 * lays it out: four runs of whole pages, each with rights of its own.
 */
#ifndef PARTITIONS_SDK_PRIVATE_H
#define PARTITIONS_SDK_PRIVATE_H

#include "partitions/sdk/sdk.h"

extern const uint8_t sdk_image[];  /* code, from _start */
extern const uint8_t sdk_rodata[]; /* constants */
extern uint8_t sdk_data[];         /* variables, the translation tables among them */
extern struct sdk_stack sdk_stacks[];
extern const struct sdk_stack sdk_stacks_end[];

/* As sdk_map, by whole gigabytes, unless some of one is mapped by smaller pieces. */
bool sdk_map_around(uint64_t address, uint64_t size, uint64_t attributes);

/* Called from entry.S. */
void sdk_map_image(void);
void sdk_serve_secondary(void);
void sdk_exception(unsigned int kind, struct sdk_exception *exception);

/* Where the SPMC starts secondary contexts. */
void sdk_secondary_start(void);

#endif
