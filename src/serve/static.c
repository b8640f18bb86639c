#include "serve/static.h"
#include "base/buf.h"
#include "net/date.h"
#include "net/response.h"
#include "net/url.h"
#include "serve/media.h"
#include "serve/precondition.h"
#include "serve/static_path.h"
#include <fcntl.h>
#include <sio/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PIECE = 64 * 1024 }; /* read at a time; at most two of them wait for the network */

#ifndef O_NONBLOCK
#define O_NONBLOCK 0 /* keeps the opening of a FIFO from waiting */
#endif
#ifndef O_NOCTTY
#define O_NOCTTY 0
#endif

typedef struct {
    char *root; /* resolved */
} folder_t;

/* One request: a chain of file operations, one at a time, in libuv's threads. */
typedef struct {
    uv_fs_t fs;
    sio__loop_t *loop;
    sio_http_request_t *request;
    sio_http_response_t *response; /* NULL: it has ended, or its peer has gone */
    char *root, *path;             /* what is looked up, then resolved */
    const char *type;              /* by the name that was asked for */
    uv_file file;                  /* -1: not open */
    uint64_t offset, left;         /* of what is to be sent */
    size_t have;                   /* bytes in the buffer */
    int busy;                      /* an operation is under way */
    char *buffer;
} job_t;

/* --- the life of a job ------------------------------------------------------------------------ */

static void free_job(job_t *job) {
    sio__loop_t *loop = job->loop;
    free(job->root);
    free(job->path);
    free(job->buffer);
    free(job);
    sio__loop_handle_closed(loop);
}

static void on_file_closed(uv_fs_t *fs) {
    job_t *job = fs->data;
    uv_fs_req_cleanup(fs);
    free_job(job);
}

/* Nothing is under way any more, and nothing will be. */
static void finish(job_t *job) {
    if (job->file < 0) {
        free_job(job);
        return;
    }
    uv_file file = job->file;
    job->file = -1;
    if (uv_fs_close(job->loop->uv, &job->fs, file, on_file_closed) < 0)
        free_job(job);
}

/* The peer has gone. */
static void on_lost(sio_http_response_t *response, void *data) {
    job_t *job = data;
    (void) response;
    job->response = NULL;
    if (!job->busy)
        finish(job);
}

/* Lets go of the response, which has been or is to be answered by the caller. */
static sio_http_response_t *take_response(job_t *job) {
    sio_http_response_t *response = job->response;
    job->response = NULL;
    if (response != NULL) {
        sio_http_on_close(response, NULL, NULL);
        sio_http_on_drain(response, NULL, NULL);
    }
    return response;
}

static void answer(job_t *job, int status) {
    sio__response_simple(take_response(job), status);
    finish(job);
}

/* The beginning of each operation's callback: its result, or the end of the job in its place
 * (then nonzero). */
static int completed(uv_fs_t *fs, job_t **job) {
    *job = fs->data;
    (*job)->busy = 0;
    if ((*job)->response != NULL)
        return 0;
    uv_fs_req_cleanup(fs);
    finish(*job);
    return 1;
}

/* After an operation was started: what to do if that has failed. */
static void started(job_t *job, int rc) {
    if (rc < 0)
        answer(job, 500);
    else
        job->busy = 1;
}

/* --- sending ---------------------------------------------------------------------------------- */

static void read_piece(job_t *job);

/* Sends what has been read, if the network has taken enough of what was sent before. */
static void send_piece(job_t *job) {
    if (sio_http_buffered(job->response) > PIECE)
        return; /* goes on when that has drained */
    size_t length = job->have;
    int last = job->left == length;
    job->have = 0;
    job->left -= length;
    if (last) {
        sio_http_response_t *response = take_response(job);
        if (sio_http_end(response, job->buffer, length) < 0)
            sio__response_abort(response);
        finish(job);
    } else if (sio_http_write(job->response, job->buffer, length) == 0) {
        read_piece(job);
    } else {
        sio__response_abort(take_response(job));
        finish(job);
    }
}

static void on_drain(sio_http_response_t *response, void *data) {
    job_t *job = data;
    (void) response;
    if (!job->busy && job->have > 0)
        send_piece(job);
}

static void on_read(uv_fs_t *fs) {
    job_t *job;
    ssize_t length = fs->result;
    if (completed(fs, &job))
        return;
    uv_fs_req_cleanup(fs);
    if (length <= 0) {
        /* It cannot be read, or has become shorter: what was announced cannot be sent. */
        sio__response_abort(take_response(job));
        finish(job);
        return;
    }
    job->offset += (uint64_t) length;
    job->have = (size_t) length;
    send_piece(job);
}

