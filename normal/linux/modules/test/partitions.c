// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding to the demo partitions, and how tests talk to them.
 */
#include <linux/module.h>

#include "bulkhead.h"
#include "partitions.h"

/* A UUID's bytes from the four little-endian words in which FF-A carries it. */
#define WORD_BYTES(w) (w) & 0xff, (w) >> 8 & 0xff, (w) >> 16 & 0xff, (w) >> 24 & 0xff
#define UUID_OF_WORDS(w0, w1, w2, w3)                                                              \
	{                                                                                          \
		.uuid = {.b = { WORD_BYTES(w0), WORD_BYTES(w1), WORD_BYTES(w2), WORD_BYTES(w3) } } \
	}
#define UUID_OF(words) UUID_OF_WORDS(words)

const struct ffa_device_id demo_ids[KNOWN_PARTITIONS + 1] = {
	[ECHO] = UUID_OF(ECHO_UUID),
	[VAULT] = UUID_OF(VAULT_UUID),
	[TICKER] = UUID_OF(TICKER_UUID),
	[COURIER] = UUID_OF(COURIER_UUID),
	[CRASHER] = UUID_OF(CRASHER_UUID),
	[CRASHER_MP] = UUID_OF(CRASHER_MP_UUID),
	[CRASHER_QUEUED] = UUID_OF(CRASHER_QUEUED_UUID),
	[PHOENIX_MP] = UUID_OF(PHOENIX_MP_UUID),
	[PHOENIX_QUEUED] = UUID_OF(PHOENIX_QUEUED_UUID),
};
MODULE_DEVICE_TABLE(arm_ffa, demo_ids);

struct demo_partition demo[KNOWN_PARTITIONS] = {
	[ECHO] = { "echo" },
	[VAULT] = { "vault" },
	[TICKER] = { "ticker" },
	[COURIER] = { "courier" },
	[CRASHER] = { "crasher" },
	[CRASHER_MP] = { "crasher_mp" },
	[CRASHER_QUEUED] = { "crasher_queued" },
	[PHOENIX_MP] = { "phoenix_mp" },
	[PHOENIX_QUEUED] = { "phoenix_queued" },
};

static int demo_probe(struct ffa_device *device)
{
	enum demo i;

	for (i = 0; i < KNOWN_PARTITIONS; i++) {
		if (!uuid_equal(&device->uuid, &demo_ids[i].uuid))
			continue;
		if (demo[i].bound++ == 0)
			demo[i].device = device;
		return 0;
	}
	return -ENODEV;
}

static void demo_remove(struct ffa_device *device)
{
	enum demo i;

	for (i = 0; i < KNOWN_PARTITIONS; i++)
		if (demo[i].device == device)
			demo[i].device = NULL;
}

static struct ffa_driver demo_driver = {
	.name = KBUILD_MODNAME,
	.probe = demo_probe,
	.remove = demo_remove,
	.id_table = demo_ids,
};

int demo_bind(void)
{
	return ffa_register(&demo_driver);
}

void demo_unbind(void)
{
	ffa_unregister(&demo_driver);
}

int demo_send(enum demo to, struct words *words)
{
	struct ffa_device *device = demo[to].device;
	struct ffa_send_direct_data data = { words->x3, words->x4, words->x5, words->x6,
					     words->x7 };
	int error;

	if (!device)
		return -ENODEV;
	bulkhead_message_begin(device->vm_id);
	error = device->ops->msg_ops->sync_send_receive(device, &data);
	bulkhead_message_end(device->vm_id);
	*words = (struct words){ data.data0, data.data1, data.data2, data.data3, data.data4 };
	return error;
}

struct words demo_ask_words(struct tap *t, enum demo to, struct words words)
{
	u64 command = words.x3;
	int error = demo_send(to, &words);

	if (error) {
		tap_fail(t, "%s, command %llu, CPU %u: %pe", demo[to].name, command,
			 raw_smp_processor_id(), ERR_PTR(error));
		words.x3 = DEMO_SILENT;
	}
	return words;
}
