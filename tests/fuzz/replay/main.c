/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a fuzzer's inputs without a fuzzer: to measure what the corpus reaches. Files and folders.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_BYTES_MAX (1U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_file(const char *path)
{
    static uint8_t data[INPUT_BYTES_MAX];
    FILE *file = fopen(path, "rb");
    size_t size;
    uint8_t *input;

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    size = fread(data, 1, sizeof(data), file);
    fclose(file);
    input = malloc(size > 0 ? size : 1); /* what is read behind it is found */
    for (size_t i = 0; i < size; i++)
        input[i] = data[i];
    LLVMFuzzerTestOneInput(input, size);
    free(input);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int run(const char *path)
{
    struct dirent **entry;
    int count = scandir(path, &entry, is_visible, alphasort);

    if (count < 0) {
        run_file(path);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        char name[4096];
        snprintf(name, sizeof(name), "%s/%s", path, entry[i]->d_name);
        run_file(name);
        free(entry[i]);
    }
    free(entry);
    return count;
}

int main(int count, char **path)
{
    int inputs = 0;

    for (int i = 1; i < count; i++)
        inputs += run(path[i]);
    printf("%d inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}
