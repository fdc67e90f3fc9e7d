/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bulkhead.ko has for other modules that send messages. An interrupt stops a message,
 * and its sender resumes it by FFA_RUN; but FFA_RUN is also how bulkhead.ko runs a partition
 * for which a notification waits, and who resumes a message gets its answer. So it
 * runs a partition only while no message to it is under way: of those, there may be several.
 */
#ifndef BULKHEAD_H
#define BULKHEAD_H

#include <linux/types.h>

void bulkhead_message_begin(u16 partition);
void bulkhead_message_end(u16 partition);

#endif
