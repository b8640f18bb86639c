/* Calls from other threads, made on the loop. */
#ifndef SIO__NET_POST_H
#define SIO__NET_POST_H

#include "net/loop.h"

typedef void (*sio__post_cb)(void *owner, void *data);

typedef struct {
    sio__loop_t *loop; /* NULL: not started */
    uv_async_t async;
    uv_mutex_t mutex;
    struct sio__post_s *first, **last;
    int closed;
} sio__posts_t;

int sio__posts_start(sio__posts_t *posts, sio__loop_t *loop);
/* Any thread: 0, SIO_ENOMEM or SIO_ECLOSED. */
int sio__posts_add(sio__posts_t *posts, sio__post_cb cb, void *owner, void *data);
/* No more are accepted. */
void sio__posts_close(sio__posts_t *posts);
/* Makes the calls that wait. */
void sio__posts_run(sio__posts_t *posts);
/* Drops what has not been called and closes the handle; sio__posts_destroy once that has closed. */
void sio__posts_stop(sio__posts_t *posts);
void sio__posts_destroy(sio__posts_t *posts);

#endif
