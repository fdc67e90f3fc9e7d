/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Found before TF-A's own file of this name: where BL2 loads BL33 to. The board's own address is
 * above 512 MiB of memory.
 */
#ifndef BULKHEAD_PLATFORM_DEF_H
#define BULKHEAD_PLATFORM_DEF_H

#include_next <platform_def.h>

#undef NS_IMAGE_OFFSET
#define NS_IMAGE_OFFSET ULL(BULKHEAD_BL33_BASE)

#endif
