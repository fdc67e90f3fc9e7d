/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * echo: gives back what it gets. It answers each direct request, of either kind, with the payload
 * it came with; sends each message that comes into its RX buffer back to the sender; returns each
 * notification of the Normal world; and shows how a partition finds its own manifest.
 */
#include "partitions/sdk/sdk.h"

SDK_CONTEXTS(1);

static uint16_t own_id;

static void echo(struct ffa_regs *message)
{
    (void)message; /* the payload is in place already */
}

/* RX is free again before the answer leaves, as the next message may come at once. */
static void send_back(void)
{
    static uint8_t payload[SDK_MESSAGE];
    uint16_t sender;
    size_t size = sdk_mailbox_read(&sender, payload, sizeof(payload));
    int32_t status;

    ffa_rx_release();
    status = sdk_mailbox_send(own_id, sender, payload, size);
    if (status != FFA_OK)
        sdk_printf("echo: no way back to 0x%x: %d\n", sender, status);
}

/* One by one: each that the Normal world has not bound to this partition is refused. */
static void notify_back(uint64_t bits)
{
    for (uint64_t rest = bits; rest != 0; rest &= rest - 1)
        ffa_notification_set(own_id, FFA_ID_NORMAL_WORLD, 0, rest & -rest);
}

/* Something waits for this partition: a message, or notifications. */
void partition_interrupt(uint32_t intid)
{
    const uint32_t all =
        FFA_NOTIFICATION_FROM_VMS | FFA_NOTIFICATION_FROM_SPM | FFA_NOTIFICATION_FROM_HYPERVISOR;
    struct ffa_notifications pending;

    if (intid != HF_INTID_NOTIFICATION || ffa_notification_get(own_id, 0, all, &pending) != FFA_OK)
        return;
    if (pending.framework != 0)
        send_back();
    notify_back(pending.from_vms);
}

void partition_main(const struct ffa_boot_info_header *boot)
{
    const uint8_t *blob = (const uint8_t *)boot;
    const struct ffa_boot_info_descriptor *manifest =
        (const void *)(blob + boot->descriptor_offset);

    sdk_printf("echo: %u bytes of manifest at 0x%lx\n", manifest->size, manifest->content);
    own_id = (uint16_t)ffa_id_get();
    sdk_mailbox_map();
    ffa_notification_bind(FFA_ID_NORMAL_WORLD, own_id, 0, UINT64_MAX);
    sdk_serve(echo);
}
