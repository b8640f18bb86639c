#include "net/stale.h"

#ifdef _WIN32

size_t sio__pipe_name_max(void) {
    return 256;
}

int sio__pipe_remove_stale(const char *name) {
    (void) name;
    return 0;
}

#else

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

size_t sio__pipe_name_max(void) {
    return sizeof(((struct sockaddr_un *) 0)->sun_path) - 1;
}

/* Nonzero if a connection is refused: the socket's owner has gone. A full backlog or missing
 * rights mean that it has not. */
static int is_refused(const char *name) {
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return 0;
    memset(&address, 0, sizeof(address));
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, name, strlen(name) + 1);
    int refused = connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 &&
                  errno == ECONNREFUSED;
    close(fd);
    return refused;
}

int sio__pipe_remove_stale(const char *name) {
    struct stat info;
    /* A plain file refuses connections, too, and is not ours to remove. */
    if (lstat(name, &info) < 0 || !S_ISSOCK(info.st_mode))
        return 0;
    return is_refused(name) && unlink(name) == 0;
}

#endif
