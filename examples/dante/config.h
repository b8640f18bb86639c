/* A file of lines `name = value`; blank lines and those that begin with # are passed over. */
#ifndef DANTE_CONFIG_H
#define DANTE_CONFIG_H

#include <stdio.h>

struct dante_config {
    const char *file;
    unsigned line;
    const char *name, *value; /* of the current line */
    const char *error;        /* what is wrong with it */
    FILE *stream;
    char text[2048];
};

/* 0, or -1: it cannot be opened, `error` says why. */
int dante_config_open(struct dante_config *config, const char *file);
/* 1: there are a name and a value, until the next call; 0: the end; -1: see `error`. */
int dante_config_next(struct dante_config *config);
void dante_config_close(struct dante_config *config);

#endif
