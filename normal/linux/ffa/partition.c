/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What partitions are called. FF-A knows ids and UUIDs; names come from whoever booted
 * the machine, in the device tree: strings "NAME UUID", one after the other.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ffa.h"

#define NAMES_FILE "/sys/firmware/devicetree/base/chosen/bulkhead,partitions"
#define NAMES_BYTES 4096

/* The list, read once; empty where nobody gave names. An empty string ends it. */
static char *names(void)
{
    static char list[NAMES_BYTES + 2];
    static bool read;
    FILE *file;

    if (!read && (file = fopen(NAMES_FILE, "r")) != NULL) {
        if (fread(list, 1, NAMES_BYTES, file) == 0)
            list[0] = '\0';
        fclose(file);
    }
    read = true;
    return list;
}

const char *partition_name(const struct bulkhead_partition *partition)
{
    static char name[NAMES_BYTES];
    char uuid[UUID_TEXT];

    format_uuid(partition->uuid, uuid);
    for (const char *entry = names(); *entry != '\0'; entry += strlen(entry) + 1) {
        const char *space = strchr(entry, ' ');

        if (space != NULL && strcasecmp(space + 1, uuid) == 0) {
            snprintf(name, sizeof(name), "%.*s", (int)(space - entry), entry);
            return name;
        }
    }
    return "-";
}

void format_uuid(const uint8_t uuid[16], char text[UUID_TEXT])
{
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *text++ = '-';
        text += sprintf(text, "%02x", uuid[i]);
    }
}

static bool is_called(const struct bulkhead_partition *partition, const char *what)
{
    char uuid[UUID_TEXT];
    uint64_t id;

    if (parse_number(what, &id))
        return id == partition->id;
    format_uuid(partition->uuid, uuid);
    return strcasecmp(what, uuid) == 0 ||
           (strcmp(what, "-") != 0 && strcmp(what, partition_name(partition)) == 0);
}

const struct bulkhead_partition *find_partition(const char *what)
{
    uint32_t count;
    const struct bulkhead_partition *partitions = all_partitions(&count);

    for (uint32_t i = 0; i < count; i++) {
        if (is_called(&partitions[i], what))
            return &partitions[i];
    }
    fail("there is no partition '%s'; 'ffa list' shows those there are", what);
}
