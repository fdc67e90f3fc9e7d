/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The demo partitions as an ordinary FF-A driver gets them: bound by UUID from
 * the bus, and asked with the driver's own synchronous call.
 */
#ifndef PARTITIONS_H
#define PARTITIONS_H

#include <linux/arm-smccc.h>
#include <linux/arm_ffa.h>

#include "demo.h"
#include "tap.h"

/* The last two are in the image of the soak alone, which has no courier. */
enum demo {
	ECHO,
	VAULT,
	TICKER,
	COURIER,
	CRASHER,
	CRASHER_MP,
	CRASHER_QUEUED,
	DEMO_PARTITIONS,
	PHOENIX_MP = DEMO_PARTITIONS,
	PHOENIX_QUEUED,
	KNOWN_PARTITIONS,
};

struct demo_partition {
	const char *name;
	struct ffa_device *device; /* NULL: not found */
	unsigned int bound; /* how often the bus offered one with this UUID */
};

extern struct demo_partition demo[KNOWN_PARTITIONS];
extern const struct ffa_device_id demo_ids[KNOWN_PARTITIONS + 1];

int demo_bind(void);
void demo_unbind(void);

/* The payload of a request to vault, ticker and crasher, and of their answers. */
struct words {
	u64 x3, x4, x5, x6, x7;
};

/* Sends `*words` and replaces them by the answer. Returns 0, or the driver's errno. */
int demo_send(enum demo to, struct words *words);

/*
 * The same, for a test: anything but an answer fails it. Returns the answer, whose
 * status (x3) is DEMO_SILENT when there was none.
 */
#define DEMO_SILENT (~0ULL)
struct words demo_ask_words(struct tap *t, enum demo to, struct words words);
#define demo_ask(t, to, ...) demo_ask_words(t, to, (struct words){ __VA_ARGS__ })

#endif
