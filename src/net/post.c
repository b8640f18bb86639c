#include "net/post.h"
#include <sio/error.h>
#include <stdlib.h>

struct sio__post_s {
    struct sio__post_s *next;
    sio__post_cb cb;
    void *owner, *data;
};

static void on_async(uv_async_t *async) {
    sio__posts_run(async->data);
}

int sio__posts_start(sio__posts_t *posts, sio__loop_t *loop) {
    int rc = uv_mutex_init(&posts->mutex);
    if (rc < 0)
        return rc;
    rc = uv_async_init(loop->uv, &posts->async, on_async);
    if (rc < 0) {
        uv_mutex_destroy(&posts->mutex);
        return rc;
    }
    posts->async.data = posts;
    uv_unref((uv_handle_t *) &posts->async);
    sio__loop_handle_opened(loop);
    posts->loop = loop;
    posts->first = NULL;
    posts->last = &posts->first;
    posts->closed = 0;
    return 0;
}

int sio__posts_add(sio__posts_t *posts, sio__post_cb cb, void *owner, void *data) {
    struct sio__post_s *post = malloc(sizeof(*post));
    if (post == NULL)
        return SIO_ENOMEM;
    *post = (struct sio__post_s){NULL, cb, owner, data};
    int rc = 0;
    uv_mutex_lock(&posts->mutex);
    if (posts->closed) {
        rc = SIO_ECLOSED;
    } else {
        *posts->last = post;
        posts->last = &post->next;
        rc = uv_async_send(&posts->async);
    }
    uv_mutex_unlock(&posts->mutex);
    if (rc == SIO_ECLOSED)
        free(post);
    /* uv_async_send fails only for a handle that is none. */
    return rc;
}

void sio__posts_close(sio__posts_t *posts) {
    uv_mutex_lock(&posts->mutex);
    posts->closed = 1;
    uv_mutex_unlock(&posts->mutex);
}

static struct sio__post_s *take(sio__posts_t *posts) {
    uv_mutex_lock(&posts->mutex);
    struct sio__post_s *post = posts->first;
    if (post != NULL) {
        posts->first = post->next;
        if (posts->first == NULL)
            posts->last = &posts->first;
    }
    uv_mutex_unlock(&posts->mutex);
    return post;
}

void sio__posts_run(sio__posts_t *posts) {
    struct sio__post_s *post, *last = NULL;
    if (posts->loop == NULL)
        return;
    /* Those that come meanwhile have their turn, too, but not in this call: the loop would
     * starve. */
    uv_mutex_lock(&posts->mutex);
    if (posts->first != NULL)
        last = (struct sio__post_s *) (void *) ((char *) posts->last -
                                                offsetof(struct sio__post_s, next));
    uv_mutex_unlock(&posts->mutex);
    while (last != NULL && (post = take(posts)) != NULL) {
        struct sio__post_s call = *post;
        if (post == last)
            last = NULL;
        free(post);
        call.cb(call.owner, call.data);
    }
}

static void on_closed(uv_handle_t *handle) {
    const sio__posts_t *posts = handle->data;
    sio__loop_handle_closed(posts->loop);
}

void sio__posts_stop(sio__posts_t *posts) {
    if (posts->loop == NULL)
        return;
    sio__posts_close(posts);
    struct sio__post_s *post;
    while ((post = take(posts)) != NULL)
        free(post);
    uv_close((uv_handle_t *) &posts->async, on_closed);
}

void sio__posts_destroy(sio__posts_t *posts) {
    if (posts->loop != NULL)
        uv_mutex_destroy(&posts->mutex);
    posts->loop = NULL;
}
