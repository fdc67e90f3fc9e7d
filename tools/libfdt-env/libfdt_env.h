/*
 * What libfdt asks of its surroundings, in place of the file of that name that comes with it: byte
 * order, integer types, and the few string functions that its read-only half calls. There is no C
 * library at S-EL2.
 */
#ifndef LIBFDT_ENV_H
#define LIBFDT_ENV_H

/*
 * Left out: reading formats before version 17 (4: core/manifest.c refuses them), undoing of changes
 * (8: there are none), checks of libfdt against itself (32). All checks of what it reads stay.
 */
#define FDT_ASSUME_MASK 44

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *in, int byte, size_t size);
size_t strlen(const char *string);
size_t strnlen(const char *string, size_t limit);
char *strrchr(const char *string, int character);

typedef uint16_t fdt16_t;
typedef uint32_t fdt32_t;
typedef uint64_t fdt64_t;

/* A device tree is big-endian; every CPU that this builds for is little-endian. */
static inline uint16_t fdt16_to_cpu(fdt16_t value)
{
    return __builtin_bswap16(value);
}
static inline uint32_t fdt32_to_cpu(fdt32_t value)
{
    return __builtin_bswap32(value);
}
static inline uint64_t fdt64_to_cpu(fdt64_t value)
{
    return __builtin_bswap64(value);
}
static inline fdt16_t cpu_to_fdt16(uint16_t value)
{
    return __builtin_bswap16(value);
}
static inline fdt32_t cpu_to_fdt32(uint32_t value)
{
    return __builtin_bswap32(value);
}
static inline fdt64_t cpu_to_fdt64(uint64_t value)
{
    return __builtin_bswap64(value);
}

#endif
