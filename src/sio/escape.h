/* Text on its way out as JSON strings, escaped as JSON.stringify does, its UTF-8 checked. */
#ifndef SIO__SIO_ESCAPE_H
#define SIO__SIO_ESCAPE_H

#include "base/scratch.h"

/* A string that is written in pieces. */
typedef struct {
    size_t start;  /* where it began in the writer */
    unsigned high; /* nonzero once there was something else than ASCII */
} sio__escape_t;

void sio__escape_begin(sio__writer_t *writer, sio__escape_t *escape);
void sio__escape_put(sio__writer_t *writer, sio__escape_t *escape, const char *text, size_t length);
/* 0; or SIO_EUTF8 if the pieces together are not UTF-8. */
int sio__escape_end(sio__writer_t *writer, const sio__escape_t *escape);
/* A whole string. */
int sio__escape_string(sio__writer_t *writer, const char *text, size_t length);

#endif
