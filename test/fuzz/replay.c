/* In the place of libFuzzer: gives the program the files named, or those of the folders named, one
 * after the other, and prints TAP. */
#include "fuzz.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_SIZE = 4096 };

static int cases;

static void replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    struct stat info;
    if (file == NULL || fstat(fileno(file), &info) < 0) {
        perror(path);
        exit(1);
    }
    size_t size = (size_t) info.st_size;
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL || fread(data, 1, size, file) != size) {
        perror(path);
        exit(1);
    }
    fclose(file);
    fprintf(stderr, "# %s\n", path); /* the last one before a crash */
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    printf("ok %d - %s\n", ++cases, path);
    fflush(stdout);
}

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* In the order of their names. A folder that is not there is an empty one. */
static void replay_folder(const char *path) {
    struct dirent **entries;
    int count = scandir(path, &entries, visible, alphasort);
    for (int i = 0; i < count; i++) {
        char file[PATH_SIZE];
        int length = snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
        if (length < 0 || (size_t) length >= sizeof(file))
            exit(1);
        replay_file(file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

int main(int count, char **words) {
    for (int i = 1; i < count; i++) {
        struct stat info;
        if (stat(words[i], &info) == 0 && !S_ISDIR(info.st_mode))
            replay_file(words[i]);
        else
            replay_folder(words[i]);
    }
    printf("1..%d\n", cases);
    return cases == 0;
}