static void read_piece(job_t *job) {
    uint64_t length = job->left < PIECE ? job->left : PIECE;
    uv_buf_t buf = uv_buf_init(job->buffer, (unsigned) length);
    int rc = uv_fs_read(job->loop->uv, &job->fs, job->file, &buf, 1, (int64_t) job->offset,
                        on_read);
    if (rc == 0) {
        job->busy = 1;
        return;
    }
    sio__response_abort(take_response(job));
    finish(job);
}

/* --- the header ------------------------------------------------------------------------------- */

typedef struct {
    uint64_t size;
    int64_t modified;
    char etag[64];
} version_t;

static int put_headers(job_t *job, const version_t *version) {
    char date[SIO__DATE_LENGTH + 1];
    sio_http_response_t *response = job->response;
    sio__date_format(date, version->modified);
    int rc = sio_http_header(response, "ETag", version->etag);
    if (rc == 0)
        rc = sio_http_header(response, "Last-Modified", date);
    /* To be kept, and asked for again each time: this is what Node's static files say, too. */
    if (rc == 0)
        rc = sio_http_header(response, "Cache-Control", "public, max-age=0");
    if (rc == 0)
        rc = sio_http_header(response, "Accept-Ranges", "bytes");
    return rc;
}

static int put_range(job_t *job, sio__range_t range, uint64_t size) {
    char text[96];
    if (range == SIO__RANGE_WHOLE)
        return 0;
    if (range == SIO__RANGE_PART)
        snprintf(text, sizeof(text), "bytes %llu-%llu/%llu", (unsigned long long) job->offset,
                 (unsigned long long) (job->offset + job->left - 1), (unsigned long long) size);
    else
        snprintf(text, sizeof(text), "bytes */%llu", (unsigned long long) size);
    sio_http_status(job->response, range == SIO__RANGE_PART ? 206 : 416);
    return sio_http_header(job->response, "Content-Range", text);
}

/* Ends the response with a header alone; `announced` is the length of the body it stands for. */
static void end_without_body(job_t *job, uint64_t announced) {
    sio_http_response_t *response = take_response(job);
    if (sio__response_end_header(response, announced) < 0)
        sio__response_abort(response);
    finish(job);
}

static void start_sending(job_t *job, const version_t *version) {
    sio__range_t range = SIO__RANGE_WHOLE;
    int is_head = strcmp(sio_http_method(job->request), "HEAD") == 0;
    int rc = put_headers(job, version);
    if (rc == 0 && sio__not_modified(job->request, version->etag, version->modified)) {
        sio_http_status(job->response, 304);
        end_without_body(job, 0);
        return;
    }
    job->left = version->size;
    if (!is_head)
        range = sio__range(job->request, version->etag, version->modified, version->size,
                           &job->offset, &job->left);
    if (rc == 0)
        rc = put_range(job, range, version->size);
    if (rc == 0 && range == SIO__RANGE_NONE) {
        end_without_body(job, 0);
        return;
    }
    if (rc == 0)
        rc = sio_http_header(job->response, "Content-Type", job->type);
    if (rc == 0 && (is_head || job->left == 0)) {
        end_without_body(job, job->left);
        return;
    }
    job->buffer = rc == 0 ? malloc(job->left < PIECE ? (size_t) job->left : PIECE) : NULL;
    if (job->buffer == NULL || sio__response_set_length(job->response, job->left) < 0) {
        sio__response_abort(take_response(job));
        finish(job);
        return;
    }
    sio_http_on_drain(job->response, on_drain, job);
    read_piece(job);
}

/* --- finding the file ------------------------------------------------------------------------- */

/* To the same URL with a slash, so that relative links work. Relative itself, because a
 * proxy may have changed what is in front; the "./" keeps a colon in the name from making it
 * something else. */
static void redirect(sio_http_request_t *request, sio_http_response_t *response) {
    const char *url = sio_http_url(request), *path;
    size_t length = sio__url_path(url, &path);
    const char *name = path + length;
    while (name > path && name[-1] != '/')
        name--;
    sio__buf_t location = {0};
    const char *query = path + length;
    int rc = sio__buf_puts(&location, "./");
    if (rc == 0)
        rc = sio__buf_append(&location, name, (size_t) (path + length - name));
    if (rc == 0)
        rc = sio__buf_puts(&location, "/");
    if (rc == 0)
        rc = sio__buf_append(&location, query, strcspn(query, "#"));
    if (rc == 0)
        rc = sio__buf_append(&location, "", 1);
    if (rc == 0)
        rc = sio_http_header(response, "Location", location.data);
    sio__buf_free(&location);
    sio__response_simple(response, rc == 0 ? 301 : 500);
}

static void make_version(const uv_stat_t *stat, version_t *version) {
    int64_t seconds = (int64_t) stat->st_mtim.tv_sec;
    version->size = stat->st_size;
    version->modified = seconds > 0 ? seconds : 0;
    snprintf(version->etag, sizeof(version->etag), "\"%llx-%llx-%llx\"",
             (unsigned long long) stat->st_size, (unsigned long long) seconds,
             (unsigned long long) stat->st_mtim.tv_nsec);
}

