/* Notes the length of each append-only file at its last completed sync: what a power cut would leave of it.

   LD_PRELOADed into the server. The length goes to a file of the same name in $SYNCED_LENGTHS. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int sync_and_note(int fd, const char *name) {
    char link[64], path[4096], target[8192], text[32];
    struct stat before;
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *folder = getenv("SYNCED_LENGTHS");

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    /* before the sync: what is appended while it runs may be lost */
    int is_known = fstat(fd, &before) == 0;
    int result = sync(fd);
    const char *base = strrchr(path, '/');
    if (result == 0 && is_known && folder && base && strstr(base, ".aof")) {
        snprintf(target, sizeof target, "%s%s", folder, base);
        int note = open(target, O_WRONLY | O_CREAT, 0600);
        if (note >= 0) {
            snprintf(text, sizeof text, "%20lld", (long long)before.st_size);
            if (pwrite(note, text, 20, 0) != 20) abort();
            close(note);
        }
    }
    return result;
}

int fdatasync(int fd) { return sync_and_note(fd, "fdatasync"); }
int fsync(int fd) { return sync_and_note(fd, "fsync"); }
