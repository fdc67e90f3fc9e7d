/* SPDX-License-Identifier: BSD-3-Clause */
/* A page for messages to send and one for those that come: in partitions that use them. */
#include "partitions/sdk/sdk.h"

uint8_t sdk_tx[SDK_PAGE] __attribute__((aligned(SDK_PAGE)));
uint8_t sdk_rx[SDK_PAGE] __attribute__((aligned(SDK_PAGE)));

int32_t sdk_mailbox_map(void)
{
    return ffa_rxtx_map(sdk_tx, sdk_rx, 1);
}

int32_t sdk_mailbox_send(uint16_t sender, uint16_t receiver, const void *payload, size_t size)
{
    struct ffa_message_header header = {
        .offset = sizeof(header), .receiver = receiver, .sender = sender, .size = (uint32_t)size};

    if (size > SDK_MESSAGE)
        return FFA_INVALID_PARAMETERS;
    memcpy(sdk_tx, &header, sizeof(header));
    memcpy(sdk_tx + sizeof(header), payload, size);
    return ffa_msg_send2(0);
}

/* Sound, as the SPMC has checked it; nobody writes to RX until it is released. */
size_t sdk_mailbox_read(uint16_t *sender, void *payload, size_t room)
{
    struct ffa_message_header header;

    memcpy(&header, sdk_rx, sizeof(header));
    *sender = header.sender;
    if (header.size < room)
        room = header.size;
    memcpy(payload, sdk_rx + header.offset, room);
    return room;
}