static void on_stat(uv_fs_t *fs) {
    job_t *job;
    if (completed(fs, &job))
        return;
    ssize_t rc = fs->result;
    uv_stat_t stat = fs->statbuf;
    uv_fs_req_cleanup(fs);
    if (rc == 0 && (stat.st_mode & S_IFMT) == S_IFDIR) {
        redirect(job->request, take_response(job));
        finish(job);
    } else if (rc < 0 || (stat.st_mode & S_IFMT) != S_IFREG) {
        answer(job, 404);
    } else {
        version_t version;
        make_version(&stat, &version);
        start_sending(job, &version);
    }
}

static void on_open(uv_fs_t *fs) {
    job_t *job = fs->data;
    ssize_t file = fs->result;
    if (file >= 0)
        job->file = (uv_file) file;
    if (completed(fs, &job))
        return;
    uv_fs_req_cleanup(fs);
    if (file < 0)
        answer(job, file == UV_EMFILE || file == UV_ENFILE || file == UV_ENOMEM ? 503 : 404);
    else
        started(job, uv_fs_fstat(job->loop->uv, &job->fs, job->file, on_stat));
}

/* The name without its links. */
static void on_resolved(uv_fs_t *fs) {
    job_t *job;
    if (completed(fs, &job))
        return;
    const char *resolved = fs->result >= 0 ? fs->ptr : NULL;
    char *path = NULL;
    if (resolved != NULL && sio__static_path_inside(job->root, resolved)) {
        path = malloc(strlen(resolved) + 1);
        if (path != NULL)
            strcpy(path, resolved);
    }
    uv_fs_req_cleanup(fs);
    if (path == NULL) {
        answer(job, 404);
        return;
    }
    free(job->path);
    job->path = path;
    started(job, uv_fs_open(job->loop->uv, &job->fs, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0,
                            on_open));
}

/* --- the route -------------------------------------------------------------------------------- */

static job_t *new_job(const folder_t *folder, sio_http_request_t *request,
                      sio_http_response_t *response) {
    job_t *job = calloc(1, sizeof(*job));
    if (job == NULL)
        return NULL;
    job->root = malloc(strlen(folder->root) + 1);
    job->path = sio__static_path_join(folder->root, sio_http_rest(request));
    if (job->root == NULL || job->path == NULL) {
        free(job->root);
        free(job->path);
        free(job);
        return NULL;
    }
    strcpy(job->root, folder->root);
    job->type = sio__media_type(job->path);
    job->loop = sio__host_loop(sio__request_host(request));
    job->request = request;
    job->response = response;
    job->fs.data = job;
    job->file = -1;
    sio__loop_handle_opened(job->loop);
    return job;
}

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    const char *method = sio_http_method(request);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        sio_http_header(response, "Allow", "GET, HEAD");
        sio__response_simple(response, 405);
        return;
    }
    if (!sio__static_path_allowed(sio_http_rest(request))) {
        sio__response_simple(response, 404);
        return;
    }
    if (sio_http_rest(request)[0] == '\0') {
        redirect(request, response);
        return;
    }
    job_t *job = new_job(data, request, response);
    if (job == NULL) {
        sio__response_simple(response, 503);
        return;
    }
    sio_http_on_close(response, on_lost, job);
    started(job, uv_fs_realpath(job->loop->uv, &job->fs, job->path, on_resolved));
}

static void free_folder(void *data) {
    folder_t *folder = data;
    if (folder == NULL)
        return;
    free(folder->root);
    free(folder);
}

static const sio__route_ops_t ops = {
    .request = on_request,
    .removed = free_folder,
};

/* The folder without links in its name; the one wait for the disk that is not made in a thread. */
static int resolve(sio__host_t *host, const char *directory, char **resolved) {
    uv_fs_t fs;
    int rc = uv_fs_realpath(sio__host_loop(host)->uv, &fs, directory, NULL);
    if (rc >= 0) {
        *resolved = malloc(strlen(fs.ptr) + 1);
        if (*resolved != NULL)
            strcpy(*resolved, fs.ptr);
        rc = *resolved == NULL ? SIO_ENOMEM : 0;
    }
    uv_fs_req_cleanup(&fs);
    return rc;
}

int sio__static_add(sio__host_t *host, const char *prefix, const char *directory) {
    if (prefix == NULL || directory == NULL)
        return SIO_EINVAL;
    folder_t *folder = calloc(1, sizeof(*folder));
    if (folder == NULL)
        return SIO_ENOMEM;
    int rc = resolve(host, directory, &folder->root);
    if (rc == 0)
        rc = sio__host_route(host, prefix, 0, sio__host_options(host)->max_http_body, &ops, folder);
    if (rc < 0)
        free_folder(folder);
    return rc;
}
