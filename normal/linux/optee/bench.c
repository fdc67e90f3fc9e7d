/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Round trips to trusted applications that OP-TEE's test suite brings: a command that does nothing
 * to speak of, and a buffer of 1 MiB that is shared for one command. Each round trip lies between
 * two marks for the plugin that counts instructions (tests/bench/plugin.c), and each answer is
 * checked.
 *
 *     bench NAME least COUNT right|wrong
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tee_client_api.h>

#include "tests/bench/mark.h"

#define WARMING 4
#define BUFFER_SIZE 0x100000
#define PAGE_SIZE 0x1000

/* Its command says how many sessions came before this one. */
static const TEEC_UUID sims_uuid = {
    0xe6a33ed4, 0x562b, 0x463a, {0xbb, 0x7e, 0xff, 0x5e, 0x15, 0xa4, 0x93, 0xc8}};
#define SIMS_GET_COUNTER 3

/* Its command adds one to the first word of a buffer, says the sum, counts some rounds (here none)
 * and takes one away. */
static const TEEC_UUID concurrent_uuid = {
    0xe13010e0, 0x2ae1, 0x11e5, {0x89, 0x6a, 0x00, 0x02, 0xa5, 0xd5, 0xc5, 0x1b}};
#define CONCURRENT_BUSY_LOOP 0

static TEEC_Context tee;
static TEEC_Session sims, concurrent;
static void *own_buffer;

static bool null_invocation(uint32_t number)
{
    TEEC_Operation operation = {
        .paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE)};

    operation.params[0].value.a = number + 1;
    return TEEC_InvokeCommand(&sims, SIMS_GET_COUNTER, &operation, NULL) == TEEC_SUCCESS &&
           operation.params[0].value.a == 0;
}

/* The trusted application reads and writes in the buffer, and puts back what was there. */
static bool invoke_with(TEEC_SharedMemory *memory, uint32_t number)
{
    TEEC_Operation operation = {
        .paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_WHOLE, TEEC_VALUE_INOUT, TEEC_NONE, TEEC_NONE)};
    uint32_t *word = memory->buffer;

    *word = number;
    operation.params[0].memref.parent = memory;
    return TEEC_InvokeCommand(&concurrent, CONCURRENT_BUSY_LOOP, &operation, NULL) ==
               TEEC_SUCCESS &&
           operation.params[1].value.b == number + 1 && *word == number;
}

static bool driver_buffer(uint32_t number)
{
    TEEC_SharedMemory memory = {.size = BUFFER_SIZE, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
    bool right;

    if (TEEC_AllocateSharedMemory(&tee, &memory) != TEEC_SUCCESS)
        return false;
    right = invoke_with(&memory, number);
    TEEC_ReleaseSharedMemory(&memory);
    return right;
}

static bool client_buffer(uint32_t number)
{
    TEEC_SharedMemory memory = {
        .buffer = own_buffer, .size = BUFFER_SIZE, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
    bool right;

    if (TEEC_RegisterSharedMemory(&tee, &memory) != TEEC_SUCCESS)
        return false;
    right = invoke_with(&memory, number);
    TEEC_ReleaseSharedMemory(&memory);
    return right;
}

static void measure(const char *name, uint32_t count, bool (*round_trip)(uint32_t number))
{
    bool right = true;

    for (uint32_t i = 0; i < WARMING; i++)
        right &= round_trip(i);
    for (uint32_t i = 0; i < count; i++) {
        MARK(MARK_BEGIN);
        right &= round_trip(i);
        MARK(MARK_END);
    }
    printf("bench %s least %u %s\n", name, count, right ? "right" : "wrong");
}

static void need(const char *what, bool good)
{
    if (good)
        return;
    printf("Bail out! %s\n", what);
    exit(1);
}

static void open_session(TEEC_Session *session, const TEEC_UUID *application)
{
    need("a trusted application does not open",
         TEEC_OpenSession(&tee, session, application, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL) ==
             TEEC_SUCCESS);
}

/* The plugin counts each CPU by itself. */
static void stay_on_one_cpu(void)
{
    cpu_set_t first;

    CPU_ZERO(&first);
    CPU_SET(0, &first);
    need("no CPU 0", sched_setaffinity(0, sizeof(first), &first) == 0);
}

int main(void)
{
    stay_on_one_cpu();
    own_buffer = aligned_alloc(PAGE_SIZE, BUFFER_SIZE);
    need("no memory", own_buffer);
    memset(own_buffer, 0xff, BUFFER_SIZE); /* all pages are there */
    need("no OP-TEE", TEEC_InitializeContext(NULL, &tee) == TEEC_SUCCESS);
    open_session(&sims, &sims_uuid);
    open_session(&concurrent, &concurrent_uuid);
    measure("optee_null", 64, null_invocation);
    measure("optee_share_1_mib", 16, driver_buffer);
    measure("optee_share_256_pages", 16, client_buffer);
    TEEC_CloseSession(&concurrent);
    TEEC_CloseSession(&sims);
    TEEC_FinalizeContext(&tee);
    return 0;
}
