/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text on either side of a message: numbers, short strings packed into
 * registers, and what statuses mean.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/demo.h"
#include "abi/ffa.h"
#include "ffa.h"

bool parse_number(const char *text, uint64_t *number)
{
    bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hexadecimal ? text + 2 : text;
    char *end;

    if (!isxdigit((unsigned char)*digits)) /* strtoull would take spaces and signs */
        return false;
    errno = 0;
    *number = strtoull(digits, &end, hexadecimal ? 16 : 10);
    return *end == '\0' && end != digits && errno == 0;
}

void pack_text(const char *what, const char *text, uint64_t *words, size_t word_count)
{
    size_t length = strlen(text), room = word_count * sizeof(*words);

    if (length == 0 || length > room)
        misuse("a %s has 1 to %zu characters, '%s' has %zu", what, room, text, length);
    memset(words, 0, room);
    memcpy(words, text, length);
}

/* Whoever put it there need not have put text: the rest is shown as numbers. */
void print_packed(const uint64_t *words, size_t word_count)
{
    const unsigned char *bytes = (const unsigned char *)words;
    size_t length = word_count * sizeof(*words);

    while (length > 0 && bytes[length - 1] == 0)
        length--;
    for (size_t i = 0; i < length; i++)
        printf(isprint(bytes[i]) && bytes[i] != '\\' ? "%c" : "\\x%02x", bytes[i]);
    printf("\n");
}

const char *status_text(int ffa_status)
{
    static const char *const text[] = {
        [0] = "SUCCESS",
        [-FFA_NOT_SUPPORTED] = "NOT_SUPPORTED",
        [-FFA_INVALID_PARAMETERS] = "INVALID_PARAMETERS",
        [-FFA_NO_MEMORY] = "NO_MEMORY",
        [-FFA_BUSY] = "BUSY (it works for somebody else)",
        [-FFA_INTERRUPTED] = "INTERRUPTED",
        [-FFA_DENIED] = "DENIED",
        [-FFA_RETRY] = "RETRY",
        [-FFA_ABORTED] = "ABORTED (it is dead)",
        [-FFA_NO_DATA] = "NO_DATA",
        [-FFA_NOT_READY] = "NOT_READY",
    };

    if (ffa_status > 0 || ffa_status < FFA_NOT_READY)
        return "an unknown status";
    return text[-ffa_status];
}

const char *demo_status_text(uint64_t status)
{
    static const char *const text[] = {
        [DEMO_OK] = "ok",
        [DEMO_UNKNOWN_COMMAND] = "it does not know the command",
        [DEMO_NOT_FOUND] = "there is no such name",
        [DEMO_FULL] = "it is full",
        [DEMO_BAD_ARGUMENT] = "it refuses the argument",
        [DEMO_TOO_LARGE] = "it is too large for that",
    };

    return status < sizeof(text) / sizeof(text[0]) ? text[status] : "an unknown status";
}

void require_demo_ok(const char *who, const struct bulkhead_message *answer)
{
    if (answer->word[0] == DEMO_REFUSED)
        fail("%s was refused what it needed: %s", who, status_text((int32_t)answer->word[1]));
    if (answer->word[0] != DEMO_OK)
        fail("%s: %s", who, demo_status_text(answer->word[0]));
}

size_t read_file(const char *name, void *to, size_t room)
{
    FILE *file = fopen(name, "rb");
    size_t size;
    bool more;

    if (file == NULL)
        fail("%s: %s", name, strerror(errno));
    size = fread(to, 1, room, file);
    more = size == room && fgetc(file) != EOF;
    if (ferror(file))
        fail("%s: %s", name, strerror(errno));
    fclose(file);
    if (size == 0 || more)
        fail("%s: a file of 1 to %zu bytes is expected", name, room);
    return size;
}
